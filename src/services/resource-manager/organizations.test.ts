import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { organizationName } from '../../names/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { resourceManagerApi } from './api.js';

const ADMIN = 'user:admin@example.com';
const BOB = 'user:bob@example.com';
const NAME = 'organizations/123456789012';
const createTime = NOW.toISOString();

let rooms: Rooms;
let api: Api;
beforeEach(async () => {
  rooms = await openRooms();
  api = resourceManagerApi(rooms);
  const { organizations } = rooms.access;
  await rooms.store.commit([
    organizations.creation({
      id: '123456789012',
      domain: 'example.com',
      customerId: 'C03az79cb',
      createTime,
    }),
    organizations.creation({ id: '2', customerId: 'C00000002', createTime }),
    await rooms.access.grantWrite(
      organizationName('123456789012'),
      'roles/resourcemanager.organizationAdmin',
      ADMIN,
    ),
  ]);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);

const V1 = {
  name: NAME,
  displayName: 'example.com',
  owner: { directoryCustomerId: 'C03az79cb' },
  creationTime: createTime,
  lifecycleState: 'ACTIVE',
};
const V3 = {
  name: NAME,
  displayName: 'example.com',
  directoryCustomerId: 'C03az79cb',
  state: 'ACTIVE',
  createTime,
};

it('is shown in each version’s form, to those who may see it', async () => {
  expect((await as(ADMIN, 'GET', `/v1/${NAME}`)).json).toEqual(V1);
  expect((await as(ADMIN, 'GET', `/v3/${NAME}`)).json).toMatchObject(V3);
  const denied = { status: 'PERMISSION_DENIED', message: 'The caller does not have permission' };
  for (const [member, name] of [
    [BOB, NAME],
    [ADMIN, 'organizations/2'],
    [ADMIN, 'organizations/3'],
  ] as const) {
    await expect(as(member, 'GET', `/v1/${name}`)).rejects.toMatchObject(denied);
    await expect(as(member, 'GET', `/v3/${name}`)).rejects.toMatchObject(denied);
  }
  await expect(as(ADMIN, 'GET', '/v3/organizations/x')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
});

describe('searching', () => {
  const v1 = async (member: string, body: JsonValue) =>
    (await as(member, 'POST', '/v1/organizations:search', body)).json;
  const v3 = async (member: string, query: string) =>
    (await as(member, 'GET', `/v3/organizations:search?${new URLSearchParams({ query })}`)).json;

  it.each(['', 'domain:example.com', 'owner.directorycustomerid:c03az79cb', 'domain=EXAMPLE.COM'])(
    'finds what %j asks for, of what the caller may get',
    async (query) => {
      expect(await v1(ADMIN, { filter: query })).toEqual({ organizations: [V1] });
      expect(await v3(ADMIN, query)).toMatchObject({ organizations: [V3] });
      expect(await v1(BOB, { filter: query })).toEqual({});
      expect(await v3(BOB, query)).toEqual({});
    },
  );

  it('finds nothing else', async () => {
    expect(await v1(ADMIN, { filter: 'domain:example.org' })).toEqual({});
    expect(await v3(ADMIN, 'directoryCustomerId:C1')).toEqual({});
  });

  it.each<JsonValue>([{ filter: 'colour:red' }, { filter: 1 }, { pageSize: 'x' }, { colour: 'red' }, []])(
    'refuses %j',
    async (body) => {
      await expect(v1(ADMIN, body)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    },
  );
});

it('has a policy, which both versions read, set and test', async () => {
  const bindings = [
    { role: 'roles/browser', members: [BOB] },
    { role: 'roles/resourcemanager.organizationAdmin', members: [ADMIN] },
  ];
  const { audit } = await as(ADMIN, 'POST', `/v1/${NAME}:setIamPolicy`, { policy: { bindings } });
  expect(await audit).toMatchObject({
    methodName: 'SetIamPolicy',
    project: NAME,
    resource: { type: 'organization', labels: { organization_id: '123456789012' } },
  });
  expect((await as(ADMIN, 'POST', `/v3/${NAME}:getIamPolicy`, {})).json).toMatchObject({ bindings });
  const permissions = ['resourcemanager.organizations.get', 'resourcemanager.organizations.setIamPolicy'];
  for (const version of ['v1', 'v3']) {
    const tested = await as(BOB, 'POST', `/${version}/${NAME}:testIamPermissions`, { permissions });
    expect(tested.json).toEqual({ permissions: ['resourcemanager.organizations.get'] });
  }
  await expect(as(BOB, 'POST', `/v1/${NAME}:setIamPolicy`, { policy: {} })).rejects.toMatchObject({
    message: 'Policy update access denied.',
  });
});
