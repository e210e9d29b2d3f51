/** Workload identity pools and their providers, as rows of the store. */
import type { FederatedPrincipal } from '../names/index.js';
import type { Store, Write } from '../store/index.js';

/** A pool: external identities of a project (https://cloud.google.com/iam/docs/workload-identity-federation#pools). */
export interface IdentityPool {
  /** The project's id and number: rows lie by the one, names are made of the other. */
  readonly project: string;
  readonly projectNumber: string;
  readonly pool: string;
  readonly displayName: string;
  readonly description: string;
  readonly disabled: boolean;
  /** When it was deleted; it can be restored for 30 days. */
  readonly deleteTime?: string;
}

/** What an OpenID Connect provider is trusted for. */
export interface OidcSettings {
  readonly issuerUri: string;
  /** Empty stands for the provider's own name. */
  readonly allowedAudiences: readonly string[];
  /** The issuer's keys, a JWK set; without it they are asked of the issuer. */
  readonly jwksJson?: string;
}

/** An identity provider that a pool trusts. */
export interface PoolProvider {
  readonly project: string;
  readonly projectNumber: string;
  readonly pool: string;
  readonly provider: string;
  readonly displayName: string;
  readonly description: string;
  readonly disabled: boolean;
  /** CEL by the attribute that it makes: `google.subject`, `google.groups`, `attribute.NAME`. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  /** CEL; empty lets everybody in. */
  readonly attributeCondition: string;
  readonly oidc: OidcSettings;
  readonly deleteTime?: string;
}

/** A row with the version that guards its change. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: number;
}

/** Where the rows lie; both go on with a project's id. */
export const POOL_PREFIXES = {
  pools: 'workload-identity-pools/',
  providers: 'workload-identity-providers/',
} as const;

/** "Soft-deleted pools are permanently deleted after approximately 30 days." (WorkloadIdentityPool.State) */
const RESTORABLE_MS = 30 * 24 * 60 * 60 * 1000;

/** The time at which something deleted is gone for good. */
export function purgeTime(deleteTime: string): Date {
  return new Date(new Date(deleteTime).getTime() + RESTORABLE_MS);
}

/** The full name of a pool, as principals and their sets begin. */
export function poolName({
  projectNumber,
  pool,
}: Pick<IdentityPool, 'projectNumber' | 'pool'>): FederatedPrincipal['pool'] {
  return `//iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}`;
}

/** The pools of all projects. Those deleted for good are not there any more. */
export interface IdentityPools {
  /** @param project the id */
  pool(project: string, pool: string): Promise<Versioned<IdentityPool> | undefined>;
  pools(project: string): Promise<IdentityPool[]>;
  /** By the full name, {@link poolName}; undefined for names of other kinds of pools too. */
  named(name: string): Promise<IdentityPool | undefined>;
  /** False for a deleted one too, though it may be restored. @param name {@link poolName} */
  exists(name: string): Promise<boolean>;
  provider(project: string, pool: string, provider: string): Promise<Versioned<PoolProvider> | undefined>;
  providers(project: string, pool: string): Promise<PoolProvider[]>;
  /** The writes that create a pool; they fail the commit when there is one, also a deleted one. */
  poolCreation(pool: IdentityPool): Promise<Write[]>;
  providerCreation(provider: PoolProvider): Promise<Write[]>;
  /** The write that replaces one. @param version of what was read */
  poolUpdate(pool: IdentityPool, version: number): Write;
  providerUpdate(provider: PoolProvider, version: number): Write;
}

/** Opens the pools of a store. Pools, which every call of one's identities asks for, are kept in memory. */
export function openIdentityPools(store: Store, clock: () => Date): IdentityPools {
  let byName: Promise<ReadonlyMap<string, IdentityPool>> | undefined;
  store.watch(POOL_PREFIXES.pools, () => {
    byName = undefined;
  });

  const isThere = ({ deleteTime }: { readonly deleteTime?: string }): boolean =>
    deleteTime === undefined || purgeTime(deleteTime) > clock();

  async function read<T extends { readonly deleteTime?: string }>(
    key: string,
  ): Promise<Versioned<T> | undefined> {
    const row = await store.get<T>(key);
    return row && isThere(row.value) ? { value: row.value, version: row.version } : undefined;
  }

  async function list<T extends { readonly deleteTime?: string }>(prefix: string): Promise<T[]> {
    return (await store.list<T>(prefix)).map(({ value }) => value).filter(isThere);
  }

  async function readNames(): Promise<ReadonlyMap<string, IdentityPool>> {
    const rows = await store.list<IdentityPool>(POOL_PREFIXES.pools);
    return new Map(rows.map(({ value }) => [poolName(value), value]));
  }

  /** Takes the place of one that is gone for good. */
  async function creation(key: string, value: { readonly deleteTime?: string }): Promise<Write> {
    const gone = await store.get<typeof value>(key);
    const ifVersion = gone && !isThere(gone.value) ? gone.version : 0;
    return { op: 'put', key, value, ifVersion };
  }

  async function named(name: string): Promise<IdentityPool | undefined> {
    byName ??= readNames().catch((error: unknown) => {
      byName = undefined;
      throw error;
    });
    const pool = (await byName).get(name);
    return pool && isThere(pool) ? pool : undefined;
  }

  return {
    pool: (project, pool) => read(poolKey({ project, pool })),
    pools: (project) => list(`${POOL_PREFIXES.pools}${project}/`),
    named,
    async exists(name) {
      const pool = await named(name);
      return pool !== undefined && pool.deleteTime === undefined;
    },
    provider: (project, pool, provider) => read(providerKey({ project, pool, provider })),
    providers: (project, pool) => list(`${POOL_PREFIXES.providers}${project}/${pool}/`),
    async poolCreation(pool) {
      // What the pool of this name had before it was gone for good goes with it.
      const left = await store.list(`${POOL_PREFIXES.providers}${pool.project}/${pool.pool}/`);
      return [
        await creation(poolKey(pool), pool),
        ...left.map(({ key, version }): Write => ({ op: 'delete', key, ifVersion: version })),
      ];
    },
    providerCreation: async (provider) => [await creation(providerKey(provider), provider)],
    poolUpdate: (pool, version) => ({ op: 'put', key: poolKey(pool), value: pool, ifVersion: version }),
    providerUpdate: (provider, version) => ({
      op: 'put',
      key: providerKey(provider),
      value: provider,
      ifVersion: version,
    }),
  };
}

const poolKey = ({ project, pool }: Pick<IdentityPool, 'project' | 'pool'>) =>
  `${POOL_PREFIXES.pools}${project}/${pool}`;
const providerKey = ({ project, pool, provider }: Pick<PoolProvider, 'project' | 'pool' | 'provider'>) =>
  `${POOL_PREFIXES.providers}${project}/${pool}/${provider}`;
