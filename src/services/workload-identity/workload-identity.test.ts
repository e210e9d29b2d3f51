import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonObject, JsonValue } from '../../google/index.js';
import { iamApi } from '../iam/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';

const OWNER = 'user:alice@example.com';
const NUMBER = '891566352225';
const PARENT = '/v1/projects/myproject-a/locations/global/workloadIdentityPools';
const POOL = `projects/${NUMBER}/locations/global/workloadIdentityPools/github`;
const PROVIDER = `${POOL}/providers/actions`;
const GITHUB = {
  attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.repository': 'assertion.repository' },
  attributeCondition: "assertion.repository_owner == 'octo'",
  oidc: { issuerUri: 'https://token.actions.githubusercontent.com' },
};

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = iamApi(rooms);
  await createProject(rooms, { projectId: 'myproject-a', number: NUMBER, owners: [OWNER] }, NOW);
});
afterEach(() => rooms.store.close());

const call = (verb: string, url: string, body?: JsonValue, as = OWNER) =>
  invoke(api, rooms.access, as, verb, url, body);
const createPool = (body: JsonObject = {}, id = 'github') =>
  call('POST', `${PARENT}?workloadIdentityPoolId=${id}`, body);
const createProvider = (body: JsonObject = GITHUB, id = 'actions') =>
  call('POST', `${PARENT}/github/providers?workloadIdentityPoolProviderId=${id}`, body);

describe('a pool', () => {
  it('is created by an operation that is done and can be read again', async () => {
    const { json, authorizations, audit } = await createPool({ displayName: 'GitHub', state: 'ACTIVE' });
    expect(json).toEqual({
      name: expect.stringMatching(`^${POOL}/operations/[0-9a-f]{32}$`),
      metadata: { '@type': 'type.googleapis.com/google.iam.v1.WorkloadIdentityPoolOperationMetadata' },
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.iam.v1.WorkloadIdentityPool',
        name: POOL,
        displayName: 'GitHub',
        state: 'ACTIVE',
      },
    });
    expect(authorizations).toMatchObject([
      { permission: 'iam.googleapis.com/workloadIdentityPools.create', granted: true },
    ]);
    expect(await audit).toMatchObject({
      methodName: 'google.iam.v1.WorkloadIdentityPools.CreateWorkloadIdentityPool',
      project: 'myproject-a',
    });
    const { name } = json as { name: string };
    for (const spelling of [name, name.replace(NUMBER, 'myproject-a')]) {
      expect((await call('GET', `/v1/${spelling}`)).json).toEqual(json);
    }
    expect((await call('GET', `/v1beta/${POOL}`)).json).toMatchObject({ displayName: 'GitHub' });
  });

  it('is updated as far as the mask says', async () => {
    await createPool({ displayName: 'GitHub', description: 'd' });
    await call('PATCH', `/v1/${POOL}?updateMask=disabled,displayName`, {
      disabled: true,
      description: 'unasked',
    });
    expect((await call('GET', `/v1/${POOL}`)).json).toEqual({
      name: POOL,
      description: 'd',
      disabled: true,
      state: 'ACTIVE',
    });
  });

  it('is deleted for 30 days, listed on request only, and comes back', async () => {
    await createPool();
    const { json } = await call('DELETE', `/v1/${POOL}`);
    expect(json).toMatchObject({ response: { state: 'DELETED', expireTime: '2026-02-01T03:04:05.678Z' } });
    expect((await call('GET', PARENT)).json).toEqual({});
    expect((await call('GET', `${PARENT}?showDeleted=true`)).json).toMatchObject({
      workloadIdentityPools: [{ name: POOL, state: 'DELETED' }],
    });
    await expect(createPool()).rejects.toMatchObject({ status: 'ALREADY_EXISTS' });
    await expect(createProvider()).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
    await call('POST', `/v1/${POOL}:undelete`, {});
    expect((await call('GET', PARENT)).json).toEqual({
      workloadIdentityPools: [{ name: POOL, state: 'ACTIVE' }],
    });
    await expect(call('POST', `/v1/${POOL}:undelete`, {})).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
    });
  });

  it('comes page by page', async () => {
    for (const id of ['one-', 'two-', 'six-']) await createPool({}, id);
    const first = (await call('GET', `${PARENT}?pageSize=2`)).json as {
      nextPageToken: string;
      workloadIdentityPools: JsonValue[];
    };
    expect(first.workloadIdentityPools).toHaveLength(2);
    expect((await call('GET', `${PARENT}?pageToken=${first.nextPageToken}`)).json).toEqual({
      workloadIdentityPools: [expect.objectContaining({ name: expect.stringContaining('/two-') })],
    });
  });
});

describe('a provider', () => {
  beforeEach(() => createPool());

  it('is created, listed, updated in parts, deleted and restored', async () => {
    const { json } = await createProvider();
    expect(json).toMatchObject({ response: { name: PROVIDER, state: 'ACTIVE', ...GITHUB } });
    const patch = (mask: string, body: JsonObject) =>
      call('PATCH', `/v1/${PROVIDER}?updateMask=${mask}`, body);
    await patch('oidc.allowedAudiences,displayName', {
      displayName: 'Actions',
      oidc: { allowedAudiences: ['https://example.com'] },
    });
    expect((await call('GET', `${PARENT}/github/providers`)).json).toEqual({
      workloadIdentityPoolProviders: [
        {
          name: PROVIDER,
          displayName: 'Actions',
          state: 'ACTIVE',
          ...GITHUB,
          oidc: { ...GITHUB.oidc, allowedAudiences: ['https://example.com'] },
        },
      ],
    });
    await patch('oidc.allowed_audiences', {});
    await call('DELETE', `/v1/${PROVIDER}`);
    expect((await call('GET', `${PARENT}/github/providers`)).json).toEqual({});
    await call('POST', `/v1/${PROVIDER}:undelete`, {});
    expect((await call('GET', `/v1/${PROVIDER}`)).json).toMatchObject({ oidc: GITHUB.oidc, state: 'ACTIVE' });
  });

  it('has keys of its own where they are given', async () => {
    const jwksJson = JSON.stringify({ keys: [{ kty: 'RSA', kid: 'a', alg: 'RS256', n: 'AQAB', e: 'AQAB' }] });
    await createProvider({ ...GITHUB, oidc: { ...GITHUB.oidc, jwksJson } });
    expect((await call('GET', `/v1/${PROVIDER}`)).json).toMatchObject({ oidc: { jwksJson } });
    const mask = 'updateMask=oidc';
    await call('PATCH', `/v1/${PROVIDER}?${mask}`, { oidc: GITHUB.oidc });
    expect((await call('GET', `/v1/${PROVIDER}`)).json).toMatchObject({ oidc: GITHUB.oidc });
  });

  it.each<[JsonObject, string, string]>([
    [{ ...GITHUB, aws: { accountId: '1' } }, 'UNIMPLEMENTED', 'aws'],
    [{ ...GITHUB, saml: {} }, 'UNIMPLEMENTED', 'saml'],
    [{ ...GITHUB, x509: {} }, 'UNIMPLEMENTED', 'x509'],
    [{ ...GITHUB, nothing: 1 }, 'INVALID_ARGUMENT', 'Unknown name "nothing"'],
    [{ ...GITHUB, attributeCondition: '' }, 'INVALID_ARGUMENT', "one of the provider's claims"],
    [{ ...GITHUB, attributeMapping: {} }, 'INVALID_ARGUMENT', 'google.subject'],
    [{ ...GITHUB, attributeMapping: { 'google.subject': 1 } }, 'INVALID_ARGUMENT', 'attributeMapping'],
    [{ ...GITHUB, oidc: {} }, 'INVALID_ARGUMENT', 'issuer_uri'],
    [{ ...GITHUB, oidc: { issuerUri: 'http://example.com' } }, 'INVALID_ARGUMENT', 'https://'],
    [{ ...GITHUB, oidc: { issuerUri: 'https://example.com?a=b' } }, 'INVALID_ARGUMENT', 'https://'],
    [{ ...GITHUB, oidc: { ...GITHUB.oidc, clientId: 'a' } }, 'INVALID_ARGUMENT', 'Unknown name "clientId"'],
    [{ ...GITHUB, oidc: { ...GITHUB.oidc, jwksJson: '{' } }, 'INVALID_ARGUMENT', 'no JSON'],
    [
      { ...GITHUB, oidc: { ...GITHUB.oidc, jwksJson: '{"keys":[{"kty":"oct","kid":"a"}]}' } },
      'INVALID_ARGUMENT',
      'RSA or EC',
    ],
    [
      { ...GITHUB, oidc: { ...GITHUB.oidc, jwksJson: '{"keys":[{"kty":"RSA","kid":"a","d":"x"}]}' } },
      'INVALID_ARGUMENT',
      'field "d"',
    ],
    [
      { ...GITHUB, displayName: 'x'.repeat(33) },
      'INVALID_ARGUMENT',
      'display name must be less than or equal to 32',
    ],
  ])('that cannot be kept is refused: %j', async (body, status, message) => {
    await expect(createProvider(body)).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
    await expect(call('GET', `/v1/${PROVIDER}`)).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });
});

describe('calls about pools', () => {
  it.each<[string, string, string, JsonValue | undefined]>([
    ['GET', `${PARENT}/none`, 'NOT_FOUND', undefined],
    ['GET', `${PARENT}?filter=a`, 'INVALID_ARGUMENT', undefined],
    ['GET', `${PARENT}?pageSize=x`, 'INVALID_ARGUMENT', undefined],
    ['GET', PARENT.replace('global', 'asia-northeast1'), 'INVALID_ARGUMENT', undefined],
    ['POST', `${PARENT}?workloadIdentityPoolId=gcp-pool`, 'INVALID_ARGUMENT', {}],
    ['POST', `${PARENT}?workloadIdentityPoolId=abc`, 'INVALID_ARGUMENT', {}],
    ['POST', `${PARENT}?workloadIdentityPoolId=pool`, 'UNIMPLEMENTED', { mode: 'TRUST_DOMAIN' }],
    ['POST', `${PARENT}?workloadIdentityPoolId=pool`, 'INVALID_ARGUMENT', []],
    ['GET', `${PARENT}/none/operations/x`, 'NOT_FOUND', undefined],
  ])('%s %s: %s', async (verb, url, status, body) => {
    await expect(call(verb, url, body)).rejects.toMatchObject({ status });
  });

  it('need the permissions of the project', async () => {
    await createPool();
    await expect(call('GET', `/v1/${POOL}`, undefined, 'user:eve@example.com')).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: `Permission 'iam.workloadIdentityPools.get' denied on resource '//iam.googleapis.com/${POOL}' (or it may not exist).`,
    });
    await expect(call('PATCH', `/v1/${POOL}`, {})).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(call('PATCH', `/v1/${POOL}?updateMask=name`, {})).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });
});
