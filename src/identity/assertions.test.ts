import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type Store } from '../store/index.js';
import { type Account, type Identity, InvalidCredential, openIdentity } from './index.js';

const EMAIL = 'robot@my-project.iam.gserviceaccount.com';
const HOSTS = ['run.googleapis.com', 'asia-northeast1-run.googleapis.com'];
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const START = new Date('2026-01-01T00:00:00Z');
const T = START.getTime() / 1000;

let now = START;
let store: Store;
let identity: Identity;
let account: Account;
let key: { readonly id: string; readonly pem: string };

async function newAccount(): Promise<Account> {
  const template = { project: 'my-project', kind: 'user-managed', displayName: '', description: '' } as const;
  const creation = identity.accounts.creation({ ...template, email: EMAIL, disabled: false }, now);
  await store.commit([creation.write]);
  return creation.account;
}
async function newKey(): Promise<typeof key> {
  const made = await identity.accountKeys.create(account, now);
  return { id: made.key.id, pem: made.privateKey };
}

/** A JWT of the account's, with an hour to live; claims that are undefined are left out. */
function jwt(
  claims: Readonly<Record<string, unknown>>,
  header: { kid?: string | undefined } = { kid: key.id },
): Promise<string> {
  const all = { iss: EMAIL, sub: EMAIL, iat: T, exp: T + 3600, ...claims };
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', ...(header.kid === undefined ? {} : { kid: header.kid }) })
    .sign(createPrivateKey(key.pem));
}
const keyName = () => `projects/${account.project}/serviceAccounts/${EMAIL}/keys/${key.id}`;
const forRun = { aud: 'https://run.googleapis.com/' };

beforeAll(async () => {
  store = openSqlite(':memory:');
  identity = await openIdentity({ store, clock: () => now });
  account = await newAccount();
  key = await newKey();
});
afterAll(() => store.close());
beforeEach(() => {
  now = START;
});

describe('a JWT that a service account signed itself', () => {
  it.each([
    ['for the API', forRun],
    ['for a regional host', { aud: 'https://asia-northeast1-run.googleapis.com/' }],
    ['for a gRPC service', { aud: 'https://run.googleapis.com/google.cloud.run.v2.Services' }],
    ['with scopes', { scope: 'https://www.googleapis.com/auth/cloud-platform' }],
  ])('%s is an access token', async (_, claims) => {
    expect(await identity.verifyAccessToken(await jwt(claims), HOSTS)).toEqual({
      principal: { kind: 'serviceAccount', email: EMAIL },
      uniqueId: account.uniqueId,
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      expires: T + 3600,
      origin: { keyName: keyName() },
    });
  });

  it.each([
    ['for another API', { aud: 'https://iam.googleapis.com/' }],
    ['for a host that begins alike', { aud: 'https://run.googleapis.com.example.com/' }],
    ['for the token end point', { aud: TOKEN_URL, scope: 'a', sub: undefined }],
    ['for the token end point, though it names scopes', { aud: TOKEN_URL, scope: 'a' }],
    ['for nobody', {}],
    ['for somebody else', { ...forRun, sub: 'alice@example.com' }],
    ['by somebody else', { ...forRun, iss: 'other@my-project.iam.gserviceaccount.com' }],
    ['over plain HTTP', { aud: 'http://run.googleapis.com/' }],
    ['that lives too long', { ...forRun, exp: T + 3601 }],
    ['that never ends', { ...forRun, exp: undefined }],
    ['that begins tomorrow', { ...forRun, iat: T + 86_400, exp: T + 86_400 }],
    ['that has ended', { ...forRun, iat: T - 3700, exp: T - 100 }],
  ])('%s is none', async (_, claims) => {
    await expect(identity.verifyAccessToken(await jwt(claims), HOSTS)).rejects.toThrow(InvalidCredential);
  });

  it('is none where no API is called', async () => {
    await expect(identity.verifyAccessToken(await jwt(forRun))).rejects.toThrow(InvalidCredential);
  });

  it('is none with another signature, or by a key that is not the account’s', async () => {
    const token = await jwt(forRun);
    const cut = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(342)}`;
    const unknownKey = await jwt(forRun, { kid: '0'.repeat(40) });
    for (const bad of [cut, unknownKey, `${token}x`, token.slice(0, -1)]) {
      await expect(identity.verifyAccessToken(bad, HOSTS)).rejects.toThrow(InvalidCredential);
    }
  });

  it('ends with its hour, though it was verified before', async () => {
    const token = await jwt(forRun);
    await identity.verifyAccessToken(token, HOSTS);
    now = new Date(START.getTime() + 2 * 3600 * 1000);
    await expect(identity.verifyAccessToken(token, HOSTS)).rejects.toMatchObject({
      problem: 'ACCESS_TOKEN_EXPIRED',
    });
  });

  it('ends at once with its key or its account, though it was verified before', async () => {
    const token = await jwt(forRun);
    await identity.verifyAccessToken(token, HOSTS);
    await identity.accountKeys.setDisabled(account, key.id, true);
    await expect(identity.verifyAccessToken(token, HOSTS)).rejects.toThrow(/not signed with a key/);
    await identity.accountKeys.setDisabled(account, key.id, false);
    await identity.accounts.update(EMAIL, (row) => ({ ...row, disabled: true }));
    await expect(identity.verifyAccessToken(token, HOSTS)).rejects.toMatchObject({
      problem: 'ACCOUNT_STATE_INVALID',
    });
    await identity.accounts.update(EMAIL, (row) => ({ ...row, disabled: false }));
    await identity.verifyAccessToken(token, HOSTS);
  });
});

describe('an assertion', () => {
  it('says what the account wants', async () => {
    const token = await jwt({ aud: TOKEN_URL, scope: 'a  b', sub: undefined });
    expect(await identity.verifyAssertion(token)).toEqual({
      account: await identity.accounts.get(EMAIL),
      keyName: keyName(),
      audience: TOKEN_URL,
      scopes: ['a', 'b'],
      targetAudience: undefined,
      subject: undefined,
    });
    const delegated = await jwt({ aud: TOKEN_URL, target_audience: 'x', sub: 'alice@example.com' });
    expect(await identity.verifyAssertion(delegated)).toMatchObject({
      targetAudience: 'x',
      subject: 'alice@example.com',
    });
  });

  it('need not name its key, nor its issuer by address', async () => {
    const unnamed = await jwt({ aud: TOKEN_URL, iss: account.uniqueId }, { kid: undefined });
    expect((await identity.verifyAssertion(unnamed)).account.uniqueId).toBe(account.uniqueId);
  });

  it('may be signed by the plane for the account, with its system-managed key', async () => {
    const claims = { iss: EMAIL, aud: TOKEN_URL, scope: 'a', iat: T, exp: T + 60 };
    const { signedJwt } = await identity.signer.signJwt(account, JSON.stringify(claims));
    const { uniqueId } = account;
    expect(await identity.verifyAssertion(signedJwt)).toMatchObject({ account: { uniqueId }, scopes: ['a'] });
  });

  it.each([
    ['malformed', async () => 'a.b.c'],
    ['malformed', async () => 'x'.repeat(20_000)],
    ['account', () => jwt({ iss: 'nobody@my-project.iam.gserviceaccount.com' })],
    ['signature', () => jwt({}, { kid: 'x' })],
    ['timeframe', () => jwt({ exp: T - 100, iat: T - 200 })],
  ])('is refused for its %s', async (assertion, make) => {
    await expect(identity.verifyAssertion(await make())).rejects.toMatchObject({ assertion });
  });

  it('of a deleted account is not one of its namesake, and good again once the account is restored', async () => {
    const token = await jwt({ aud: TOKEN_URL });
    await identity.verifyAssertion(token);
    await identity.accounts.remove(EMAIL);
    await expect(identity.verifyAssertion(token)).rejects.toMatchObject({ assertion: 'account' });
    await newAccount();
    await expect(identity.verifyAssertion(token)).rejects.toMatchObject({ assertion: 'signature' });
    await identity.accounts.remove(EMAIL);
    await store.commit(identity.accounts.restoration(account));
    expect((await identity.verifyAssertion(token)).account.uniqueId).toBe(account.uniqueId);
  });
});
