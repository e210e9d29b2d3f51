import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';
import { folderName, organizationName, projectName } from '../../names/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { resourceManagerApi } from './api.js';
import { createProject } from './create.js';

const ADMIN = 'user:admin@example.com';
const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const ORGANIZATION = 'organizations/123456789012';
const V3 = 'type.googleapis.com/google.cloud.resourcemanager.v3';
const V2 = 'type.googleapis.com/google.cloud.resourcemanager.v2';

let rooms: Rooms;
let api: Api;

const grant = async (...[resource, role, member]: Parameters<Rooms['access']['grantWrite']>) =>
  rooms.store.commit([await rooms.access.grantWrite(resource, role, member)]);

beforeEach(async () => {
  rooms = await openRooms();
  api = resourceManagerApi(rooms);
  const id = '123456789012';
  const createTime = NOW.toISOString();
  await rooms.store.commit([
    rooms.access.organizations.creation({ id, domain: 'example.com', customerId: 'C03az79cb', createTime }),
  ]);
  await grant(organizationName(id), 'roles/resourcemanager.folderAdmin', ADMIN);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const json = async (member: string, verb: string, url: string, body?: JsonValue): Promise<JsonObject> => {
  const answer = (await as(member, verb, url, body)).json;
  if (!isJsonObject(answer)) throw new TypeError('an answer is an object');
  return answer;
};
const make = async (displayName: string, parent = ORGANIZATION, member = ADMIN): Promise<string> => {
  const { response } = await json(member, 'POST', '/v3/folders', { displayName, parent });
  return String(isJsonObject(response) ? response.name : undefined);
};
const names = ({ folders }: JsonObject): unknown[] =>
  Array.isArray(folders) ? folders.map((folder) => isJsonObject(folder) && folder.displayName) : [];

describe('creating a folder', () => {
  it('answers an operation that each version shows in its own form, to its starter', async () => {
    const { json: created, audit } = await as(ADMIN, 'POST', '/v3/folders', {
      parent: ORGANIZATION,
      displayName: 'Platform',
    });
    expect(created).toMatchObject({
      name: expect.stringMatching(/^operations\/fc\.\d+$/),
      metadata: { '@type': `${V3}.CreateFolderMetadata`, displayName: 'Platform', parent: ORGANIZATION },
      done: true,
      response: {
        '@type': `${V3}.Folder`,
        name: expect.stringMatching(/^folders\/\d{12}$/),
        parent: ORGANIZATION,
        displayName: 'Platform',
        state: 'ACTIVE',
        etag: expect.stringMatching(/^W\/"[0-9a-f]{16}"$/),
      },
    });
    const { name, response } = created as { name: string; response: JsonObject };
    expect((await as(ADMIN, 'GET', `/v3/${name}`)).json).toEqual(created);
    expect((await as(ADMIN, 'GET', `/v1/${name}`)).json).toMatchObject({
      name,
      metadata: {
        '@type': `${V2}.FolderOperation`,
        operationType: 'CREATE',
        destinationParent: ORGANIZATION,
      },
      response: { '@type': `${V2}.Folder`, name: response.name, lifecycleState: 'ACTIVE' },
    });
    await expect(as(BOB, 'GET', `/v3/${name}`)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    expect(await audit).toMatchObject({
      methodName: 'CreateFolder',
      resourceName: response.name,
      project: response.name,
      resource: { type: 'folder', labels: { folder_id: String(response.name).slice('folders/'.length) } },
    });
  });

  it('makes its creator admin and editor of the folder', async () => {
    await grant(organizationName('123456789012'), 'roles/resourcemanager.folderCreator', ALICE);
    const folder = await make('Platform', ORGANIZATION, ALICE);
    expect(await json(ALICE, 'POST', `/v2/${folder}:getIamPolicy`, {})).toMatchObject({
      bindings: [
        { role: 'roles/resourcemanager.folderAdmin', members: [ALICE] },
        { role: 'roles/resourcemanager.folderEditor', members: [ALICE] },
      ],
    });
  });

  it('is refused with the permission’s name, and told in the parent’s log', async () => {
    await expect(
      as(BOB, 'POST', '/v2/folders?parent=organizations/123456789012', { displayName: 'Platform' }),
    ).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message:
        "Permission 'resourcemanager.folders.create' denied on resource '//cloudresourcemanager.googleapis.com/organizations/123456789012' (or it may not exist).",
    });
    const method = api.methods.find(({ name }) => name.endsWith('v3.Folders.CreateFolder'));
    const request = { folder: { parent: ORGANIZATION } } as never;
    expect(await method?.audit?.project(request, {} as never)).toBe(ORGANIZATION);
  });

  it.each(['ab', '-abc', 'abc-', 'a/b c', 'a'.repeat(31), ''])('refuses the name %j', async (displayName) => {
    await expect(
      as(ADMIN, 'POST', '/v3/folders', { displayName, parent: ORGANIZATION }),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    expect(await rooms.access.folders.list()).toEqual([]);
  });

  it.each(['projects/1', 'folders/x', ''])('refuses the parent %j', async (parent) => {
    await expect(as(ADMIN, 'POST', '/v3/folders', { displayName: 'abc', parent })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('fails as an operation where a sibling has the name, but not elsewhere', async () => {
    const platform = await make('Platform');
    const { json: failed, audit } = await as(ADMIN, 'POST', '/v2/folders?parent=organizations/123456789012', {
      displayName: 'Platform',
    });
    const message = 'The folder operation violates display name uniqueness within the parent.';
    expect(failed).toMatchObject({ done: true, error: { code: 9, message } });
    expect(failed).not.toHaveProperty('response');
    const { name } = failed as { name: string };
    expect((await as(ADMIN, 'GET', `/v1/${name}`)).json).toEqual(failed);
    expect(await audit).toMatchObject({ project: ORGANIZATION, status: { code: 9, message } });
    await make('Platform', platform);
    expect(await rooms.access.folders.list()).toHaveLength(2);
  });

  it('keeps one of two that are made with the same name at the same time', async () => {
    const made = await Promise.all(
      [1, 2].map(() => json(ADMIN, 'POST', '/v3/folders', { displayName: 'Same', parent: ORGANIZATION })),
    );
    expect(made.filter(({ error }) => error !== undefined)).toHaveLength(1);
    expect(await rooms.access.folders.list()).toHaveLength(1);
  });
});

describe('reading folders', () => {
  let platform = '';
  beforeEach(async () => {
    platform = await make('Platform');
    await make('Web');
    await make('Apps', platform);
    await make('Old', platform);
    const old = (await rooms.access.folders.list()).find(({ displayName }) => displayName === 'Old');
    await json(ADMIN, 'DELETE', `/v3/folders/${old?.id}`);
  });

  it('gets one, in each version’s form', async () => {
    const createTime = '2026-01-02T03:04:05.678Z';
    const common = { name: platform, parent: ORGANIZATION, displayName: 'Platform', createTime };
    expect(await json(ADMIN, 'GET', `/v2/${platform}`)).toEqual({ ...common, lifecycleState: 'ACTIVE' });
    expect(await json(ADMIN, 'GET', `/v3/${platform}`)).toEqual({
      ...common,
      state: 'ACTIVE',
      updateTime: createTime,
      etag: expect.any(String),
    });
    await expect(as(BOB, 'GET', `/v2/${platform}`)).rejects.toMatchObject({
      message: 'The caller does not have permission',
    });
    await expect(as(ADMIN, 'GET', '/v2/folders/4711')).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    await expect(as(ADMIN, 'GET', '/v2/folders/x')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it.each(['v2', 'v3'])('lists children by name, by pages (%s)', async (version) => {
    const list = (query: string) => json(ADMIN, 'GET', `/${version}/folders?${query}`);
    const first = await list(`parent=${ORGANIZATION}&pageSize=1`);
    expect(names(first)).toEqual(['Platform']);
    const token = String(first.nextPageToken);
    expect(names(await list(`parent=${ORGANIZATION}&pageSize=1&pageToken=${token}`))).toEqual(['Web']);
    expect(names(await list(`parent=${platform}`))).toEqual(['Apps']);
    expect(names(await list(`parent=${platform}&showDeleted=true`))).toEqual(['Apps', 'Old']);
    await expect(as(BOB, 'GET', `/${version}/folders?parent=${platform}`)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it.each([
    ['', ['Apps', 'Old', 'Platform', 'Web']],
    ['displayName=pl*', ['Platform']],
    ['displayName="Apps" AND state=ACTIVE', ['Apps']],
    ['NOT lifecycleState:ACTIVE', ['Old']],
    [`parent=${ORGANIZATION}`, ['Platform', 'Web']],
  ])('searches by %j', async (query, expected) => {
    const found = await json(ADMIN, 'GET', `/v3/folders:search?${new URLSearchParams({ query })}`);
    expect(names(found).sort()).toEqual(expected);
    expect(names(await json(ADMIN, 'POST', '/v2/folders:search', { query })).sort()).toEqual(expected);
    expect(names(await json(BOB, 'POST', '/v2/folders:search', { query }))).toEqual([]);
  });

  it('refuses a search that it does not know', async () => {
    await expect(as(ADMIN, 'GET', '/v3/folders:search?query=colour:red')).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });
});

describe('renaming a folder', () => {
  it('changes the display name alone, for those who may', async () => {
    const folder = await make('Platform');
    const renamed = await json(ADMIN, 'PATCH', `/v2/${folder}?updateMask=display_name`, {
      displayName: 'Foundation',
      parent: 'folders/1',
    });
    expect(renamed).toMatchObject({ displayName: 'Foundation', parent: ORGANIZATION });
    const { json: again, audit } = await as(ADMIN, 'PATCH', `/v3/${folder}`, { displayName: 'Base' });
    expect(again).toMatchObject({ done: true, response: { displayName: 'Base' } });
    expect(await audit).toMatchObject({ methodName: 'UpdateFolder', project: folder });
    await expect(as(BOB, 'PATCH', `/v3/${folder}`, { displayName: 'Mine' })).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
    await expect(
      as(ADMIN, 'PATCH', `/v3/${folder}?updateMask=parent`, { displayName: 'Mine' }),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('refuses a sibling’s name at once, and an etag that has been overtaken', async () => {
    const folder = await make('Platform');
    await make('Web');
    await expect(as(ADMIN, 'PATCH', `/v2/${folder}`, { displayName: 'Web' })).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: 'Precondition check failed.',
      details: [{ violations: [{ type: 'FOLDER_NAME_UNIQUENESS_VIOLATION', subject: folder }] }],
    });
    const { etag = '' } = await json(ADMIN, 'GET', `/v3/${folder}`);
    await json(ADMIN, 'PATCH', `/v3/${folder}`, { displayName: 'First', etag });
    await expect(as(ADMIN, 'PATCH', `/v3/${folder}`, { displayName: 'Second', etag })).rejects.toMatchObject({
      status: 'ABORTED',
    });
  });
});

describe('policies of folders', () => {
  it('are read, set and tested, and inherited by projects', async () => {
    const folder = await make('Platform');
    await createProject(rooms, { projectId: 'myproject-a', parent: folder, owners: [ALICE] }, NOW);
    const bindings = [{ role: 'roles/run.viewer', members: [BOB] }];
    const { audit } = await as(ADMIN, 'POST', `/v2/${folder}:setIamPolicy`, { policy: { bindings } });
    expect(await audit).toMatchObject({ methodName: 'SetIamPolicy', resourceName: folder, project: folder });
    expect(await json(ADMIN, 'POST', `/v3/${folder}:getIamPolicy`, {})).toMatchObject({ bindings });
    const permissions = ['run.services.get', 'run.services.create'];
    const tested = await json(BOB, 'POST', `/v3/${folder}:testIamPermissions`, { permissions });
    expect(tested).toEqual({ permissions: ['run.services.get'] });
    const principal = { kind: 'user', email: 'bob@example.com' } as const;
    const resource = projectName('myproject-a');
    expect(await rooms.access.isGranted(principal, 'run.services.get', resource, NOW)).toBe(true);
    await expect(as(BOB, 'POST', `/v2/${folder}:setIamPolicy`, { policy: {} })).rejects.toMatchObject({
      message: 'Policy update access denied.',
    });
  });

  it('do not exist where the folder does not', async () => {
    await grant(folderName('4711'), 'roles/resourcemanager.folderAdmin', ADMIN);
    await expect(as(ADMIN, 'POST', '/v2/folders/4711:setIamPolicy', { policy: {} })).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });
});
