import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Folder } from '../../access/index.js';
import { type Api, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';
import { type Principal, projectName } from '../../names/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { resourceManagerApi } from './api.js';
import { createProject } from './create.js';
import { isKept } from './folders.js';

const ADMIN = 'user:admin@example.com';
const BOB: Principal = { kind: 'user', email: 'bob@example.com' };
const CRM = '//cloudresourcemanager.googleapis.com';
const PROJECT = 'myproject-a';

let rooms: Rooms;
let api: Api;

const commit = (...writes: Parameters<Rooms['store']['commit']>[0]) => rooms.store.commit(writes);
const grant = async (place: string, role: string, member: string) =>
  commit(await rooms.access.grantWrite(`${CRM}/${place}`, role, member));
const folder = (id: string, parent: string, displayName = `Folder ${id}`): Folder => ({
  id,
  parent,
  displayName,
  state: 'ACTIVE',
  createTime: NOW.toISOString(),
});
const put = (...folders: Folder[]) => commit(...folders.map((each) => rooms.access.folders.creation(each)));

beforeEach(async () => {
  rooms = await openRooms();
  api = resourceManagerApi(rooms);
  const createTime = NOW.toISOString();
  await commit(
    ...['1', '2'].map((id) =>
      rooms.access.organizations.creation({ id, customerId: `C0000000${id}`, createTime }),
    ),
  );
  for (const id of ['1', '2']) {
    await grant(`organizations/${id}`, 'roles/resourcemanager.folderAdmin', ADMIN);
    await grant(`organizations/${id}`, 'roles/resourcemanager.projectCreator', ADMIN);
  }
  await put(folder('10', 'organizations/1'), folder('11', 'folders/10'), folder('12', 'organizations/1'));
});
afterEach(() => rooms.store.close());

const as = (verb: string, url: string, body?: JsonValue, member = ADMIN) =>
  invoke(api, rooms.access, member, verb, url, body);
const move = async (id: string, destinationParent: string, version = 'v3'): Promise<JsonObject> => {
  const { json } = await as('POST', `/${version}/folders/${id}:move`, { destinationParent });
  return isJsonObject(json) ? json : {};
};
const parentOf = async (id: string) => (await rooms.access.folders.get(id))?.parent;
const views = () => rooms.access.isGranted(BOB, 'run.services.get', projectName(PROJECT), NOW);
const makeProject = () =>
  createProject(rooms, { projectId: PROJECT, parent: 'folders/11', owners: [ADMIN] }, NOW);

describe('moving a folder', () => {
  it('takes effect on every decision at once, deny policies too', async () => {
    await makeProject();
    await grant('folders/10', 'roles/run.viewer', 'user:bob@example.com');
    expect(await views()).toBe(true);
    await move('11', 'folders/12');
    expect(await views()).toBe(false);
    await grant(`projects/${PROJECT}`, 'roles/run.viewer', 'user:bob@example.com');
    expect(await views()).toBe(true);
    const rule = {
      deniedPrincipals: ['principalSet://goog/public:all'],
      exceptionPrincipals: [],
      deniedPermissions: ['run.googleapis.com/services.get'],
      exceptionPermissions: [],
    };
    await rooms.access.denyPolicies.create(
      `${CRM}/folders/10`,
      'no',
      { displayName: '', annotations: {}, rules: [{ description: '', ...rule }] },
      NOW,
      () => [],
    );
    expect(await views()).toBe(true);
    await move('11', 'folders/10');
    expect(await views()).toBe(false);
  });

  it('asks for the permission on the folder, where it is and where it goes', async () => {
    const { json, authorizations, audit } = await as('POST', '/v2/folders/11:move', {
      destinationParent: 'folders/12',
    });
    expect(json).toMatchObject({
      name: expect.stringMatching(/^operations\/fm\./),
      metadata: { operationType: 'MOVE', sourceParent: 'folders/10', destinationParent: 'folders/12' },
      response: { parent: 'folders/12' },
    });
    expect(authorizations).toEqual(
      ['folders/11', 'folders/10', 'folders/12'].map((resource) => ({
        permission: 'resourcemanager.folders.move',
        resource,
        granted: true,
      })),
    );
    expect(await audit).toMatchObject({ methodName: 'MoveFolder', project: 'folders/11' });
  });

  it.each(['v2', 'v3'])('changes nothing where it is there already (%s)', async (version) => {
    expect(await move('11', 'folders/10', version)).toEqual({ done: true });
  });

  it.each<[string, string, string]>([
    ['into itself', '10', 'folders/10'],
    ['into a folder of its own', '10', 'folders/11'],
  ])('fails %s', async (_where, id, destination) => {
    const before = await parentOf(id);
    expect(await move(id, destination)).toMatchObject({
      done: true,
      error: { code: 9, details: [{ violations: [{ type: 'CYCLE_INTRODUCED_VIOLATION' }] }] },
    });
    expect(await parentOf(id)).toBe(before);
  });

  it('fails where it would be too deep, or one too many', async () => {
    await put(
      ...[...Array(9)].map((_, i) => folder(`2${i}`, i === 0 ? 'organizations/1' : `folders/2${i - 1}`)),
    );
    expect(await move('10', 'folders/28')).toMatchObject({
      error: { details: [{ violations: [{ type: 'ACTIVE_FOLDER_HEIGHT_VIOLATION' }] }] },
    });
    expect(await move('10', 'folders/27')).toMatchObject({ response: { parent: 'folders/27' } });
    await put(...[...Array(300)].map((_, i) => folder(`3${String(i).padStart(3, '0')}`, 'folders/12')));
    expect(await move('11', 'folders/12')).toMatchObject({
      error: { details: [{ violations: [{ type: 'MAX_CHILD_FOLDERS_VIOLATION' }] }] },
    });
  });

  it('stays in its organization', async () => {
    await expect(move('11', 'organizations/2')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(move('11', 'organizations/3')).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    expect(await parentOf('11')).toBe('folders/10');
  });
});

describe('deleting a folder', () => {
  it('needs it to be empty, of what is in use', async () => {
    await makeProject();
    const nonEmpty = {
      status: 'FAILED_PRECONDITION',
      details: [{ violations: [{ type: 'FOLDER_TO_DELETE_NON_EMPTY_VIOLATION' }] }],
    };
    await expect(as('DELETE', '/v2/folders/10')).rejects.toMatchObject(nonEmpty);
    await expect(as('DELETE', '/v3/folders/11')).rejects.toMatchObject(nonEmpty);
    await as('DELETE', `/v3/projects/${PROJECT}`);
    expect((await as('DELETE', '/v2/folders/11')).json).toMatchObject({ lifecycleState: 'DELETE_REQUESTED' });
    expect((await as('DELETE', '/v3/folders/10')).json).toMatchObject({
      done: true,
      response: { state: 'DELETE_REQUESTED', deleteTime: NOW.toISOString() },
    });
  });

  it('is nothing the second time in v3, and refused in v2', async () => {
    await as('DELETE', '/v3/folders/12');
    expect((await as('DELETE', '/v3/folders/12')).json).toMatchObject({
      response: { state: 'DELETE_REQUESTED' },
    });
    await expect(as('DELETE', '/v2/folders/12')).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
  });

  it('keeps everything out of it: folders, projects, moves, renames and policies', async () => {
    await as('DELETE', '/v3/folders/12');
    const failed = { status: 'FAILED_PRECONDITION' };
    const { json } = await as('POST', '/v3/folders', { displayName: 'New', parent: 'folders/12' });
    expect(json).toMatchObject({
      error: {
        message:
          'Folder reservation failed for parent [folders/12], folder [] due to constraint: The destination resource has been deleted.',
      },
    });
    expect(await move('11', 'folders/12')).toMatchObject({ error: { code: 9 } });
    expect(await move('12', 'folders/10')).toMatchObject({
      error: { details: [{ violations: [{ type: 'RESOURCE_DELETED_VIOLATION' }] }] },
    });
    const project = { projectId: PROJECT, parent: { type: 'folder', id: '12' } };
    await expect(as('POST', '/v1/projects', project)).rejects.toMatchObject(failed);
    await expect(as('PATCH', '/v2/folders/12', { displayName: 'New' })).rejects.toMatchObject(failed);
    await expect(as('POST', '/v2/folders/12:setIamPolicy', { policy: {} })).rejects.toMatchObject(failed);
  });

  it('does not let a project be restored into it', async () => {
    await makeProject();
    await as('DELETE', `/v3/projects/${PROJECT}`);
    await as('DELETE', '/v3/folders/11');
    await expect(as('POST', `/v3/projects/${PROJECT}:undelete`, {})).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
    });
    await as('POST', '/v3/folders/11:undelete', {});
    expect((await as('POST', `/v3/projects/${PROJECT}:undelete`, {})).json).toMatchObject({
      response: { state: 'ACTIVE' },
    });
  });

  it('ends what is inherited from it', async () => {
    await makeProject();
    await grant('folders/11', 'roles/browser', 'user:bob@example.com');
    const gets = () => rooms.access.isGranted(BOB, 'resourcemanager.projects.get', projectName(PROJECT), NOW);
    await as('DELETE', `/v3/projects/${PROJECT}`);
    expect(await gets()).toBe(true);
    await as('DELETE', '/v3/folders/11');
    expect(await gets()).toBe(false);
  });
});

describe('restoring a folder', () => {
  beforeEach(() => as('DELETE', '/v3/folders/11'));

  it('brings it back with its name, unless another has that now', async () => {
    await put(folder('13', 'folders/10', 'Folder 11'));
    await expect(as('POST', '/v2/folders/11:undelete', {})).rejects.toMatchObject({
      details: [{ violations: [{ type: 'FOLDER_NAME_UNIQUENESS_VIOLATION' }] }],
    });
    await as('PATCH', '/v2/folders/13', { displayName: 'Other' });
    const { json } = await as('POST', '/v2/folders/11:undelete', {});
    expect(json).toMatchObject({ lifecycleState: 'ACTIVE', displayName: 'Folder 11' });
    expect((await rooms.access.folders.get('11'))?.deleteTime).toBeUndefined();
  });

  it('needs its parent, and that it was deleted (v2); v3 takes it for done', async () => {
    await as('DELETE', '/v3/folders/10');
    await expect(as('POST', '/v3/folders/11:undelete', {})).rejects.toMatchObject({
      details: [{ violations: [{ type: 'PARENT_DELETED_VIOLATION' }] }],
    });
    await expect(as('POST', '/v2/folders/12:undelete', {})).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
    });
    expect((await as('POST', '/v3/folders/12:undelete', {})).json).toMatchObject({
      response: { state: 'ACTIVE' },
    });
  });

  it('can be done for 30 days', () => {
    const deleteTime = '2026-01-01T00:00:00.000Z';
    expect(isKept({ deleteTime }, new Date('2026-01-30T23:59:59Z'))).toBe(true);
    expect(isKept({ deleteTime }, new Date('2026-01-31T00:00:00Z'))).toBe(false);
    expect(isKept({}, NOW)).toBe(true);
  });
});
