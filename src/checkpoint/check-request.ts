/** What the command line sends to whoever judges for it, and the strict reading of it. */
import {
  isProjectId,
  isProjectNumber,
  isServiceName,
  memberOf,
  parsePrincipal,
  RUN_COLLECTION,
  type RunKind,
} from '../names/index.js';
import { isOpenTopic } from './open-topics.js';
import type { OpenPoint } from './types.js';

/** A secret as an environment variable of a container, or as a file below a path (or in a volume of that name). */
export type RequestedSecret = {
  readonly name: string;
  readonly version: string;
  /** The field that refers to it, as Cloud Run's messages spell it; where left out, it is taken to be in its order. */
  readonly field?: string;
} & ({ readonly env: string } | { readonly mount: string });

/** A deploy to be judged, as the command line describes it. */
export interface CheckRequest {
  readonly kind: RunKind;
  readonly apiVersion: 'v1' | 'v2';
  readonly name: string;
  readonly project: string;
  readonly region: string;
  /** Who deploys, as a member: `user:…` or `serviceAccount:…`. */
  readonly as: string;
  /** One per container, as written. */
  readonly images: readonly string[];
  /** The runtime service account's address; the one that the resource has, or the default one, when left out. */
  readonly serviceAccount?: string;
  readonly allowUnauthenticated?: boolean;
  readonly secrets?: readonly RequestedSecret[];
  /** What `--[no-]invoker-iam-check` and its annotation say; left out where nothing does. */
  readonly invokerIamDisabled?: boolean;
  /** True when the resource is written anew as a whole: what names no account then gets the default one. */
  readonly replaces?: boolean;
  /** What of it cannot be judged. */
  readonly open?: readonly OpenPoint[];
}

/** A request to check that cannot be read. `field` is the offending one. */
export class BadCheckRequest extends Error {
  override readonly name = 'BadCheckRequest';

  constructor(
    readonly field: string,
    description: string,
  ) {
    super(`${field}: ${description}`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

const FIELDS: ReadonlySet<string> = new Set<keyof CheckRequest>([
  'kind',
  'apiVersion',
  'name',
  'project',
  'region',
  'as',
  'images',
  'serviceAccount',
  'allowUnauthenticated',
  'secrets',
  'invokerIamDisabled',
  'replaces',
  'open',
]);

function fieldsOf(value: unknown, field: string, known: ReadonlySet<string>): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadCheckRequest(field, 'must be a JSON object.');
  }
  const stranger = Object.keys(value).find((key) => !known.has(key));
  if (stranger !== undefined) throw new BadCheckRequest(stranger, 'is no field of a request to check.');
  return Object.fromEntries(Object.entries(value));
}

function text(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value !== 'string' || value === '') throw new BadCheckRequest(field, 'must be a text.');
  return value;
}

function list(fields: Fields, field: string): readonly unknown[] {
  const value = fields[field];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new BadCheckRequest(field, 'must be a list.');
  return value;
}

/** A field that is true, false or left out. */
function flag<Name extends string>(fields: Fields, name: Name): { readonly [N in Name]?: boolean } {
  const value = fields[name];
  if (value === undefined) return {};
  if (typeof value !== 'boolean') throw new BadCheckRequest(name, 'must be true or false.');
  return { [name]: value } as { readonly [N in Name]?: boolean };
}

function isKind(value: string): value is RunKind {
  return Object.hasOwn(RUN_COLLECTION, value);
}

function must<T>(value: T | undefined, field: string, description: string): T {
  if (value === undefined) throw new BadCheckRequest(field, description);
  return value;
}

function parseSecret(value: unknown, index: number): RequestedSecret {
  const fields = fieldsOf(value, `secrets[${index}]`, new Set(['env', 'mount', 'name', 'version', 'field']));
  const secret = {
    name: text(fields, 'name'),
    version: text(fields, 'version'),
    ...(fields.field !== undefined && { field: text(fields, 'field') }),
  };
  return fields.mount === undefined
    ? { ...secret, env: text(fields, 'env') }
    : { ...secret, mount: text(fields, 'mount') };
}

function parseOpenPoint(value: unknown, index: number): OpenPoint {
  const fields = fieldsOf(value, `open[${index}]`, new Set(['field', 'why', 'topic']));
  const point = { field: text(fields, 'field'), why: text(fields, 'why') };
  if (fields.topic === undefined) return point;
  const topic = text(fields, 'topic');
  if (!isOpenTopic(topic)) throw new BadCheckRequest(`open[${index}].topic`, `'${topic}' is none.`);
  return { ...point, topic };
}

function parseImages(fields: Fields): readonly string[] {
  const images = list(fields, 'images').map((image) => {
    if (typeof image !== 'string' || image === '') throw new BadCheckRequest('images', 'must be texts.');
    return image;
  });
  if (images.length === 0) throw new BadCheckRequest('images', 'must name at least one image.');
  return images;
}

/**
 * Reads the JSON of a request to check.
 * @throws BadCheckRequest naming the first field that is missing, malformed or unknown
 */
export function parseCheckRequest(json: unknown): CheckRequest {
  const fields = fieldsOf(json, 'request', FIELDS);
  const kind = text(fields, 'kind');
  if (!isKind(kind)) throw new BadCheckRequest('kind', `'${kind}' is none of service, job, workerPool.`);
  const apiVersion = text(fields, 'apiVersion');
  if (apiVersion !== 'v1' && apiVersion !== 'v2')
    throw new BadCheckRequest('apiVersion', 'must be v1 or v2.');
  const name = text(fields, 'name');
  if (!isServiceName(name)) {
    throw new BadCheckRequest(
      'name',
      `'${name}' must use only lower-case letters, digits and hyphens, begin with a letter, not end with a hyphen, and have fewer than 50 characters.`,
    );
  }
  const project = text(fields, 'project');
  if (!isProjectId(project) && !isProjectNumber(project))
    throw new BadCheckRequest('project', `'${project}' is neither the id nor the number of a project.`);
  const as = parsePrincipal(text(fields, 'as'));
  const { serviceAccount } = fields;
  if (serviceAccount !== undefined && parsePrincipal(String(serviceAccount))?.kind !== 'serviceAccount') {
    throw new BadCheckRequest('serviceAccount', `'${serviceAccount}' is no service account's address.`);
  }
  return {
    kind,
    apiVersion,
    name,
    project,
    region: text(fields, 'region'),
    as: must(as && memberOf(as), 'as', 'must be a user or a service account.'),
    images: parseImages(fields),
    ...(serviceAccount !== undefined && { serviceAccount: String(serviceAccount) }),
    ...flag(fields, 'allowUnauthenticated'),
    secrets: list(fields, 'secrets').map(parseSecret),
    ...flag(fields, 'invokerIamDisabled'),
    ...flag(fields, 'replaces'),
    ...(fields.open !== undefined && { open: list(fields, 'open').map(parseOpenPoint) }),
  };
}
