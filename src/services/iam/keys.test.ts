import { createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { serviceAccountName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { iamApi } from './api.js';
import { createServiceAccount } from './create-account.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const ACCOUNT = `/v1/projects/-/serviceAccounts/${RUNTIME}`;
const KEYS = `${ACCOUNT}/keys`;

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = iamApi(rooms);
  await createProject(rooms, { projectId: 'myproject-a', owners: [ALICE] }, NOW);
  await createServiceAccount(rooms, 'myproject-a', { accountId: 'runtime' }, NOW);
  await rooms.store.commit([
    await rooms.access.grantWrite(
      serviceAccountName('myproject-a', RUNTIME),
      'roles/iam.serviceAccountTokenCreator',
      ALICE,
    ),
  ]);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const decoded = (data: unknown) => Buffer.from(String(data), 'base64').toString();
type Key = Record<string, string>;
const newKey = async () => (await as(ALICE, 'POST', KEYS, {})).json as Key;
const idOf = (key: Key) => key.name?.split('/').at(-1) ?? '';

describe('a service-account key', () => {
  it('comes as the file that clients read, and its private half goes nowhere else', async () => {
    const { json, audit } = await as(ALICE, 'POST', KEYS, { privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE' });
    const key = json as Key;
    expect(key).toEqual({
      name: `projects/myproject-a/serviceAccounts/${RUNTIME}/keys/${idOf(key)}`,
      privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE',
      privateKeyData: expect.any(String),
      keyAlgorithm: 'KEY_ALG_RSA_2048',
      keyOrigin: 'GOOGLE_PROVIDED',
      keyType: 'USER_MANAGED',
      validAfterTime: '2026-01-02T03:04:05Z',
      validBeforeTime: '9999-12-31T23:59:59Z',
    });
    const account = await rooms.identity.accounts.get(RUNTIME);
    const text = decoded(key.privateKeyData);
    const file = JSON.parse(text);
    expect(file).toEqual({
      type: 'service_account',
      project_id: 'myproject-a',
      private_key_id: idOf(key),
      private_key: expect.stringMatching(
        /^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\n$/,
      ),
      client_email: RUNTIME,
      client_id: account?.uniqueId,
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: 'https://oauth2.googleapis.com/token',
      auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
      client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/runtime%40myproject-a.iam.gserviceaccount.com`,
      universe_domain: 'googleapis.com',
    });
    expect(text).toBe(`${JSON.stringify(file, null, 2)}\n`);
    expect(await rooms.identity.verifyKeyFile(file)).toMatchObject({ principal: { email: RUNTIME } });
    const entry = await audit;
    expect(entry).toMatchObject({
      methodName: 'google.iam.admin.v1.CreateServiceAccountKey',
      resourceName: `projects/-/serviceAccounts/${account?.uniqueId}`,
      project: 'myproject-a',
      response: { name: key.name },
    });
    expect(JSON.stringify(entry)).not.toContain('privateKeyData');
  });

  it('is listed with the one that the system manages, or by kind', async () => {
    const id = idOf(await newKey());
    const list = async (query: string) =>
      ((await as(ALICE, 'GET', `${KEYS}?${query}`)).json as { keys: Key[] }).keys;
    const all = await list('');
    expect(all.map(({ keyType }) => keyType)).toEqual(['USER_MANAGED', 'SYSTEM_MANAGED']);
    expect(all.some((key) => 'privateKeyData' in key || 'publicKeyData' in key)).toBe(false);
    expect((await list('keyTypes=USER_MANAGED')).map(idOf)).toEqual([id]);
    expect(await list('keyTypes=SYSTEM_MANAGED')).toHaveLength(1);
    expect(await list('keyTypes=USER_MANAGED&keyTypes=SYSTEM_MANAGED')).toHaveLength(2);
  });

  it('shows its public half in the form asked for', async () => {
    const made = await newKey();
    const { private_key } = JSON.parse(decoded(made.privateKeyData));
    const get = async (form: string) =>
      (await as(ALICE, 'GET', `${KEYS}/${idOf(made)}?publicKeyType=${form}`)).json as Key;
    expect(await get('TYPE_NONE')).not.toHaveProperty('publicKeyData');
    const raw = decoded((await get('TYPE_RAW_PUBLIC_KEY')).publicKeyData);
    expect(raw).toBe(createPublicKey(private_key).export({ type: 'spki', format: 'pem' }));
    const certificate = decoded((await get('TYPE_X509_PEM_FILE')).publicKeyData);
    expect(certificate).toMatch(/^-----BEGIN CERTIFICATE-----/);
    await expect(as(ALICE, 'GET', `${KEYS}/${'0'.repeat(40)}`)).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
  });

  it('is handed in as a certificate', async () => {
    const own = await newKey();
    const { publicKeyData = '' } = (
      await as(ALICE, 'GET', `${KEYS}/${idOf(own)}?publicKeyType=TYPE_X509_PEM_FILE`)
    ).json as Key;
    await as(ALICE, 'DELETE', `${KEYS}/${idOf(own)}`);
    const { json } = await as(ALICE, 'POST', `${KEYS}:upload`, { publicKeyData });
    expect(json).toMatchObject({ keyOrigin: 'USER_PROVIDED', keyType: 'USER_MANAGED' });
    const upload = (body: JsonValue) => as(ALICE, 'POST', `${KEYS}:upload`, body);
    await expect(upload({ publicKeyData })).rejects.toMatchObject({ status: 'ALREADY_EXISTS' });
    await expect(upload({ publicKeyData: 'eA==' })).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(upload({})).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('is switched off, on, and deleted', async () => {
    const id = idOf(await newKey());
    const disabled = async () => ((await as(ALICE, 'GET', `${KEYS}/${id}`)).json as Key).disabled;
    const { audit } = await as(ALICE, 'POST', `${KEYS}/${id}:disable`, {});
    expect(await audit).toMatchObject({
      methodName: 'google.iam.admin.v1.DisableServiceAccountKey',
      resourceName: expect.stringMatching(new RegExp(`^projects/-/serviceAccounts/\\d{21}/keys/${id}$`)),
    });
    expect(await disabled()).toBe(true);
    await as(ALICE, 'POST', `${KEYS}/${id}:enable`, {});
    expect(await disabled()).toBeUndefined();
    expect((await as(ALICE, 'DELETE', `${KEYS}/${id}`)).json).toEqual({});
    await expect(as(ALICE, 'DELETE', `${KEYS}/${id}`)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    const [system] = ((await as(ALICE, 'GET', KEYS)).json as { keys: Key[] }).keys;
    await expect(as(ALICE, 'DELETE', `${KEYS}/${idOf(system ?? {})}`)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
    });
  });

  it('is the tenth at most', async () => {
    await newKey();
    const account = await rooms.identity.accounts.get(RUNTIME);
    const row = await rooms.store.get<{ id: string }[]>(`account-keys/${account?.uniqueId}`);
    const ten = Array.from({ length: 10 }, (_, id) => ({ ...row?.value[0], id: `${id}` }));
    await rooms.store.commit([{ op: 'put', key: row?.key ?? '', value: ten }]);
    await expect(newKey()).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: 'Precondition check failed.',
    });
  });

  it.each([
    ['POST', KEYS, { privateKeyType: 'TYPE_PKCS12_FILE' }, 'UNIMPLEMENTED'],
    ['POST', KEYS, { keyAlgorithm: 'KEY_ALG_RSA_1024' }, 'INVALID_ARGUMENT'],
    ['GET', `${KEYS}?keyTypes=KEY_TYPE_UNSPECIFIED`, undefined, 'INVALID_ARGUMENT'],
  ])('is not made or listed by %s %s %j', async (verb, url, body, status) => {
    await expect(as(ALICE, verb, url, body)).rejects.toMatchObject({ status });
  });

  it.each([
    ['POST', KEYS, 'create'],
    ['POST', `${KEYS}:upload`, 'create'],
    ['GET', KEYS, 'list'],
    ['GET', `${KEYS}/x`, 'get'],
    ['DELETE', `${KEYS}/x`, 'delete'],
    ['POST', `${KEYS}/x:disable`, 'disable'],
    ['POST', `${KEYS}/x:enable`, 'enable'],
  ])('%s %s needs its permission', async (verb, url, permission) => {
    await expect(as(BOB, verb, url, verb === 'POST' ? {} : undefined)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: `Permission 'iam.serviceAccountKeys.${permission}' denied on resource (or it may not exist).`,
    });
  });
});

describe('the IAM API’s own signing', () => {
  it('signs, and logs neither what nor how', async () => {
    const bytesToSign = Buffer.from('a secret').toString('base64');
    const { json, audit } = await as(ALICE, 'POST', `${ACCOUNT}:signBlob`, { bytesToSign });
    expect(json).toMatchObject({
      keyId: expect.stringMatching(/^[0-9a-f]{40}$/),
      signature: expect.any(String),
    });
    const entry = JSON.stringify(await audit);
    expect(entry).toContain('google.iam.admin.v1.SignBlob');
    for (const private_ of [bytesToSign, (json as Key).signature ?? ''])
      expect(entry).not.toContain(private_);
  });

  it('gives a JWT an end when it has none', async () => {
    const { signedJwt = '' } = (await as(ALICE, 'POST', `${ACCOUNT}:signJwt`, { payload: '{"sub":"x"}' }))
      .json as Key;
    const claims = JSON.parse(Buffer.from(signedJwt.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toEqual({ sub: 'x', exp: Math.floor(NOW.getTime() / 1000) + 3600 });
  });

  it.each(['signBlob', 'signJwt'])('%s needs its permission', async (verb) => {
    await expect(as(BOB, 'POST', `${ACCOUNT}:${verb}`, {})).rejects.toMatchObject({
      message: `Permission 'iam.serviceAccounts.${verb}' denied on resource (or it may not exist).`,
    });
  });
});
