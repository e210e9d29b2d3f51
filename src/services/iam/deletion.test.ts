import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { projectName, serviceAccountName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { iamApi } from './api.js';
import { createServiceAccount } from './create-account.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const MEMBER = `serviceAccount:${RUNTIME}`;
const ACCOUNT = `/v1/projects/-/serviceAccounts/${RUNTIME}`;
const PROJECT = projectName('myproject-a');

let rooms: Rooms;
let api: Api;
let uniqueId: string;

const create = () => createServiceAccount(rooms, 'myproject-a', { accountId: 'runtime' }, NOW);
const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const undelete = (member = ALICE, project = '-') =>
  as(member, 'POST', `/v1/projects/${project}/serviceAccounts/${uniqueId}:undelete`, {});
const membersOf = async () =>
  (await rooms.access.policy(PROJECT)).policy.bindings.find(({ role }) => role === 'roles/viewer')?.members;
const maySee = () =>
  rooms.access.isGranted(
    { kind: 'serviceAccount', email: RUNTIME },
    'resourcemanager.projects.get',
    PROJECT,
    NOW,
  );

beforeEach(async () => {
  rooms = await openRooms();
  api = iamApi(rooms);
  await createProject(rooms, { projectId: 'myproject-a', owners: [ALICE] }, NOW);
  ({ uniqueId } = await create());
  const own = serviceAccountName('myproject-a', RUNTIME);
  for (const resource of [PROJECT, own]) {
    const role = resource === own ? 'roles/iam.serviceAccountTokenCreator' : 'roles/viewer';
    await rooms.store.commit([await rooms.access.grantWrite(resource, role, MEMBER)]);
  }
});
afterEach(() => rooms.store.close());

it('a deleted account leaves every policy, and its namesake inherits nothing', async () => {
  expect(await maySee()).toBe(true);
  await as(ALICE, 'DELETE', ACCOUNT);
  expect(await membersOf()).toEqual([`deleted:serviceAccount:${RUNTIME}?uid=${uniqueId}`]);
  await create();
  expect(await maySee()).toBe(false);
});

it('a deleted account has nothing by its groups, nor has its namesake; a restored one has', async () => {
  await rooms.store.commit([{ op: 'put', key: 'groups/robots@example.com', value: [MEMBER] }]);
  const maySeeServices = () =>
    rooms.access.isGranted({ kind: 'serviceAccount', email: RUNTIME }, 'run.services.get', PROJECT, NOW);
  await rooms.access.setPolicy(
    PROJECT,
    {
      bindings: [
        { role: 'roles/owner', members: [ALICE] },
        { role: 'roles/run.viewer', members: ['group:robots@example.com'] },
      ],
    },
    NOW,
  );
  expect(await maySeeServices()).toBe(true);
  await as(ALICE, 'DELETE', ACCOUNT);
  expect(await maySeeServices()).toBe(false);
  await create();
  expect(await maySeeServices()).toBe(false);
  await as(ALICE, 'DELETE', ACCOUNT);
  await undelete();
  expect(await maySeeServices()).toBe(true);
});

it('a restored account is the one that it was, with its grants elsewhere', async () => {
  const before = await rooms.identity.accounts.get(RUNTIME);
  await as(ALICE, 'DELETE', ACCOUNT);
  const { json, audit } = await undelete();
  expect(json).toMatchObject({ restoredAccount: { email: RUNTIME, uniqueId } });
  expect(await audit).toMatchObject({
    methodName: 'google.iam.admin.v1.UndeleteServiceAccount',
    resourceName: `projects/-/serviceAccounts/${uniqueId}`,
    project: 'myproject-a',
  });
  expect(await rooms.identity.accounts.get(RUNTIME)).toEqual(before);
  expect(await membersOf()).toEqual([MEMBER]);
  expect(await maySee()).toBe(true);
});

it('an account is restored by its unique id, by whoever may, once, and not over another', async () => {
  await expect(undelete()).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
  await expect(undelete(ALICE, 'myproject-a')).rejects.toMatchObject({ status: 'NOT_FOUND' });
  await as(ALICE, 'DELETE', ACCOUNT);
  await expect(undelete(BOB)).rejects.toMatchObject({
    message: "Permission 'iam.serviceAccounts.undelete' denied on resource (or it may not exist).",
  });
  await expect(as(ALICE, 'POST', `${ACCOUNT}:undelete`, {})).rejects.toMatchObject({
    status: 'INVALID_ARGUMENT',
  });
  await create();
  await expect(undelete()).rejects.toMatchObject({ status: 'ALREADY_EXISTS' });
  expect(await maySee()).toBe(false);
});
