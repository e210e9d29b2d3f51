/** Names: `projects/P/locations/global/workloadIdentityPools/POOL[/providers/PROVIDER][/operations/ID]`. */
import { invalidArgument } from '../../google/index.js';

/** What a name says; the project goes by what the caller wrote, its id or its number. */
export interface PoolPath {
  readonly project: string;
  readonly location: string;
  readonly pool: string;
}
export interface ProviderPath extends PoolPath {
  readonly provider: string;
}

const PARENT = /^projects\/([^/]+)\/locations\/([^/]+)/;
const POOL = new RegExp(`${PARENT.source}/workloadIdentityPools/([^/]+)`);
const PROVIDER = new RegExp(`${POOL.source}/providers/([^/]+)`);

/** The project in any of these names. @throws GoogleError INVALID_ARGUMENT when there is none */
export function projectIn(name: string): string {
  const [, project] = PARENT.exec(name) ?? [];
  if (project === undefined) throw invalidName(name);
  return project;
}

/** @throws GoogleError INVALID_ARGUMENT, also for another location than `global` */
export function parseParent(name: string): Omit<PoolPath, 'pool'> {
  const [whole, project = '', location = ''] = PARENT.exec(name) ?? [];
  if (whole !== name) throw invalidName(name);
  return global({ project, location });
}

/** @throws GoogleError INVALID_ARGUMENT */
export function parsePool(name: string): PoolPath {
  const [whole, project = '', location = '', pool = ''] = POOL.exec(name) ?? [];
  if (whole !== name) throw invalidName(name);
  return global({ project, location, pool });
}

/** @throws GoogleError INVALID_ARGUMENT */
export function parseProvider(name: string): ProviderPath {
  const [whole, project = '', location = '', pool = '', provider = ''] = PROVIDER.exec(name) ?? [];
  if (whole !== name) throw invalidName(name);
  return global({ project, location, pool, provider });
}

function global<T extends { readonly location: string }>(path: T): T {
  if (path.location === 'global') return path;
  throw invalidArgument(`Location ${path.location} is not supported: the only supported location is global.`);
}

const invalidName = (name: string) => invalidArgument(`Invalid resource name: "${name}".`);

/** "4-32 characters, and may contain the characters [a-z0-9-]. The prefix `gcp-` is reserved for use by Google." */
export function requireId(field: string, id: string): void {
  if (/^[a-z0-9-]{4,32}$/.test(id) && !id.startsWith('gcp-')) return;
  throw invalidArgument(
    `Invalid ${field}: "${id}". It must be 4 to 32 characters of [a-z0-9-], and must not begin with "gcp-".`,
  );
}
