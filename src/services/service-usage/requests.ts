/** What the two versions' methods have in common: reading requests, and doing what they ask. */
import { isEnabled, type Project } from '../../access/index.js';
import type { Log } from '../../audit/index.js';
import { invalidArgument } from '../../google/index.js';
import { type PageRequest, page } from '../paging.js';
import { KNOWN_APIS, type KnownApi, knownApi } from './catalogue.js';
import { type Enabling, enableServices, projectAt } from './enable.js';
import { requireKnown } from './enabled.js';
import { parseConsumer, parseServiceName } from './names.js';

/** What Service Usage needs of the plane. */
export interface ServiceUsageDeps extends Enabling {
  readonly log: Pick<Log, 'query'>;
}

/** "A single request can enable a maximum of 20 services at a time" (BatchEnableServicesRequest). */
const MAX_BATCH_ENABLE = 20;
/** "A single request can get a maximum of 30 services at a time" (BatchGetServicesRequest). */
const MAX_BATCH_GET = 30;
/** "Requested size cannot exceed 200. If not set, the default page size is 50" (ListServicesRequest). */
const PAGES = { default: 50, max: 200 };

/** One API of one project: GetService. */
export async function serviceAt(
  deps: Enabling,
  name: string,
): Promise<{ readonly project: Project; readonly api: KnownApi }> {
  const named = parseServiceName(name);
  return { project: await projectAt(deps, named.project), api: requireApi(named.api) };
}

/** Several of one project: BatchGetServices. */
export async function servicesAt(
  deps: Enabling,
  parent: string,
  names: readonly string[],
): Promise<{ readonly project: Project; readonly apis: readonly KnownApi[] }> {
  const project = await projectAt(deps, parseConsumer(parent));
  requireBatch('names', names, MAX_BATCH_GET);
  return { project, apis: names.map((name) => requireApi(apiIn(project, name))) };
}

/** A page of all known APIs, or of those in one state: ListServices. */
export async function listedServices(
  deps: Enabling,
  request: PageRequest & { readonly parent: string; readonly filter: string },
): Promise<{
  readonly project: Project;
  readonly apis: readonly KnownApi[];
  readonly nextPageToken: string;
}> {
  const project = await projectAt(deps, parseConsumer(request.parent));
  const enabled = stateFilter(request.filter);
  const matching = KNOWN_APIS.filter(
    ({ name }) => enabled === undefined || isEnabled(project, name) === enabled,
  );
  const { items, nextPageToken } = page(matching, ({ name }) => name, request, PAGES);
  return { project, apis: items, nextPageToken };
}

/** What enabling came to: the APIs that were asked for, and whether any of them was off before. */
export interface Enabled {
  readonly project: Project;
  readonly apis: readonly KnownApi[];
  readonly changed: boolean;
}

export async function enabled(
  deps: Enabling,
  project: string,
  names: readonly string[],
  time: Date,
): Promise<Enabled> {
  const before = await projectAt(deps, project);
  const after = await enableServices(deps, project, names, time);
  return {
    project: after,
    apis: names.map(requireApi),
    changed: names.some((name) => !isEnabled(before, name)),
  };
}

/** {@link enabled} for BatchEnableServices. */
export function enabledBatch(
  deps: Enabling,
  { parent, serviceIds }: { readonly parent: string; readonly serviceIds: readonly string[] },
  time: Date,
): Promise<Enabled> {
  const project = parseConsumer(parent);
  requireBatch('service_ids', serviceIds, MAX_BATCH_ENABLE);
  return enabled(deps, project, serviceIds, time);
}

/** @throws GoogleError PERMISSION_DENIED for an API that does not exist */
export function requireApi(name: string): KnownApi {
  requireKnown([name]);
  const api = knownApi(name);
  if (!api) throw new Error(`${name} is known and unknown`);
  return api;
}

function requireBatch(field: string, values: readonly string[], max: number): void {
  if (values.length === 0) throw invalidArgument(`${field}: at least one is required.`);
  if (values.length > max)
    throw invalidArgument(`${field}: at most ${max} are allowed; got ${values.length}.`);
}

/** The API of a name in a batch. The permission was checked on the batch's project: the name must lie there too. */
function apiIn(project: Project, name: string): string {
  const named = parseServiceName(name);
  if (named.project === project.projectId || named.project === project.number) return named.api;
  throw invalidArgument(`names: "${name}" is not in projects/${project.projectId}.`);
}

/** "The allowed filter strings are state:ENABLED and state:DISABLED". @returns whether enabled ones are wanted */
function stateFilter(filter: string): boolean | undefined {
  const text = filter.trim();
  if (text === '') return undefined;
  if (text === 'state:ENABLED') return true;
  if (text === 'state:DISABLED') return false;
  throw invalidArgument(`Invalid filter: "${filter}". Use state:ENABLED or state:DISABLED.`);
}
