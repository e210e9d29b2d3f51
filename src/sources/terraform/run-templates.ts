/**
 * The Cloud Run resources of a plan: their images, runtime account and secrets, and what nobody judges yet, each with
 * the path in the resource at which it stands.
 */
import {
  ACCOUNT_TO_COME,
  annotationTopic,
  OPEN_TOPICS,
  type OpenPoint,
  type OpenTopic,
  type RequestedSecret,
} from '../../checkpoint/index.js';
import type { RunKind } from '../../names/index.js';
import type { ResourceChange } from './document.js';
import { at, fieldsOf, listOf, type Path, spellPath } from './json.js';
import type { Resolver } from './resolver.js';

/** Something written in a template, and where. */
export interface At<T> {
  readonly value: T;
  readonly path: Path;
}

/** What a template says, as far as it is known. */
export interface RunTemplate {
  readonly images: readonly At<string>[];
  readonly serviceAccount?: At<string>;
  readonly secrets: readonly At<RequestedSecret>[];
  readonly open: readonly OpenPoint[];
}

/** How a type of resource spells its template. */
export interface RunType {
  readonly kind: RunKind;
  readonly apiVersion: 'v1' | 'v2';
  /** From the resource to what holds the containers. */
  readonly template: Path;
  readonly account: string;
}

const RUN_TYPES: Readonly<Record<string, RunType>> = {
  google_cloud_run_service: {
    kind: 'service',
    apiVersion: 'v1',
    template: ['template', 0, 'spec', 0],
    account: 'service_account_name',
  },
  google_cloud_run_v2_service: {
    kind: 'service',
    apiVersion: 'v2',
    template: ['template', 0],
    account: 'service_account',
  },
  google_cloud_run_v2_job: {
    kind: 'job',
    apiVersion: 'v2',
    template: ['template', 0, 'template', 0],
    account: 'service_account',
  },
  google_cloud_run_v2_worker_pool: {
    kind: 'workerPool',
    apiVersion: 'v2',
    template: ['template', 0],
    account: 'service_account',
  },
};

export function runTypeOf({ mode, type }: ResourceChange): RunType | undefined {
  return mode === 'managed' && Object.hasOwn(RUN_TYPES, type) ? RUN_TYPES[type] : undefined;
}

const LATER = 'is known only after apply';

/** Reads what a Cloud Run resource will be. */
export function readTemplate(change: ResourceChange, type: RunType, resolver: Resolver): RunTemplate {
  const { template } = type;
  const open: OpenPoint[] = [];
  const waits = (path: Path) =>
    open.push({ field: spellPath(path), why: `${change.address} ${spellPath(path)} ${LATER}` });
  if (
    resolver.isUnknown(change, [...template, 'containers']) &&
    !Array.isArray(at(change.after, [...template, 'containers']))
  ) {
    waits([...template, 'containers']);
  }
  const containers = indexes(change, [...template, 'containers']);
  const images = containers.flatMap((container): At<string>[] => {
    const path = [...container, 'image'];
    const value = resolver.text(change, path, false);
    if (value === undefined) waits(path);
    return value === undefined ? [] : [{ value, path }];
  });
  const accountPath = [...template, type.account];
  const account = resolver.text(change, accountPath);
  const value = account ?? (resolver.isUnknown(change, accountPath) ? ACCOUNT_TO_COME : undefined);
  const secrets = [
    ...containers.flatMap((container) => environmentSecrets(change, container, type, resolver)),
    ...volumeSecrets(change, type, resolver),
  ];
  for (const { path, value: secret } of secrets) if (secret === undefined) waits(path);
  return {
    images,
    ...(value !== undefined && { serviceAccount: { value: accountAddress(value), path: accountPath } }),
    secrets: secrets.flatMap(({ path, value: secret }) => (secret ? [{ path, value: secret }] : [])),
    open: [...open, ...notJudged(change, type)],
  };
}

/** Both take the account's resource name as well. */
function accountAddress(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1).replace(/^serviceAccount:/, '');
}

function indexes(change: ResourceChange, path: Path): Path[] {
  return listOf(at(change.after, path)).map((_, index) => [...path, index]);
}

type FoundSecret = At<RequestedSecret | undefined>;

/** `env { value_source { secret_key_ref { secret version } } }`; v1 `value_from` with `name` and `key`. */
function environmentSecrets(
  change: ResourceChange,
  container: Path,
  { apiVersion }: RunType,
  resolver: Resolver,
): FoundSecret[] {
  const [source, name, version] =
    apiVersion === 'v1' ? ['value_from', 'name', 'key'] : ['value_source', 'secret', 'version'];
  return indexes(change, [...container, 'env']).flatMap((variable, index): FoundSecret[] => {
    const path = [...variable, source, 0, 'secret_key_ref', 0];
    if (at(change.after, path) === undefined) return [];
    const env = resolver.text(change, [...variable, 'name'], false) ?? `env[${index}]`;
    return [
      {
        path: [...path, name],
        value: secretAt(change, [...path, name], [...path, version], { env }, resolver),
      },
    ];
  });
}

/** `volumes { secret { secret items { version } } }`; v1 `secret_name` with `items { key }`. */
function volumeSecrets(
  change: ResourceChange,
  { apiVersion, template }: RunType,
  resolver: Resolver,
): FoundSecret[] {
  const [name, version] = apiVersion === 'v1' ? ['secret_name', 'key'] : ['secret', 'version'];
  return indexes(change, [...template, 'volumes']).flatMap((volume, index): FoundSecret[] => {
    const path = [...volume, 'secret', 0];
    if (at(change.after, path) === undefined) return [];
    const mount = resolver.text(change, [...volume, 'name'], false) ?? `volumes[${index}]`;
    const items = indexes(change, [...path, 'items']);
    // Without items the latest version is mounted.
    if (items.length === 0) {
      const secret = secretName(resolver.text(change, [...path, name]));
      return [
        {
          path: [...path, name],
          value: secret === undefined ? undefined : { name: secret, version: 'latest', mount },
        },
      ];
    }
    return items.map(
      (item): FoundSecret => ({
        path: [...path, name],
        value: secretAt(change, [...path, name], [...item, version], { mount }, resolver),
      }),
    );
  });
}

/** A version that is made by the same plan is the latest then. */
function secretAt(
  change: ResourceChange,
  name: Path,
  version: Path,
  as: { readonly env: string } | { readonly mount: string },
  resolver: Resolver,
): RequestedSecret | undefined {
  const secret = secretName(resolver.text(change, name));
  const wanted = resolver.text(change, version);
  if (secret === undefined) return undefined;
  if (wanted !== undefined) return { name: secret, version: wanted, ...as };
  return resolver.isUnknown(change, version) ? undefined : { name: secret, version: 'latest', ...as };
}

/** A secret by its id, or by its name, from which a version is cut off. */
function secretName(text: string | undefined): string | undefined {
  return text?.replace(/\/versions\/[^/]+$/, '');
}

/** Blocks and attributes beside or in the template that change who needs what. */
const OPEN_FIELDS: Readonly<Record<string, OpenTopic>> = {
  vpc_access: 'network',
  encryption_key: 'key',
  service_mesh: 'mesh',
  binary_authorization: 'binary-authorization',
  build_config: 'build',
  iap_enabled: 'iap',
  multi_region_settings: 'regions',
  start_execution_token: 'execution',
  run_execution_token: 'execution',
};

const OPEN_VOLUMES: Readonly<Record<string, OpenTopic>> = {
  cloud_sql_instance: 'cloud-sql',
  gcs: 'bucket',
  nfs: 'nfs',
};

function notJudged(change: ResourceChange, { template }: RunType): OpenPoint[] {
  const volumes = indexes(change, [...template, 'volumes']);
  return [
    ...openIn(change, [], OPEN_FIELDS),
    ...openIn(change, template, OPEN_FIELDS),
    ...volumes.flatMap((volume) => openIn(change, volume, OPEN_VOLUMES)),
    ...openAnnotations(change, 'resource', ['metadata', 0, 'annotations']),
    ...openAnnotations(change, 'template', ['template', 0, 'metadata', 0, 'annotations']),
  ];
}

function openIn(
  { after }: ResourceChange,
  prefix: Path,
  fields: Readonly<Record<string, OpenTopic>>,
): OpenPoint[] {
  return Object.entries(fields).flatMap(([field, topic]) => {
    const path = [...prefix, field];
    const value = at(after, path);
    const set = value === true || ((Array.isArray(value) || typeof value === 'string') && value.length > 0);
    return set ? [{ field: spellPath(path), why: OPEN_TOPICS[topic], topic }] : [];
  });
}

/** Those of v1's resources; v2's and their templates' are the client's own. */
function openAnnotations({ after }: ResourceChange, on: 'resource' | 'template', path: Path): OpenPoint[] {
  return Object.entries(fieldsOf(at(after, path))).flatMap(([name, value]) => {
    const topic = annotationTopic(on, name, String(value));
    return topic === undefined ? [] : [{ field: name, why: OPEN_TOPICS[topic], topic }];
  });
}

/** Whether a service goes without the check of invokers: an attribute in v2, an annotation in v1. */
export function isOpenToAll(values: unknown): boolean {
  const annotated = at(values, ['metadata', 0, 'annotations', 'run.googleapis.com/invoker-iam-disabled']);
  return at(values, ['invoker_iam_disabled']) === true || String(annotated).toLowerCase() === 'true';
}
