/**
 * Which APIs need which others: enabling one enables what it needs, and what is needed cannot be disabled under it
 * (https://docs.cloud.google.com/service-usage/docs/service-dependencies).
 */
const full = (short: string): string => `${short}.googleapis.com`;

/**
 * API → what it needs, without `.googleapis.com`; as Service Usage's own refusals name them. `cloudapis` stands for
 * the set that every new project has.
 */
const NEEDS: Readonly<Record<string, string>> = {
  bigquerystorage: 'bigquery',
  cloudapis:
    'bigquery cloudtrace datastore logging monitoring servicemanagement serviceusage sql-component storage-api storage-component',
  cloudfunctions: 'storage-api',
  compute: 'oslogin',
  container: 'compute',
  containerregistry: 'pubsub storage-api',
};

const needs: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(NEEDS).map(([api, others]) => [full(api), others.split(' ').map(full)]),
);

/** The APIs and everything that they need, each once. */
export function withDependencies(apis: readonly string[]): readonly string[] {
  return closure(apis, (api) => needs.get(api) ?? []);
}

/** Those of the enabled APIs that need one of these, directly or not; by name, these themselves left out. */
export function dependentsOf(apis: readonly string[], enabled: readonly string[]): readonly string[] {
  const direct = (api: string) => enabled.filter((other) => needs.get(other)?.includes(api));
  return closure(apis, direct)
    .filter((api) => !apis.includes(api))
    .sort();
}

function closure(start: readonly string[], next: (api: string) => readonly string[]): readonly string[] {
  const found = new Set(start);
  // A set grows while it is walked: what is added is visited too.
  for (const api of found) for (const other of next(api)) found.add(other);
  return [...found];
}
