import { createPublicKey, verify } from 'node:crypto';
import { decodeJwt, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import type { Account } from '../../identity/index.js';
import { type CredentialOrigin, projectName, serviceAccountName } from '../../names/index.js';
import { createServiceAccount } from '../iam/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { iamCredentialsApi } from './index.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';
const T = Math.floor(NOW.getTime() / 1000);
const emailOf = (id: string) => `${id}@myproject-a.iam.gserviceaccount.com`;
const TARGET = emailOf('target');
const SCOPE = ['https://www.googleapis.com/auth/cloud-platform'];

let rooms: Rooms;
let api: Api;
let target: Account;

beforeEach(async () => {
  rooms = await openRooms();
  api = iamCredentialsApi(rooms);
  await createProject(rooms, { projectId: 'myproject-a', owners: [ALICE] }, NOW);
  for (const accountId of ['first1', 'second']) {
    await createServiceAccount(rooms, 'myproject-a', { accountId }, NOW);
  }
  target = await createServiceAccount(rooms, 'myproject-a', { accountId: 'target' }, NOW);
});
afterEach(() => rooms.store.close());

/** Grants what token creators have on an account. */
async function mayUse(member: string, email: string, role = TOKEN_CREATOR): Promise<void> {
  const resource = serviceAccountName('myproject-a', email);
  await rooms.store.commit([await rooms.access.grantWrite(resource, role, member)]);
}
type Json = Record<string, string>;
async function as(member: string, verb: string, body: JsonValue, account = TARGET): Promise<Json> {
  const url = `/v1/projects/-/serviceAccounts/${account}:${verb}`;
  return (await invoke(api, rooms.access, member, 'POST', url, body)).json as Json;
}
const denied = (permission: string) => ({
  status: 'PERMISSION_DENIED',
  message: `Permission 'iam.serviceAccounts.${permission}' denied on resource (or it may not exist).`,
  details: [
    expect.objectContaining({
      reason: 'IAM_PERMISSION_DENIED',
      metadata: { permission: `iam.serviceAccounts.${permission}` },
    }),
  ],
});

const CALLS: readonly (readonly [verb: string, permission: string, body: Record<string, JsonValue>])[] = [
  ['generateAccessToken', 'getAccessToken', { scope: SCOPE }],
  ['generateIdToken', 'getOpenIdToken', { audience: 'https://x' }],
  ['signBlob', 'signBlob', { payload: 'eA==' }],
  ['signJwt', 'signJwt', { payload: '{}' }],
];

describe.each(CALLS)('%s', (verb, permission, body) => {
  it('needs its permission, which no owner has', async () => {
    await expect(as(ALICE, verb, body)).rejects.toMatchObject(denied(permission));
    await expect(as(BOB, verb, body)).rejects.toMatchObject(denied(permission));
    await mayUse(BOB, TARGET);
    expect(await as(BOB, verb, body)).toEqual(expect.any(Object));
    expect(await as(BOB, verb, body, target.uniqueId)).toEqual(expect.any(Object));
  });

  it('needs each delegate to be delegated to, and the last to have the permission', async () => {
    const delegates = [emailOf('first1'), `projects/-/serviceAccounts/${emailOf('second')}`];
    const through = () => as(BOB, verb, { ...body, delegates });
    await mayUse(BOB, TARGET);
    await expect(through()).rejects.toMatchObject(denied('implicitDelegation'));
    await mayUse(BOB, emailOf('first1'));
    await expect(through()).rejects.toMatchObject(denied('implicitDelegation'));
    await mayUse(`serviceAccount:${emailOf('first1')}`, emailOf('second'));
    await expect(through()).rejects.toMatchObject(denied(permission));
    await mayUse(`serviceAccount:${emailOf('second')}`, TARGET);
    expect(await through()).toEqual(expect.any(Object));
    await rooms.identity.accounts.update(emailOf('first1'), (row) => ({ ...row, disabled: true }));
    await expect(through()).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
  });

  it('is not for accounts that are disabled, gone, or named otherwise', async () => {
    await mayUse(BOB, TARGET);
    await rooms.identity.accounts.update(TARGET, (row) => ({ ...row, disabled: true }));
    await expect(as(BOB, verb, body)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: `Service account ${TARGET} is disabled.`,
    });
    await rooms.store.commit([await rooms.access.grantWrite(projectName('myproject-a'), TOKEN_CREATOR, BOB)]);
    await expect(as(BOB, verb, body, emailOf('nobody'))).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: `Not found; Gaia id not found for email ${emailOf('nobody')}`,
    });
    const url = `/v1/projects/myproject-a/serviceAccounts/${TARGET}:${verb}`;
    await expect(invoke(api, rooms.access, BOB, 'POST', url, body)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('leaves out of its audit entry what it gives away', async () => {
    await mayUse(BOB, TARGET);
    const url = `/v1/projects/-/serviceAccounts/${TARGET}:${verb}`;
    const { audit } = await invoke(api, rooms.access, BOB, 'POST', url, body);
    expect(await audit).toEqual({
      methodName: expect.stringMatching(/^[A-Z]/),
      serviceName: 'iamcredentials.googleapis.com',
      resourceName: `projects/-/serviceAccounts/${target.uniqueId}`,
      project: 'myproject-a',
      resource: {
        type: 'service_account',
        labels: { project_id: 'myproject-a', email_id: TARGET, unique_id: target.uniqueId },
      },
      request: expect.objectContaining({ name: `projects/-/serviceAccounts/${TARGET}` }),
      metadata: { identityDelegationChain: [`projects/-/serviceAccounts/${TARGET}`] },
    });
  });
});

describe('what comes of it', () => {
  beforeEach(() => mayUse(BOB, TARGET));

  it('is an access token of the account, for as long as asked', async () => {
    const { accessToken = '', expireTime } = await as(BOB, 'generateAccessToken', {
      scope: SCOPE,
      lifetime: '300s',
    });
    expect(expireTime).toBe(new Date((T + 300) * 1000).toISOString().replace('.000Z', 'Z'));
    expect(await rooms.identity.verifyAccessToken(accessToken)).toMatchObject({
      principal: { kind: 'serviceAccount', email: TARGET },
      scopes: SCOPE,
      expires: T + 300,
    });
    const hour = await as(BOB, 'generateAccessToken', { scope: SCOPE });
    expect((await rooms.identity.verifyAccessToken(hour.accessToken ?? '')).expires).toBe(T + 3600);
  });

  it('is an access token that remembers who asked for it, and through whom', async () => {
    const first = `serviceAccount:${emailOf('first1')}`;
    const second = `serviceAccount:${emailOf('second')}`;
    await mayUse(BOB, emailOf('first1'));
    await mayUse(first, emailOf('second'));
    await mayUse(second, TARGET);
    const delegation = async (member: string, body: Json | object, origin?: CredentialOrigin) => {
      const url = `/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`;
      const asked = { scope: SCOPE, ...body };
      const { json } = await invoke(api, rooms.access, member, 'POST', url, asked, undefined, origin);
      const { accessToken = '' } = json as Json;
      return (await rooms.identity.verifyAccessToken(accessToken)).origin?.delegation;
    };
    expect(await delegation(BOB, {})).toEqual([BOB]);
    expect(await delegation(BOB, { delegates: [emailOf('first1'), emailOf('second')] })).toEqual([
      second,
      first,
      BOB,
    ]);
    // The caller's own token was made for somebody else.
    expect(await delegation(second, {}, { delegation: [first, BOB] })).toEqual([second, first, BOB]);
    const turns = Array.from({ length: 40 }, () => second);
    const remembered = await delegation(second, {}, { delegation: [...turns, BOB] });
    expect([remembered?.length, remembered?.at(-1)]).toEqual([16, BOB]);
  });

  it('is an ID token of the account, which says its address when it is to', async () => {
    const claims = async (more: Record<string, JsonValue>) => {
      const { token = '' } = await as(BOB, 'generateIdToken', { audience: 'https://x', ...more });
      return { ...decodeJwt(token), verified: (await rooms.identity.verifyIdToken(token)).email };
    };
    const plain = await claims({});
    expect(plain).toMatchObject({
      aud: 'https://x',
      azp: target.uniqueId,
      sub: target.uniqueId,
      verified: TARGET,
    });
    expect(plain).not.toHaveProperty('email');
    expect(await claims({ includeEmail: true, useEmailAzp: true })).toMatchObject({
      azp: TARGET,
      email: TARGET,
      email_verified: true,
    });
    expect(await claims({ useEmailAzp: false })).toMatchObject({ azp: target.uniqueId });
  });

  it('are signatures that the published keys verify', async () => {
    const payload = Buffer.from('what I say');
    const { keyId, signedBlob = '' } = await as(BOB, 'signBlob', { payload: payload.toString('base64') });
    const keys = await rooms.identity.accountKeys.list(target);
    const { publicKey = '' } = keys.find(({ id }) => id === keyId) ?? {};
    expect(verify('RSA-SHA256', payload, publicKey, Buffer.from(signedBlob, 'base64'))).toBe(true);
    const claims = { sub: 'x', nested: { a: [1] }, exp: T + 60 };
    const { signedJwt = '' } = await as(BOB, 'signJwt', { payload: JSON.stringify(claims) });
    const verified = await jwtVerify(signedJwt, createPublicKey(publicKey), { currentDate: NOW });
    expect(verified.payload).toEqual(claims);
    expect(verified.protectedHeader).toEqual({ alg: 'RS256', kid: keyId, typ: 'JWT' });
  });

  it.each([
    ['generateAccessToken', {}],
    ['generateAccessToken', { scope: ['a b'] }],
    ['generateAccessToken', { scope: SCOPE, lifetime: '3601s' }],
    ['generateAccessToken', { scope: SCOPE, lifetime: '0s' }],
    ['generateAccessToken', { scope: SCOPE, lifetime: '-5s' }],
    ['generateIdToken', {}],
    ['generateIdToken', { audience: 'x', useEmailAzp: 'yes' }],
    ['generateIdToken', { audience: 'x', unknownField: true }],
    ['signBlob', {}],
    ['signJwt', {}],
    ['signJwt', { payload: '[]' }],
    ['signJwt', { payload: '{' }],
    ['signJwt', { payload: `{"exp":${T - 60}}` }],
    ['signJwt', { payload: `{"exp":${T + 13 * 3600}}` }],
    ['signJwt', { payload: '{"exp":"tomorrow"}' }],
  ])('is nothing for %s %j', async (verb, body) => {
    await expect(as(BOB, verb, body)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });
});
