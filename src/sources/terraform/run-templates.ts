/**
 * The Cloud Run resources of a plan: their images, runtime account and secrets, and what nobody judges yet, each with
 * the path in the resource at which it stands.
 */
import type { OpenPoint, RequestedSecret } from '../../checkpoint/index.js';
import { ACCOUNT_TO_COME } from '../../checkpoint/index.js';
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

const NETWORK = "the service agent's use of a network is not judged";
const KEYS = "the service agent's use of a customer-managed key is not judged";
const SQL = "the runtime account's use of Cloud SQL is not judged";
const BINARY = 'Binary Authorization is not judged';
const MESH = 'service meshes are not judged';
const BUCKET = "the runtime account's use of buckets is not judged";
const SOURCE = 'a deploy that builds its image is not judged';

/** Blocks and attributes beside or in the template that change who needs what. */
const OPEN_FIELDS: readonly (readonly [field: string, why: string])[] = [
  ['vpc_access', NETWORK],
  ['encryption_key', KEYS],
  ['service_mesh', MESH],
  ['binary_authorization', BINARY],
  ['build_config', SOURCE],
];

const OPEN_ANNOTATIONS: Readonly<Record<string, string>> = {
  'run.googleapis.com/vpc-access-connector': NETWORK,
  'run.googleapis.com/network-interfaces': NETWORK,
  'run.googleapis.com/cloudsql-instances': SQL,
  'run.googleapis.com/encryption-key': KEYS,
  'run.googleapis.com/binary-authorization': BINARY,
};

function notJudged(change: ResourceChange, { template }: RunType): OpenPoint[] {
  const set = (path: Path) => {
    const value = at(change.after, path);
    return Array.isArray(value) ? value.length > 0 : typeof value === 'string' && value !== '';
  };
  const fields = [[], template].flatMap((prefix: Path) =>
    OPEN_FIELDS.flatMap(([field, why]) => {
      const path = [...prefix, field];
      return set(path) ? [{ field: spellPath(path), why }] : [];
    }),
  );
  const volumes = indexes(change, [...template, 'volumes']).flatMap((volume) => [
    ...(set([...volume, 'cloud_sql_instance'])
      ? [{ field: spellPath([...volume, 'cloud_sql_instance']), why: SQL }]
      : []),
    ...(set([...volume, 'gcs']) ? [{ field: spellPath([...volume, 'gcs']), why: BUCKET }] : []),
  ]);
  const annotations = [
    ['metadata', 0, 'annotations'],
    ['template', 0, 'metadata', 0, 'annotations'],
  ].flatMap((path: Path) =>
    Object.keys(fieldsOf(at(change.after, path))).flatMap((name) => {
      const why = OPEN_ANNOTATIONS[name];
      return why === undefined ? [] : [{ field: name, why }];
    }),
  );
  return [...fields, ...volumes, ...annotations];
}
