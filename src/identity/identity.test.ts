import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type Store } from '../store/index.js';
import { GCLOUD_CLIENT_ID, type Identity, InvalidCredential, openIdentity, userUniqueId } from './index.js';

const alice = { kind: 'user', email: 'alice@example.com' } as const;
const runtime = { kind: 'serviceAccount', email: 'runtime@my-project.iam.gserviceaccount.com' } as const;
const account = {
  email: runtime.email,
  project: 'my-project',
  kind: 'user-managed',
  displayName: '',
  description: '',
  disabled: false,
} as const;

let now = new Date('2026-01-01T00:00:00Z');
const clock = () => now;
let store: Store;
let identity: Identity;
let foreign: Identity;

async function createAccount(target: Identity, into: Store): Promise<string> {
  const { account: created, write } = target.accounts.creation(account, now);
  await into.commit([write]);
  return created.uniqueId;
}

beforeAll(async () => {
  store = openSqlite(':memory:');
  identity = await openIdentity({ store, clock });
  foreign = await openIdentity({ store: openSqlite(':memory:'), clock });
});
afterAll(() => store.close());
beforeEach(async () => {
  now = new Date('2026-01-01T00:00:00Z');
  await identity.accounts.remove(account.email);
  await createAccount(identity, store);
});

describe('access tokens', () => {
  it('say who calls, with which scopes, through which client', async () => {
    const { token, expiresIn } = await identity.mintAccessToken(alice, { scopes: ['a', 'b'], clientId: 'c' });
    expect(token.startsWith('ya29.')).toBe(true);
    expect(expiresIn).toBe(3600);
    expect(await identity.verifyAccessToken(token)).toMatchObject({
      principal: alice,
      uniqueId: userUniqueId(alice.email),
      scopes: ['a', 'b'],
      clientId: 'c',
    });
  });

  it('keep a user a user whatever the address looks like', async () => {
    const odd = { kind: 'user', email: 'x@developer.gserviceaccount.com' } as const;
    const { token } = await identity.mintAccessToken(odd);
    expect((await identity.verifyAccessToken(token)).principal).toEqual(odd);
  });

  it('end when their lifetime does, cached or not', async () => {
    const { token } = await identity.mintAccessToken(alice, { lifetime: 60 });
    const { token: unseen } = await identity.mintAccessToken(alice, { lifetime: 60 });
    await identity.verifyAccessToken(token);
    now = new Date('2026-01-01T00:01:00Z');
    await expect(identity.verifyAccessToken(token)).rejects.toThrow(/expired/);
    await expect(identity.verifyAccessToken(unseen)).rejects.toThrow(/expired/);
  });

  it('of another plane, altered, or of another kind are refused', async () => {
    const { token } = await foreign.mintAccessToken(alice);
    await expect(identity.verifyAccessToken(token)).rejects.toThrow(/another plane/);
    const { token: good } = await identity.mintAccessToken(alice);
    const id = await identity.mintIdToken(alice, 'x');
    const refresh = await identity.mintRefreshToken(alice);
    await identity.verifyIdToken(id);
    const bad = [
      '',
      'ya29.',
      'ya29.x.y.z',
      good.slice(5),
      `${good.slice(0, -8)}AAAAAAAA`,
      id,
      `ya29.${id}`,
      refresh,
      `ya29.${refresh.slice(3)}`,
      `ya29.${'x'.repeat(100_000)}`,
      good.replace(/\.[^.]+\.[^.]+$/, `.${Buffer.from('{"sub":"1"}').toString('base64url')}.`),
    ];
    for (const token of bad) {
      await expect(identity.verifyAccessToken(token), token.slice(0, 40)).rejects.toThrow(InvalidCredential);
    }
    await expect(identity.verifyIdToken(good.slice(5))).rejects.toThrow(InvalidCredential);
    await expect(identity.verifyRefreshToken(good)).rejects.toThrow(InvalidCredential);
  });

  it('never pass for good when they are any other text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        await expect(identity.verifyAccessToken(`ya29.${text}`)).rejects.toThrow(InvalidCredential);
      }),
    );
  });
});

describe('service accounts', () => {
  it('stop at once when disabled, and start again when enabled', async () => {
    const { token } = await identity.mintAccessToken(runtime);
    const id = await identity.mintIdToken(runtime, 'https://x');
    await identity.verifyAccessToken(token);
    await identity.accounts.update(runtime.email, (row) => ({ ...row, disabled: true }));
    await expect(identity.verifyAccessToken(token)).rejects.toThrow(/disabled/);
    await expect(identity.verifyIdToken(id)).rejects.toThrow(/disabled/);
    await expect(identity.mintAccessToken(runtime)).rejects.toThrow(/disabled/);
    await identity.accounts.update(runtime.email, (row) => ({ ...row, disabled: false }));
    expect((await identity.verifyAccessToken(token)).principal).toEqual(runtime);
  });

  it("stop at once when deleted, and their namesake's tokens are not theirs", async () => {
    const { token } = await identity.mintAccessToken(runtime);
    await identity.verifyAccessToken(token);
    expect(await identity.accounts.remove(runtime.email)).toBe(true);
    await expect(identity.verifyAccessToken(token)).rejects.toThrow(/does not exist/);
    await createAccount(identity, store);
    await expect(identity.verifyAccessToken(token)).rejects.toThrow(/another account/);
    expect(await identity.accounts.remove('nobody@example.com')).toBe(false);
  });

  it('cannot be created twice, and a change keeps their id', async () => {
    const before = await identity.accounts.get(runtime.email);
    await expect(createAccount(identity, store)).rejects.toThrow(/expected version 0/);
    const after = await identity.accounts.update(runtime.email, (row) => ({
      ...row,
      uniqueId: '1',
      displayName: 'Runtime',
    }));
    expect(after?.uniqueId).toBe(before?.uniqueId);
    expect(after?.etag).not.toBe(before?.etag);
    expect(await identity.accounts.get(runtime.email.toUpperCase())).toEqual(after);
    expect(await identity.accounts.update('nobody@example.com', (row) => row)).toBeUndefined();
  });

  it('are listed by project, agents left out', async () => {
    const agent = {
      ...account,
      email: 'service-1@serverless-robot-prod.iam.gserviceaccount.com',
      kind: 'agent',
    } as const;
    const other = { ...account, email: 'x@other.iam.gserviceaccount.com', project: 'other' };
    await store.commit([agent, other].map((each) => identity.accounts.creation(each, now).write));
    expect((await identity.accounts.list('my-project')).map((each) => each.email)).toEqual([runtime.email]);
  });
});

describe('refresh tokens', () => {
  it('do not expire, and say who signed in', async () => {
    const token = await identity.mintRefreshToken(alice);
    expect(token.startsWith('1//')).toBe(true);
    now = new Date('2036-01-01T00:00:00Z');
    expect((await identity.verifyRefreshToken(token)).principal).toEqual(alice);
  });

  it('end when revoked, with the access tokens made from them and no others', async () => {
    const refresh = await identity.mintRefreshToken(alice);
    const { grant } = await identity.verifyRefreshToken(refresh);
    if (grant === undefined) throw new Error('no grant');
    const { token: derived } = await identity.mintAccessToken(alice, { grant });
    const { token: separate } = await identity.mintAccessToken(alice);
    await identity.revoke(derived);
    await expect(identity.verifyAccessToken(derived)).rejects.toThrow(/revoked/);
    await expect(identity.verifyRefreshToken(refresh)).rejects.toThrow(/revoked/);
    expect((await identity.verifyAccessToken(separate)).principal).toEqual(alice);
    await expect(identity.revoke('1//nonsense')).rejects.toThrow(InvalidCredential);
  });
});

describe('ID tokens', () => {
  it("are shaped as Google's and verify with the published keys", async () => {
    const token = await identity.mintIdToken(alice, 'https://web-1.asia-northeast1.run.app');
    const { keys } = await identity.jwks();
    const { payload, protectedHeader } = await jwtVerify(
      token,
      createLocalJWKSet({ keys: keys as Parameters<typeof createLocalJWKSet>[0]['keys'] }),
      { issuer: 'https://accounts.google.com', currentDate: now },
    );
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: expect.any(String), typ: 'JWT' });
    expect(payload).toEqual({
      iss: 'https://accounts.google.com',
      aud: 'https://web-1.asia-northeast1.run.app',
      azp: GCLOUD_CLIENT_ID,
      sub: userUniqueId(alice.email),
      email: alice.email,
      email_verified: true,
      iat: now.getTime() / 1000,
      exp: now.getTime() / 1000 + 3600,
    });
    expect(await identity.verifyIdToken(token)).toMatchObject({ email: alice.email, aud: payload.aud });
    expect(JSON.stringify(keys)).not.toContain('"d"');
  });
});

describe('signing keys', () => {
  it('survive in the store, so that tokens outlive a restart, revocations too', async () => {
    const { token } = await identity.mintAccessToken(alice);
    const { token: ended } = await identity.mintAccessToken(alice);
    await identity.revoke(ended);
    const again = await openIdentity({ store, clock });
    expect((await again.verifyAccessToken(token)).principal).toEqual(alice);
    await expect(again.verifyAccessToken(ended)).rejects.toThrow(/revoked/);
  });

  it('survive in a file that only its owner may read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sekisho-keys-'));
    try {
      const memory = openSqlite(':memory:');
      const first = await openIdentity({ store: memory, keysDir: directory, clock });
      const { token } = await first.mintAccessToken(alice);
      const second = await openIdentity({ store: openSqlite(':memory:'), keysDir: directory, clock });
      expect((await second.verifyAccessToken(token)).principal).toEqual(alice);
      expect((await stat(join(directory, 'signing-keys.json'))).mode & 0o777).toBe(0o600);
      expect(await memory.list('identity/')).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('are named by every token', async () => {
    const { token } = await identity.mintAccessToken(alice);
    const { keys } = await identity.jwks();
    expect(keys).toMatchObject([
      { kid: decodeProtectedHeader(token.slice(5)).kid, kty: 'RSA', alg: 'RS256', use: 'sig' },
    ]);
    expect(decodeJwt(token.slice(5)).email).toBe(alice.email);
  });
});

describe('userUniqueId', () => {
  it('is 21 digits, the same for an address in any case, different for another', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (email) => {
        expect(userUniqueId(email)).toMatch(/^1\d{20}$/);
        expect(userUniqueId(email.toUpperCase())).toBe(userUniqueId(email.toLowerCase()));
        expect(userUniqueId(`x${email}`)).not.toBe(userUniqueId(email));
      }),
    );
  });
});
