/** Workload identity pools of a project: built, exported, and taken away when an exact estate does not name them. */
import type { Project } from '../../access/index.js';
import type { PoolDocument, ProviderDocument } from '../../estate-file/index.js';
import { failedPrecondition, type JsonObject } from '../../google/index.js';
import type { IdentityPool, IdentityPools, PoolProvider } from '../../identity/index.js';
import {
  NEW_POOL,
  NEW_PROVIDER,
  poolSettings,
  providerSettings,
  requirePoolId,
} from '../../services/index.js';
import type { Store, Write } from '../../store/index.js';
import type { BuildOptions } from './build-options.js';
import type { PoolEntry, ProviderEntry } from './estate.js';
import { PREFIX } from './rows.js';

interface PoolRooms {
  readonly store: Store;
  readonly identity: { readonly pools: IdentityPools };
}

/** What an entry does not say stays as it is, or goes back to what it is at first where the estate is exact. */
export async function buildPool(
  entry: PoolEntry,
  project: Project,
  rooms: PoolRooms,
  options: BuildOptions,
): Promise<void> {
  const { pools } = rooms.identity;
  const { problems, exact } = options;
  const built = await problems.attempt(entry.place, async () => {
    requirePoolId('workload_identity_pool_id', entry.id);
    const stored = await pools.pool(project.projectId, entry.id);
    if (stored?.value.deleteTime !== undefined) throw deleted(entry.id);
    const settings = poolSettings(textsOf(entry), exact ? NEW_POOL : (stored?.value ?? NEW_POOL));
    const pool = { ...settings, project: project.projectId, projectNumber: project.number, pool: entry.id };
    await rooms.store.commit(
      stored ? [pools.poolUpdate(pool, stored.version)] : await pools.poolCreation(pool),
    );
    return pool;
  });
  if (!built) return;
  for (const provider of entry.providers) await buildProvider(provider, built, rooms, options);
}

async function buildProvider(
  entry: ProviderEntry,
  { project, projectNumber, pool }: IdentityPool,
  { store, identity: { pools } }: PoolRooms,
  { problems, exact }: BuildOptions,
): Promise<void> {
  await problems.attempt(entry.place, async () => {
    requirePoolId('workload_identity_pool_provider_id', entry.id);
    const stored = await pools.provider(project, pool, entry.id);
    if (stored?.value.deleteTime !== undefined) throw deleted(entry.id);
    const { issuerUri, allowedAudiences, jwksJson, attributeMapping, attributeCondition } = entry;
    const fields = {
      ...textsOf(entry),
      attributeMapping: { ...attributeMapping },
      ...(attributeCondition === undefined ? {} : { attributeCondition }),
      oidc: {
        issuerUri,
        ...(allowedAudiences === undefined ? {} : { allowedAudiences: [...allowedAudiences] }),
        ...(jwksJson === undefined ? {} : { jwksJson }),
      },
    };
    const settings = providerSettings(fields, exact ? NEW_PROVIDER : (stored?.value ?? NEW_PROVIDER));
    const provider = { ...settings, project, projectNumber, pool, provider: entry.id };
    await store.commit(
      stored ? [pools.providerUpdate(provider, stored.version)] : await pools.providerCreation(provider),
    );
  });
}

const deleted = (id: string) => failedPrecondition(`${id} is deleted. Undelete it first.`);

function textsOf({
  displayName,
  description,
  disabled,
}: Omit<PoolEntry, 'providers'>): JsonObject & Readonly<Record<string, string | boolean>> {
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(description === undefined ? {} : { description }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

/** Deleted ones are left out: a file need not bring them back. */
export async function exportPools(project: string, { identity }: PoolRooms): Promise<PoolDocument[]> {
  const exported = (await identity.pools.pools(project)).filter(isThere).map(async (pool) => {
    const providers = (await identity.pools.providers(project, pool.pool)).filter(isThere);
    return {
      id: pool.pool,
      ...setTexts(pool),
      ...(providers.length === 0 ? {} : { providers: providers.map(providerDocument) }),
    };
  });
  return Promise.all(exported);
}

const isThere = ({ deleteTime }: { readonly deleteTime?: string }): boolean => deleteTime === undefined;

function providerDocument(row: PoolProvider): ProviderDocument {
  const { oidc, attributeMapping, attributeCondition } = row;
  const { issuerUri, allowedAudiences, jwksJson } = oidc;
  return {
    id: row.provider,
    ...setTexts(row),
    issuerUri,
    ...(allowedAudiences.length === 0 ? {} : { allowedAudiences }),
    ...(jwksJson === undefined ? {} : { jwksJson }),
    attributeMapping,
    ...(attributeCondition === '' ? {} : { attributeCondition }),
  };
}

function setTexts({
  displayName,
  description,
  disabled,
}: Pick<IdentityPool, 'displayName' | 'description' | 'disabled'>) {
  return {
    ...(displayName === '' ? {} : { displayName }),
    ...(description === '' ? {} : { description }),
    ...(disabled ? { disabled } : {}),
  };
}

/** Takes away what the entries do not name; nothing is kept for a later undelete. */
export async function prunePools(
  project: string,
  entries: readonly PoolEntry[],
  { store }: Pick<PoolRooms, 'store'>,
): Promise<void> {
  const kept = new Set([
    ...entries.map(({ id }) => `${PREFIX.pools}${project}/${id}`),
    ...entries.flatMap(({ id, providers }) =>
      providers.map((provider) => `${PREFIX.poolProviders}${project}/${id}/${provider.id}`),
    ),
  ]);
  const rows = [
    ...(await store.list(`${PREFIX.pools}${project}/`)),
    ...(await store.list(`${PREFIX.poolProviders}${project}/`)),
  ];
  await store.commit(
    rows.filter(({ key }) => !kept.has(key)).map(({ key }): Write => ({ op: 'delete', key })),
  );
}
