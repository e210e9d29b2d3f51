import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { resourceManagerApi } from './api.js';
import { createProject } from './create.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const NUMBER = '891566352225';
const TYPE = 'type.googleapis.com/google.cloud.resourcemanager.v3';
const FOLDER = '//cloudresourcemanager.googleapis.com/folders/4711' as const;

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = resourceManagerApi(rooms);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const make = (projectId: string, more: { number?: string; parent?: string; name?: string } = {}) =>
  createProject(rooms, { projectId, owners: [ALICE], ...more }, NOW);
const grant = async (...[resource, role, member]: Parameters<Rooms['access']['grantWrite']>) =>
  rooms.store.commit([await rooms.access.grantWrite(resource, role, member)]);
const get = async (project = 'myproject-a') =>
  (await as(ALICE, 'GET', `/v3/projects/${project}`)).json as { etag: string } & Record<string, JsonValue>;

describe('creating a project', () => {
  it('answers an operation that either version shows in its own form, to its starter', async () => {
    const { json, audit } = await as(ALICE, 'POST', '/v3/projects', {
      projectId: 'myproject-a',
      displayName: 'My A',
      labels: { team: 'x' },
    });
    expect(json).toMatchObject({
      name: expect.stringMatching(/^operations\/cp\.\d+$/),
      metadata: { '@type': `${TYPE}.CreateProjectMetadata`, gettable: true, ready: true },
      done: true,
      response: {
        '@type': `${TYPE}.Project`,
        name: expect.stringMatching(/^projects\/\d{12}$/),
        projectId: 'myproject-a',
        displayName: 'My A',
        state: 'ACTIVE',
        etag: expect.stringMatching(/^W\/"[0-9a-f]{16}"$/),
        labels: { team: 'x' },
      },
    });
    const { name } = json as { name: string };
    expect((await as(ALICE, 'GET', `/v3/${name}`)).json).toEqual(json);
    expect((await as(ALICE, 'GET', `/v1/${name}`)).json).toMatchObject({
      name,
      response: { '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.Project', name: 'My A' },
    });
    await expect(as(BOB, 'GET', `/v3/${name}`)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    expect(await audit).toMatchObject({ methodName: 'CreateProject', project: 'myproject-a' });
  });

  it.each<[JsonValue, string]>([
    [{}, 'INVALID_ARGUMENT'],
    [{ projectId: 'myproject-a', displayName: 'no' }, 'INVALID_ARGUMENT'],
    [{ projectId: 'myproject-a', parent: 'planets/1' }, 'INVALID_ARGUMENT'],
    [{ projectId: 'myproject-a', parent: 'folders/4711' }, 'PERMISSION_DENIED'],
    [
      { projectId: 'myproject-a', labels: Object.fromEntries([...Array(65)].map((_, i) => [`l${i}`, ''])) },
      'INVALID_ARGUMENT',
    ],
    [{ projectId: 'taken-by-alice' }, 'ALREADY_EXISTS'],
  ])('refuses %j', async (body, status) => {
    await make('taken-by-alice');
    await expect(as(BOB, 'POST', '/v3/projects', body)).rejects.toMatchObject({ status });
    expect(await rooms.access.projects.list()).toHaveLength(1);
  });
});

describe('reading projects', () => {
  beforeEach(async () => {
    await make('myproject-a', { number: NUMBER, parent: 'folders/4711', name: 'Zebra' });
    await make('myproject-b', { parent: 'folders/4711', name: 'Aardvark' });
    await make('myproject-c');
  });

  it('finds one by id and by number', async () => {
    expect(await get(NUMBER)).toEqual(await get());
    expect(await get()).toMatchObject({ name: `projects/${NUMBER}`, parent: 'folders/4711' });
    await expect(as(BOB, 'GET', '/v3/projects/myproject-a')).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it('lists the children of a folder by name, for those who may list there', async () => {
    const list = async (query = '') => {
      const { json } = await as(BOB, 'GET', `/v3/projects?parent=folders/4711${query}`);
      const { projects = [], nextPageToken } = json as {
        projects?: { projectId: string }[];
        nextPageToken?: string;
      };
      return { ids: projects.map(({ projectId }) => projectId), nextPageToken };
    };
    await expect(list()).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    await grant(FOLDER, 'roles/resourcemanager.folderViewer', BOB);
    expect((await list()).ids).toEqual(['myproject-b', 'myproject-a']);
    const first = await list('&pageSize=1');
    expect(first.ids).toEqual(['myproject-b']);
    expect((await list(`&pageSize=1&pageToken=${first.nextPageToken}`)).ids).toEqual(['myproject-a']);
    await as(ALICE, 'DELETE', '/v3/projects/myproject-b');
    expect((await list()).ids).toEqual(['myproject-a']);
    expect((await list('&showDeleted=true')).ids).toEqual(['myproject-b', 'myproject-a']);
    await expect(as(BOB, 'GET', '/v3/projects')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('searches those that the caller may get', async () => {
    const search = async (member: string, query: string) => {
      const { json } = await as(member, 'GET', `/v3/projects:search?${new URLSearchParams({ query })}`);
      return ((json as { projects?: { projectId: string }[] }).projects ?? []).map(
        ({ projectId }) => projectId,
      );
    };
    expect(await search(ALICE, 'displayName:zebra parent:folders/1')).toEqual(['myproject-a']);
    expect(await search(ALICE, '')).toHaveLength(3);
    expect(await search(BOB, '')).toEqual([]);
    await expect(search(ALICE, 'colour:red')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });
});

describe('changing a project', () => {
  beforeEach(() => make('myproject-a', { number: NUMBER }));

  const patch = (body: JsonValue, mask?: string) =>
    as(ALICE, 'PATCH', `/v3/projects/myproject-a${mask === undefined ? '' : `?updateMask=${mask}`}`, body);

  it('changes what the mask names, or else what is given', async () => {
    await patch({ displayName: 'First', labels: { team: 'x' } });
    await patch({ displayName: 'Second', labels: {} }, 'displayName');
    expect(await get()).toMatchObject({ displayName: 'Second', labels: { team: 'x' } });
    const { json, audit } = await patch({ displayName: 'Third' }, 'labels');
    expect(json).toMatchObject({ metadata: { '@type': `${TYPE}.UpdateProjectMetadata` }, done: true });
    expect(await get()).toMatchObject({ displayName: 'Second' });
    expect(await get()).not.toHaveProperty('labels');
    expect(await audit).toMatchObject({ methodName: 'UpdateProject', project: 'myproject-a' });
  });

  it('refuses other fields, and an etag that has been overtaken', async () => {
    const { etag } = await get();
    await expect(patch({ parent: 'folders/1' }, 'parent')).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: "update_mask: the field 'parent' cannot be updated.",
    });
    await patch({ displayName: 'First', etag });
    await expect(patch({ displayName: 'Second', etag })).rejects.toMatchObject({ status: 'ABORTED' });
    expect(await get()).toMatchObject({ displayName: 'First' });
  });

  it('moves it to a parent that exists, for those who may at both ends', async () => {
    const move = () =>
      as(ALICE, 'POST', '/v3/projects/myproject-a:move', { destinationParent: 'folders/4711' });
    await grant(FOLDER, 'roles/resourcemanager.projectMover', ALICE);
    await expect(move()).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    await rooms.store.commit([{ op: 'put', key: 'folders/4711', value: {} }]);
    const { json, authorizations } = await move();
    expect(json).toMatchObject({
      name: expect.stringMatching(/^operations\/pm\./),
      response: { parent: 'folders/4711' },
    });
    expect(authorizations.map(({ permission, resource }) => [permission, resource])).toEqual([
      ['resourcemanager.projects.move', 'projects/myproject-a'],
      ['resourcemanager.projects.setIamPolicy', 'projects/myproject-a'],
      ['resourcemanager.projects.move', 'folders/4711'],
    ]);
  });
});

it('reads, sets and tests the same policy as v1', async () => {
  await make('myproject-a', { number: NUMBER });
  const bindings = [
    { role: 'roles/owner', members: [ALICE] },
    { role: 'roles/run.viewer', members: [BOB] },
  ];
  const { json, audit } = await as(ALICE, 'POST', `/v3/projects/${NUMBER}:setIamPolicy`, {
    policy: { bindings },
  });
  expect(json).toMatchObject({ bindings });
  expect(await audit).toMatchObject({ methodName: 'SetIamPolicy', resourceName: 'projects/myproject-a' });
  expect((await as(ALICE, 'POST', '/v1/projects/myproject-a:getIamPolicy', {})).json).toEqual(json);
  const permissions = ['run.services.get', 'run.services.create'];
  const tested = await as(BOB, 'POST', '/v3/projects/myproject-a:testIamPermissions', { permissions });
  expect(tested.json).toEqual({ permissions: ['run.services.get'] });
});
