import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { resourceManagerApi } from './api.js';
import { createProject } from './create.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = resourceManagerApi(rooms);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const make = (projectId: string, more: { number?: string } = {}) =>
  createProject(rooms, { projectId, owners: [ALICE], ...more }, NOW);

describe('creating a project', () => {
  it('answers a done operation that can be read again by its starter, and makes the creator owner', async () => {
    const { json } = await as(ALICE, 'POST', '/v1/projects?alt=json', {
      projectId: 'myproject-a',
      name: 'My A',
    });
    expect(json).toMatchObject({
      name: expect.stringMatching(/^operations\/cp\.\d+$/),
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.Project',
        projectId: 'myproject-a',
        name: 'My A',
        lifecycleState: 'ACTIVE',
        projectNumber: expect.stringMatching(/^\d{12}$/),
      },
    });
    const { name } = json as { name: string };
    expect((await as(ALICE, 'GET', `/v1/${name}`)).json).toEqual(json);
    await expect(as(BOB, 'GET', `/v1/${name}`)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    const { policy } = await rooms.access.policy(projectName('myproject-a'));
    expect(policy.bindings).toEqual([{ role: 'roles/owner', members: [ALICE] }]);
  });

  it('is audited in the new project’s log', async () => {
    const { audit } = await as(ALICE, 'POST', '/v1/projects', { projectId: 'myproject-a' });
    expect(await audit).toMatchObject({
      methodName: 'CreateProject',
      serviceName: 'cloudresourcemanager.googleapis.com',
      resourceName: 'projects/myproject-a',
      project: 'myproject-a',
      resource: { type: 'project', labels: { project_id: 'myproject-a' } },
    });
  });

  it('refuses an id that is taken, and changes nothing', async () => {
    await make('myproject-a');
    const again = as(BOB, 'POST', '/v1/projects', { projectId: 'myproject-a' });
    await expect(again).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
      message: 'Requested entity already exists',
    });
    const { policy } = await rooms.access.policy(projectName('myproject-a'));
    expect(policy.bindings).toEqual([{ role: 'roles/owner', members: [ALICE] }]);
  });

  it('refuses a number that is taken', async () => {
    await make('myproject-a', { number: '111111111111' });
    await expect(make('myproject-b', { number: '111111111111' })).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
    });
  });

  it.each([
    [{}],
    [{ projectId: 'short' }],
    [{ projectId: 'Has-Capitals' }],
    [{ projectId: 'ends-in-hyphen-' }],
    [{ projectId: 'myproject-a', name: 'no' }],
    [{ projectId: 'myproject-a', labels: { Bad: 'x' } }],
    [{ projectId: 'myproject-a', parent: { type: 'planet', id: '1' } }],
    [{ projectId: 'myproject-a', colour: 'red' }],
    [['a list']],
  ])('refuses %j', async (body) => {
    await expect(as(ALICE, 'POST', '/v1/projects', body)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
    expect(await rooms.access.projects.list()).toEqual([]);
  });

  it('under a parent needs the permission there', async () => {
    const body = { projectId: 'myproject-a', parent: { type: 'folder', id: '4711' } };
    await expect(as(ALICE, 'POST', '/v1/projects', body)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: 'The caller does not have permission',
    });
    await rooms.store.commit([
      await rooms.access.grantWrite(
        '//cloudresourcemanager.googleapis.com/folders/4711',
        'roles/resourcemanager.projectCreator',
        ALICE,
      ),
    ]);
    const { json } = await as(ALICE, 'POST', '/v1/projects', body);
    expect(json).toMatchObject({ response: { parent: body.parent } });
  });

  it('is not for service accounts without a parent', async () => {
    const robot = 'serviceAccount:robot@other.iam.gserviceaccount.com';
    await expect(as(robot, 'POST', '/v1/projects', { projectId: 'myproject-a' })).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });
});

describe('reading projects', () => {
  beforeEach(async () => {
    await make('myproject-a', { number: '891566352225' });
    await make('myproject-b');
  });

  it('finds one by id and by number', async () => {
    const byId = await as(ALICE, 'GET', '/v1/projects/myproject-a?alt=json');
    expect(byId.json).toEqual({
      projectNumber: '891566352225',
      projectId: 'myproject-a',
      lifecycleState: 'ACTIVE',
      name: 'myproject-a',
      createTime: NOW.toISOString(),
    });
    expect((await as(ALICE, 'GET', '/v1/projects/891566352225')).json).toEqual(byId.json);
  });

  it('answers strangers the same for a project that exists and for one that does not', async () => {
    for (const project of ['myproject-a', 'no-such-project']) {
      await expect(as(BOB, 'GET', `/v1/projects/${project}`)).rejects.toMatchObject({
        status: 'PERMISSION_DENIED',
        message: 'The caller does not have permission',
      });
    }
  });

  it('lists those that the caller may get, by pages', async () => {
    const url = '/v1/projects?filter=lifecycleState%3AACTIVE&pageSize=1';
    const first = (await as(ALICE, 'GET', url)).json as { nextPageToken: string };
    expect(first).toMatchObject({ projects: [{ projectId: 'myproject-a' }] });
    const second = await as(ALICE, 'GET', `${url}&pageToken=${first.nextPageToken}`);
    expect(second.json).toEqual({ projects: [expect.objectContaining({ projectId: 'myproject-b' })] });
    expect((await as(BOB, 'GET', url)).json).toEqual({});
  });

  it.each([
    ['lifecycleState:DELETE_REQUESTED', []],
    ['lifecycleState:ACTIVE AND (projectId:myproject-*)', ['myproject-a', 'myproject-b']],
    ['projectNumber=891566352225', ['myproject-a']],
    ['name:"MYPROJECT-B"', ['myproject-b']],
    ['labels.team:*', []],
  ])('filters by %s', async (filter, expected) => {
    const { json } = await as(ALICE, 'GET', `/v1/projects?${new URLSearchParams({ filter })}`);
    const { projects = [] } = json as { projects?: { projectId: string }[] };
    expect(projects.map(({ projectId }) => projectId)).toEqual(expected);
  });

  it('refuses a filter that it does not know rather than ignore it', async () => {
    await expect(as(ALICE, 'GET', '/v1/projects?filter=colour:red')).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'Invalid filter: "colour:red" is not supported.',
    });
  });

  it('names the ancestors', async () => {
    await createProject(rooms, { projectId: 'myproject-c', parent: 'folders/4711', owners: [ALICE] }, NOW);
    await rooms.store.commit([
      { op: 'put', key: 'folders/4711', value: { parent: 'organizations/123456789012' } },
    ]);
    expect((await as(ALICE, 'POST', '/v1/projects/myproject-c:getAncestry', {})).json).toEqual({
      ancestor: [
        { resourceId: { type: 'project', id: 'myproject-c' } },
        { resourceId: { type: 'folder', id: '4711' } },
        { resourceId: { type: 'organization', id: '123456789012' } },
      ],
    });
  });
});

describe('changing a project', () => {
  beforeEach(() => make('myproject-a'));

  it('replaces name and labels', async () => {
    const { json } = await as(ALICE, 'PUT', '/v1/projects/myproject-a', {
      name: 'New name',
      labels: { team: 'x' },
    });
    expect(json).toMatchObject({ name: 'New name', labels: { team: 'x' } });
    expect((await as(ALICE, 'GET', '/v1/projects/myproject-a')).json).toEqual(json);
  });

  it('moves it below another parent, for those who may', async () => {
    const move = (id: string) =>
      as(ALICE, 'PUT', '/v1/projects/myproject-a', { name: 'Moved', parent: { type: 'folder', id } });
    await expect(move('4711')).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    const folder = '//cloudresourcemanager.googleapis.com/folders/4711';
    await rooms.store.commit([
      { op: 'put', key: 'folders/4711', value: {} },
      await rooms.access.grantWrite(folder, 'roles/resourcemanager.projectMover', ALICE),
    ]);
    expect((await move('4711')).json).toMatchObject({
      name: 'Moved',
      parent: { type: 'folder', id: '4711' },
    });
  });
});

describe('a project’s policy', () => {
  beforeEach(() => make('myproject-a', { number: '891566352225' }));

  it('is read, changed and read again, by id or number', async () => {
    const get = (project: string) =>
      as(ALICE, 'POST', `/v1/projects/${project}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } });
    const policy = (await get('myproject-a')).json as { bindings: object[]; etag: string };
    const bindings = [...policy.bindings, { role: 'roles/run.developer', members: [BOB] }];
    const set = await as(ALICE, 'POST', '/v1/projects/891566352225:setIamPolicy', {
      policy: { ...policy, version: 3, bindings } as JsonValue,
    });
    expect(set.json).toMatchObject({ version: 1, bindings });
    expect((await get('891566352225')).json).toEqual(set.json);
    expect(await set.audit).toMatchObject({
      methodName: 'SetIamPolicy',
      resourceName: 'projects/myproject-a',
      project: 'myproject-a',
      resource: { type: 'project', labels: { project_id: 'myproject-a' } },
      serviceData: {
        policyDelta: { bindingDeltas: [{ action: 'ADD', role: 'roles/run.developer', member: BOB }] },
      },
    });
  });

  it('keeps an owner who is a user, outside an organization', async () => {
    const set = (...members: string[]) =>
      as(ALICE, 'POST', '/v1/projects/myproject-a:setIamPolicy', {
        policy: { bindings: members.length === 0 ? [] : [{ role: 'roles/owner', members }] },
      });
    const detail = {
      '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError',
      role: 'roles/owner',
    };
    await expect(set()).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'Request contains an invalid argument.',
      details: [{ ...detail, type: 'SOLO_REQUIRE_TOS_ACCEPTOR', member: ALICE }],
    });
    await rooms.store.commit([{ op: 'put', key: 'groups/all@example.com', value: [] }]);
    await expect(set(ALICE, 'group:all@example.com')).rejects.toMatchObject({
      details: [{ ...detail, type: 'SOLO_GROUP_OWNERS_DISALLOWED', member: 'group:all@example.com' }],
    });
    expect((await set(BOB)).json).toMatchObject({ bindings: [{ role: 'roles/owner', members: [BOB] }] });
  });

  it('is refused in the words of each method', async () => {
    await expect(as(BOB, 'POST', '/v1/projects/myproject-a:getIamPolicy', {})).rejects.toMatchObject({
      message: 'The caller does not have permission',
    });
    await expect(
      as(BOB, 'POST', '/v1/projects/myproject-a:setIamPolicy', { policy: {} }),
    ).rejects.toMatchObject({ status: 'PERMISSION_DENIED', message: 'Policy update access denied.' });
  });

  it('decides testIamPermissions', async () => {
    const permissions = ['resourcemanager.projects.get', 'run.services.create'];
    const test = (member: string) =>
      as(member, 'POST', '/v1/projects/myproject-a:testIamPermissions', { permissions });
    expect((await test(ALICE)).json).toEqual({ permissions });
    expect((await test(BOB)).json).toEqual({});
  });
});

it('every method has an entry in the access table', () => {
  const open = api.methods.filter(({ name, implemented }) => implemented !== false && !(name in api.access));
  expect(open.map(({ name }) => name)).toEqual([]);
});
