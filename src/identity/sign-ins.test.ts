import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type Store, type Write } from '../store/index.js';
import { type Identity, openIdentity } from './index.js';

const DAY = 24 * 3600 * 1000;
const EMAIL = 'robot@my-project.iam.gserviceaccount.com';
let now: Date;
let store: Store;
let identity: Identity;

/** Signing keys take a while to make: once for all tests. */
let signingKeys: readonly Write[];
beforeAll(async () => {
  const seed = openSqlite(':memory:');
  await openIdentity({ store: seed, clock: () => now });
  signingKeys = (await seed.list('')).map(({ key, value }) => ({ op: 'put', key, value }));
  await seed.close();
});
beforeEach(async () => {
  now = new Date('2026-01-01T00:00:00Z');
  store = openSqlite(':memory:');
  await store.commit(signingKeys);
  identity = await openIdentity({ store, clock: () => now });
});
afterEach(() => store.close());

describe('an authorization code', () => {
  const grant = {
    principal: { kind: 'user', email: 'alice@example.com' },
    clientId: 'c',
    redirectUri: 'http://localhost:8085/',
    scopes: ['openid'],
    offline: true,
    challenge: { method: 'S256', value: 'x' },
  } as const;

  it('is good once, however many ask at the same time', async () => {
    const code = await identity.authorizationCodes.issue(grant);
    const redeemed = await Promise.all([1, 2, 3].map(() => identity.authorizationCodes.redeem(code)));
    expect(redeemed.filter((each) => each !== undefined)).toEqual([grant]);
    expect(await identity.authorizationCodes.redeem(code)).toBeUndefined();
  });

  it('is good for ten minutes, survives a restart, and stands nowhere in the store', async () => {
    const code = await identity.authorizationCodes.issue(grant);
    expect(JSON.stringify(await store.list('authorization-codes/'))).not.toContain(code.slice(4));
    const again = await openIdentity({ store, clock: () => now });
    now = new Date(now.getTime() + 599_000);
    expect(await again.authorizationCodes.redeem(code)).toEqual(grant);
    const late = await identity.authorizationCodes.issue(grant);
    now = new Date(now.getTime() + 600_000);
    expect(await identity.authorizationCodes.redeem(late)).toBeUndefined();
  });

  it('is swept when nobody came for it', async () => {
    await identity.authorizationCodes.issue(grant);
    now = new Date(now.getTime() + DAY);
    await identity.authorizationCodes.issue(grant);
    expect(await store.list('authorization-codes/')).toHaveLength(1);
  });
});

describe('tokens', () => {
  it('of a refresh token’s client and scopes stay with them', async () => {
    const principal = { kind: 'user', email: 'alice@example.com' } as const;
    const token = await identity.mintRefreshToken(principal, { clientId: 'c', scopes: ['openid', 'email'] });
    expect(await identity.verifyRefreshToken(token)).toMatchObject({
      clientId: 'c',
      scopes: ['openid', 'email'],
    });
  });
});

describe('a deleted service account', () => {
  const creation = () =>
    identity.accounts.creation(
      {
        email: EMAIL,
        project: 'my-project',
        kind: 'user-managed',
        displayName: '',
        description: '',
        disabled: false,
      },
      now,
    );

  it('can come back for 30 days as the one that it was, and not over another', async () => {
    const { account, write } = creation();
    await store.commit([write]);
    const principal = { kind: 'serviceAccount', email: EMAIL } as const;
    const anonymousId = await identity.mintIdToken(principal, 'x', { includeEmail: false });
    await identity.accounts.remove(EMAIL);
    expect(await identity.accounts.byUniqueId(account.uniqueId)).toBeUndefined();
    await expect(identity.verifyIdToken(anonymousId)).rejects.toMatchObject({
      problem: 'ACCOUNT_STATE_INVALID',
    });
    const found = await identity.accounts.deleted(account.uniqueId);
    expect(found).toEqual(account);
    await store.commit([creation().write]);
    await expect(store.commit(identity.accounts.restoration(account))).rejects.toThrow(/expected version 0/);
    await identity.accounts.remove(EMAIL);
    await store.commit(identity.accounts.restoration(account));
    expect(await identity.accounts.get(EMAIL)).toEqual(account);
    expect(await identity.accounts.deleted(account.uniqueId)).toBeUndefined();
    expect(await identity.verifyIdToken(anonymousId)).toMatchObject({ email: EMAIL, includesEmail: false });
  });

  it('is forgotten afterwards, with its keys', async () => {
    const { account, write } = creation();
    await store.commit([write]);
    await identity.accountKeys.create(account, now);
    await identity.accountKeys.list(account);
    await identity.accounts.remove(EMAIL);
    await identity.sweepDeletedAccounts();
    expect(await store.list(`identity/account-`)).toHaveLength(1);
    now = new Date(now.getTime() + 30 * DAY);
    expect(await identity.accounts.deleted(account.uniqueId)).toBeUndefined();
    await identity.sweepDeletedAccounts();
    for (const prefix of ['deleted-accounts/', 'account-keys/', 'identity/account-']) {
      expect(await store.list(prefix), prefix).toEqual([]);
    }
  });
});
