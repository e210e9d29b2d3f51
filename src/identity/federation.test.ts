import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FederatedPrincipal } from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { type IdentityPool, poolName } from './federation.js';
import { openIdentity } from './identity.js';
import { type Identity, InvalidCredential } from './types.js';

const DAY = 24 * 60 * 60 * 1000;
const POOL: IdentityPool = {
  project: 'myproject-a',
  projectNumber: '891566352225',
  pool: 'github',
  displayName: '',
  description: '',
  disabled: false,
};
const DEPLOYER: FederatedPrincipal = {
  kind: 'federated',
  pool: poolName(POOL),
  subject: 'repo:o/r:ref:refs/heads/main',
  groups: ['admins'],
  attributes: { repository: 'o/r' },
};
const PROVIDER = {
  project: POOL.project,
  projectNumber: POOL.projectNumber,
  pool: POOL.pool,
  provider: 'actions',
  displayName: '',
  description: '',
  disabled: false,
  attributeMapping: { 'google.subject': 'assertion.sub' },
  attributeCondition: '',
  oidc: { issuerUri: 'https://example.com', allowedAudiences: [] },
};

let store: Store;
let now: Date;
let identity: Identity;

beforeEach(async () => {
  store = openSqlite(':memory:');
  now = new Date('2026-01-02T03:04:05Z');
  identity = await openIdentity({ store, clock: () => now });
  await store.commit(await identity.pools.poolCreation(POOL));
});
afterEach(() => store.close());

async function change(by: Partial<IdentityPool>): Promise<void> {
  const found = await identity.pools.pool(POOL.project, POOL.pool);
  await store.commit([identity.pools.poolUpdate({ ...POOL, ...by }, found?.version ?? 0)]);
}

describe('a token of an identity of a pool', () => {
  it('says who it is, also to a plane that has been started again', async () => {
    const { token } = await identity.mintAccessToken(DEPLOYER);
    const again = await openIdentity({ store, clock: () => now });
    for (const plane of [identity, again]) {
      expect((await plane.verifyAccessToken(token)).principal).toEqual(DEPLOYER);
    }
  });

  it('is no good while the pool is disabled or deleted, and is again afterwards', async () => {
    const { token } = await identity.mintAccessToken(DEPLOYER);
    for (const state of [{ disabled: true }, { deleteTime: now.toISOString() }]) {
      await change(state);
      await expect(identity.verifyAccessToken(token)).rejects.toBeInstanceOf(InvalidCredential);
      await expect(identity.mintAccessToken(DEPLOYER)).rejects.toBeInstanceOf(InvalidCredential);
      await change({});
      expect((await identity.verifyAccessToken(token)).uniqueId).toBe(
        `principal:${DEPLOYER.pool}/subject/${DEPLOYER.subject}`,
      );
    }
  });

  it('is not made for a pool that there is none of, but for any workforce pool', async () => {
    const elsewhere = poolName({ projectNumber: '1', pool: 'github' });
    await expect(identity.mintAccessToken({ ...DEPLOYER, pool: elsewhere })).rejects.toThrow(
      'workloadIdentityPools/github does not exist.',
    );
    const staff = {
      ...DEPLOYER,
      pool: '//iam.googleapis.com/locations/global/workforcePools/staff',
    } as const;
    const { token } = await identity.mintAccessToken(staff);
    expect((await identity.verifyAccessToken(token)).principal).toEqual(staff);
  });
});

describe('a deleted pool', () => {
  it('keeps its name for 30 days, and takes its providers along when it goes', async () => {
    await store.commit(await identity.pools.providerCreation(PROVIDER));
    await change({ deleteTime: now.toISOString() });
    now = new Date(now.getTime() + 30 * DAY - 1);
    await expect(identity.pools.poolCreation(POOL).then((writes) => store.commit(writes))).rejects.toThrow();
    now = new Date(now.getTime() + 1);
    expect(await identity.pools.pool(POOL.project, POOL.pool)).toBeUndefined();
    await store.commit(await identity.pools.poolCreation(POOL));
    expect(await identity.pools.providers(POOL.project, POOL.pool)).toEqual([]);
  });
});

describe('the issuer that the plane plays', () => {
  it('verifies what it signed, for what it was signed, until it ends', async () => {
    const exp = Math.floor(now.getTime() / 1000) + 60;
    const token = await identity.playedIssuer.sign({ exp, repository: 'o/r' }, 'run+jwt');
    expect(await identity.playedIssuer.verify(token, 'run+jwt', now)).toMatchObject({ repository: 'o/r' });
    expect(await identity.playedIssuer.verify(token, 'JWT', now)).toBeUndefined();
    expect(
      await identity.playedIssuer.verify(token, 'run+jwt', new Date(now.getTime() + 61_000)),
    ).toBeUndefined();
    await expect(identity.verifyAccessToken(token)).rejects.toBeInstanceOf(InvalidCredential);
  });
});
