import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { serviceAccountName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { enableService } from '../service-usage/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { iamApi } from './api.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = iamApi(rooms);
  await createProject(rooms, { projectId: 'myproject-a', number: '891566352225', owners: [ALICE] }, NOW);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const create = (accountId: string, serviceAccount: JsonValue = {}) =>
  as(ALICE, 'POST', '/v1/projects/myproject-a/serviceAccounts?alt=json', { accountId, serviceAccount });

describe('service accounts', () => {
  it('are created with an address, a unique id and an empty policy', async () => {
    const { json, audit } = await create('runtime', { displayName: 'Runtime' });
    expect(json).toEqual({
      name: `projects/myproject-a/serviceAccounts/${RUNTIME}`,
      projectId: 'myproject-a',
      uniqueId: expect.stringMatching(/^\d{21}$/),
      email: RUNTIME,
      displayName: 'Runtime',
      etag: expect.any(String),
      oauth2ClientId: expect.stringMatching(/^\d{21}$/),
    });
    const { uniqueId } = json as { uniqueId: string };
    expect(await audit).toMatchObject({
      methodName: 'google.iam.admin.v1.CreateServiceAccount',
      serviceName: 'iam.googleapis.com',
      resourceName: 'projects/myproject-a',
      project: 'myproject-a',
      resource: {
        type: 'service_account',
        labels: { project_id: 'myproject-a', email_id: RUNTIME, unique_id: uniqueId },
      },
    });
    const { policy } = await rooms.access.policy(serviceAccountName('myproject-a', RUNTIME));
    expect(policy.bindings).toEqual([]);
  });

  it.each([
    ['short', 'The account ID "short" does not have a length between 6 and 30.'],
    ['Capitals', 'The account ID "Capitals" does not match the pattern "[a-z]([-a-z0-9]*[a-z0-9])".'],
    ['trailing-', 'The account ID "trailing-" does not match the pattern "[a-z]([-a-z0-9]*[a-z0-9])".'],
  ])('refuse the id %s', async (id, message) => {
    await expect(create(id)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT', message });
  });

  it('refuse texts that are too long, and an id that is taken', async () => {
    await expect(create('runtime', { displayName: 'é'.repeat(51) })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
    await create('runtime');
    await expect(create('runtime')).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
      message: 'Service account runtime already exists within project projects/myproject-a.',
    });
  });

  it('go by address or unique id, under their project’s id, its number or a dash', async () => {
    const { json } = await create('runtime');
    const { uniqueId } = json as { uniqueId: string };
    for (const project of ['myproject-a', '891566352225', '-']) {
      for (const account of [RUNTIME, uniqueId]) {
        const found = await as(ALICE, 'GET', `/v1/projects/${project}/serviceAccounts/${account}`);
        expect(found.json).toEqual(json);
      }
    }
  });

  it('are unknown to who may know, and forbidden to strangers, when they do not exist', async () => {
    for (const project of ['myproject-a', '-']) {
      await expect(
        as(ALICE, 'GET', `/v1/projects/${project}/serviceAccounts/${RUNTIME}`),
      ).rejects.toMatchObject({
        status: 'NOT_FOUND',
        message: 'Unknown service account',
      });
    }
    await expect(as(BOB, 'GET', `/v1/projects/-/serviceAccounts/${RUNTIME}`)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: "Permission 'iam.serviceAccounts.get' denied on resource (or it may not exist).",
    });
    await expect(as(ALICE, 'GET', '/v1/projects/-/serviceAccounts/fake@example.com')).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it('of another project are not found under this one', async () => {
    await createProject(rooms, { projectId: 'myproject-b', owners: [ALICE] }, NOW);
    await create('runtime');
    await expect(
      as(ALICE, 'GET', `/v1/projects/myproject-b/serviceAccounts/${RUNTIME}`),
    ).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });

  it('are listed by pages, the default account among them and service agents not', async () => {
    await enableService(rooms, 'myproject-a', 'run.googleapis.com', NOW);
    await create('runtime');
    const list = async (query: string) =>
      (await as(ALICE, 'GET', `/v1/projects/myproject-a/serviceAccounts?${query}`)).json as {
        accounts: { email: string }[];
        nextPageToken?: string;
      };
    const all = await list('pageSize=100');
    expect(all.accounts.map(({ email }) => email)).toEqual([
      '891566352225-compute@developer.gserviceaccount.com',
      RUNTIME,
    ]);
    const first = await list('pageSize=1');
    const second = await list(`pageSize=1&pageToken=${first.nextPageToken}`);
    expect([...first.accounts, ...second.accounts]).toEqual(all.accounts);
    await expect(
      as(
        ALICE,
        'GET',
        '/v1/projects/-/serviceAccounts/service-891566352225@serverless-robot-prod.iam.gserviceaccount.com',
      ),
    ).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
  });

  it('change by a mask, and not from an older version', async () => {
    const { etag } = (await create('runtime')).json as { etag: string };
    const patch = (body: JsonValue) => as(ALICE, 'PATCH', `/v1/projects/-/serviceAccounts/${RUNTIME}`, body);
    const { json } = await patch({
      serviceAccount: { displayName: 'New', description: 'left alone', etag },
      updateMask: 'displayName',
    });
    expect(json).toMatchObject({ displayName: 'New' });
    expect(json).not.toHaveProperty('description');
    await expect(patch({ serviceAccount: { displayName: 'x', etag } })).rejects.toMatchObject({
      status: 'ABORTED',
    });
    await expect(patch({ serviceAccount: {}, updateMask: 'email' })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('are disabled and enabled', async () => {
    await create('runtime');
    const url = `/v1/projects/-/serviceAccounts/${RUNTIME}`;
    expect((await as(ALICE, 'POST', `${url}:disable`, {})).json).toEqual({});
    expect((await as(ALICE, 'GET', url)).json).toMatchObject({ disabled: true });
    await as(ALICE, 'POST', `${url}:enable`, {});
    expect((await as(ALICE, 'GET', url)).json).not.toHaveProperty('disabled');
  });

  it('are deleted with their policy', async () => {
    await create('runtime');
    const url = `/v1/projects/-/serviceAccounts/${RUNTIME}`;
    const bindings = [{ role: 'roles/iam.serviceAccountUser', members: [BOB] }];
    await as(ALICE, 'POST', `${url}:setIamPolicy`, { policy: { bindings } });
    const { audit } = await as(ALICE, 'DELETE', url);
    expect(await audit).toMatchObject({
      methodName: 'google.iam.admin.v1.DeleteServiceAccount',
      resourceName: expect.stringMatching(/^projects\/-\/serviceAccounts\/\d{21}$/),
      project: 'myproject-a',
    });
    await expect(as(ALICE, 'GET', url)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    await create('runtime');
    expect((await as(ALICE, 'POST', `${url}:getIamPolicy`)).json).toEqual({ etag: 'ACAB' });
  });

  it('are refused with the permission named', async () => {
    const body = { accountId: 'runtime', serviceAccount: {} };
    await expect(as(BOB, 'POST', '/v1/projects/myproject-a/serviceAccounts', body)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: "Permission 'iam.serviceAccounts.create' denied on resource (or it may not exist).",
      details: [expect.objectContaining({ metadata: { permission: 'iam.serviceAccounts.create' } })],
    });
    await expect(as(BOB, 'POST', '/v1/projects/no-such-project/serviceAccounts', body)).rejects.toMatchObject(
      {
        status: 'PERMISSION_DENIED',
      },
    );
  });
});

describe('policies of service accounts', () => {
  beforeEach(() => create('runtime'));

  it('are one under the dash and under the project, and let others act as the account', async () => {
    const actAs = () =>
      rooms.access.isGranted(
        { kind: 'user', email: 'bob@example.com' },
        'iam.serviceAccounts.actAs',
        serviceAccountName('myproject-a', RUNTIME),
        NOW,
      );
    expect(await actAs()).toBe(false);
    const bindings = [{ role: 'roles/iam.serviceAccountUser', members: [BOB] }];
    const { json, audit } = await as(
      ALICE,
      'POST',
      `/v1/projects/myproject-a/serviceAccounts/${RUNTIME}:setIamPolicy`,
      { policy: { bindings, etag: 'ACAB' } },
    );
    expect(await actAs()).toBe(true);
    const read = await as(
      ALICE,
      'POST',
      `/v1/projects/-/serviceAccounts/${RUNTIME}:getIamPolicy?options.requestedPolicyVersion=3&alt=json`,
    );
    expect(read.json).toEqual(json);
    expect(await audit).toMatchObject({
      methodName: 'google.iam.admin.v1.SetIAMPolicy',
      resourceName: expect.stringMatching(/^projects\/-\/serviceAccounts\/\d{21}$/),
      project: 'myproject-a',
      resource: { type: 'service_account', labels: { email_id: RUNTIME } },
    });
  });

  it('are unknown for accounts that do not exist', async () => {
    await expect(
      as(
        ALICE,
        'POST',
        '/v1/projects/-/serviceAccounts/ghost1@myproject-a.iam.gserviceaccount.com:getIamPolicy',
      ),
    ).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });

  it('decide testIamPermissions', async () => {
    const permissions = ['iam.serviceAccounts.actAs'];
    const test = (member: string) =>
      as(member, 'POST', `/v1/projects/-/serviceAccounts/${RUNTIME}:testIamPermissions`, { permissions });
    expect((await test(ALICE)).json).toEqual({ permissions });
    expect((await test(BOB)).json).toEqual({});
  });
});

it('every method has an entry in the access table', () => {
  const open = api.methods.filter(({ name, implemented }) => implemented !== false && !(name in api.access));
  expect(open.map(({ name }) => name)).toEqual([]);
});
