import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type Store } from '../store/index.js';
import { type Account, type Identity, InvalidCredential, KeyRefused, openIdentity } from './index.js';
import { EC, RSA, SHORT } from './test-certificates.js';

const EMAIL = 'robot@my-project.iam.gserviceaccount.com';
let now: Date;
let dir: string;
let store: Store;
let identity: Identity;
let account: Account;

const clock = () => now;
const open = () => openIdentity({ store, keysDir: dir, clock });

const newDir = () => mkdtemp(path.join(tmpdir(), 'sekisho-account-keys-'));

/** Signing keys take a while to make: once for all tests. */
let seed: string;
beforeAll(async () => {
  seed = await newDir();
  const rows = openSqlite(':memory:');
  await openIdentity({ store: rows, keysDir: seed, clock });
  await rows.close();
});
afterAll(() => rm(seed, { recursive: true }));
beforeEach(async () => {
  now = new Date('2026-01-01T00:00:00Z');
  dir = await newDir();
  await copyFile(path.join(seed, 'signing-keys.json'), path.join(dir, 'signing-keys.json'));
  store = openSqlite(':memory:');
  identity = await open();
  const creation = identity.accounts.creation(
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
  await store.commit([creation.write]);
  account = creation.account;
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

describe('a user-managed key', () => {
  it('is a certificate here, and a private key that is kept nowhere', async () => {
    const { key, privateKey } = await identity.accountKeys.create(account, now);
    expect(key).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{40}$/),
      type: 'USER_MANAGED',
      origin: 'GOOGLE_PROVIDED',
      bits: 2048,
      validAfter: '2026-01-01T00:00:00.000Z',
      validBefore: '9999-12-31T23:59:59.000Z',
      disabled: false,
    });
    const certificate = new X509Certificate(key.certificate);
    expect(certificate.subject).toBe(`CN=${account.uniqueId}`);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
    expect(key.publicKey).toBe(publicKey);
    const secret = privateKey.split('\n')[1] ?? '';
    expect(JSON.stringify(await store.list(''))).not.toContain(secret);
    expect(await readdir(dir)).toEqual(['signing-keys.json']);
  });

  it('is one of ten at most, also when two are made at once', async () => {
    const { key } = await identity.accountKeys.create(account, now);
    const eight = Array.from({ length: 8 }, (_, index) => ({ ...key, id: `${index}` }));
    await store.commit([{ op: 'put', key: `account-keys/${account.uniqueId}`, value: [key, ...eight] }]);
    const both = await Promise.allSettled([1, 2].map(() => identity.accountKeys.create(account, now)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(identity.accountKeys.create(account, now)).rejects.toMatchObject({ refusal: 'too-many' });
    expect(await identity.accountKeys.list(account)).toHaveLength(11);
  });

  it('may be handed in as a certificate, once, and while it is valid', async () => {
    const key = await identity.accountKeys.upload(account, RSA, now);
    expect(key).toMatchObject({
      origin: 'USER_PROVIDED',
      certificate: RSA,
      validAfter: '2025-12-01T00:00:00.000Z',
      validBefore: '2026-02-01T00:00:00.000Z',
    });
    await expect(identity.accountKeys.upload(account, RSA, now)).rejects.toMatchObject({ refusal: 'exists' });
    const later = new Date('2026-02-01T00:00:00Z');
    await expect(identity.accountKeys.upload(account, RSA, later)).rejects.toMatchObject({
      refusal: 'expired',
    });
  });

  it.each([
    ['no certificate', 'x', /no X\.509 certificate/],
    ['a broken one', RSA.replace(/^M.{40}/m, ''), /no X\.509 certificate/],
    ['two', RSA.repeat(2), /must be one/],
    ['a short key', SHORT, /1024 bits/],
    ['an EC key', EC, /no RSA key/],
  ])('is not %s', async (_, certificate, message) => {
    await expect(identity.accountKeys.upload(account, certificate, now)).rejects.toThrow(message);
  });

  it('is switched off and removed by its id', async () => {
    const { key } = await identity.accountKeys.create(account, now);
    await identity.accountKeys.setDisabled(account, key.id, true);
    expect((await identity.accountKeys.list(account))[0]?.disabled).toBe(true);
    await identity.accountKeys.remove(account, key.id);
    await expect(identity.accountKeys.remove(account, key.id)).rejects.toThrow(KeyRefused);
    await expect(identity.accountKeys.setDisabled(account, key.id, true)).rejects.toMatchObject({
      refusal: 'unknown',
    });
  });
});

describe('the system-managed key', () => {
  const system = async (of = identity) => (await of.accountKeys.list(account)).at(-1);

  it('is made once, when it is needed first, and outlives a restart in a file of its owner', async () => {
    expect(await readdir(dir)).toEqual(['signing-keys.json']);
    const signed = await Promise.all(
      [1, 2, 3].map(() => identity.signer.signBlob(account, Buffer.from('x'))),
    );
    const again = await open();
    const key = await system(again);
    expect(new Set(signed.map(({ keyId }) => keyId))).toEqual(new Set([key?.id]));
    const file = path.join(dir, `account-${account.uniqueId}.json`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await store.list('identity/')).toEqual([]);
    const [{ signature } = { signature: Buffer.alloc(0) }] = signed;
    expect(verify('RSA-SHA256', Buffer.from('x'), key?.publicKey ?? '', signature)).toBe(true);
  });

  it('shows no private part, and cannot be changed', async () => {
    const key = await system();
    expect(key).toMatchObject({ type: 'SYSTEM_MANAGED' });
    expect(key).not.toHaveProperty('privateKey');
    const id = key?.id ?? '';
    await expect(identity.accountKeys.remove(account, id)).rejects.toMatchObject({
      refusal: 'system-managed',
    });
    await expect(identity.accountKeys.setDisabled(account, id, true)).rejects.toMatchObject({
      refusal: 'system-managed',
    });
  });
});

describe('a key file', () => {
  const file = async () => {
    const { key, privateKey } = await identity.accountKeys.create(account, now);
    return { client_email: EMAIL, private_key_id: key.id, private_key: privateKey };
  };

  it('is a credential as long as its key and its account are good', async () => {
    const good = await file();
    expect(await identity.verifyKeyFile(good)).toMatchObject({
      principal: { kind: 'serviceAccount', email: EMAIL },
      uniqueId: account.uniqueId,
      origin: {
        keyName: `projects/${account.project}/serviceAccounts/${EMAIL}/keys/${good.private_key_id}`,
      },
    });
    await identity.accounts.update(EMAIL, (row) => ({ ...row, disabled: true }));
    await expect(identity.verifyKeyFile(good)).rejects.toMatchObject({ problem: 'ACCOUNT_STATE_INVALID' });
    await identity.accounts.update(EMAIL, (row) => ({ ...row, disabled: false }));
    await identity.accountKeys.setDisabled(account, good.private_key_id, true);
    await expect(identity.verifyKeyFile(good)).rejects.toThrow(InvalidCredential);
  });

  it('is none with the public key, another private key, or another account’s name', async () => {
    const good = await file();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const others = [
      { ...good, private_key: createPublicKey(good.private_key).export({ type: 'spki', format: 'pem' }) },
      { ...good, private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) },
      { ...good, client_email: 'other@my-project.iam.gserviceaccount.com' },
      { ...good, private_key_id: '0'.repeat(40) },
      { ...good, private_key: undefined },
    ];
    for (const each of others) await expect(identity.verifyKeyFile(each)).rejects.toThrow(InvalidCredential);
  });

  it('is nothing that anybody makes up', async () => {
    const { private_key_id: id } = await file();
    const texts = fc.oneof(fc.string(), fc.constant(EMAIL), fc.constant(id), fc.anything());
    await fc.assert(
      fc.asyncProperty(texts, texts, texts, async (client_email, private_key_id, private_key) => {
        const made = { client_email, private_key_id, private_key };
        await expect(identity.verifyKeyFile(made)).rejects.toThrow(InvalidCredential);
      }),
    );
  });
});
