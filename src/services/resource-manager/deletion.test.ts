/** Projects that are marked for deletion: what still works, what is refused, and what comes back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { parsePrincipal, projectName, repositoryName } from '../../names/index.js';
import { requireEnabled, servingWhere } from '../service-usage/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { resourceManagerApi } from './api.js';
import { createProject } from './create.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const P = 'myproject-a';

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = resourceManagerApi(rooms);
  await createProject(rooms, { projectId: P, number: '111111111111', owners: [ALICE] }, NOW);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);
const stored = async () => {
  const project = await rooms.access.projects.get(P);
  if (!project) throw new Error(`${P} is there`);
  return project;
};
const reads = async () => {
  const principal = parsePrincipal(ALICE);
  if (!principal) throw new Error('Alice is somebody');
  const repository = repositoryName(P, 'us', 'images');
  return rooms.access.isGranted(principal, 'artifactregistry.repositories.get', repository, NOW);
};

describe.each([
  ['v1', '/v1'],
  ['v3', '/v3'],
])('a project deleted by %s', (_version, path) => {
  const destroy = () => as(ALICE, 'DELETE', `${path}/projects/${P}`);
  const restore = () => as(ALICE, 'POST', `${path}/projects/${P}:undelete`, {});

  it('stays where it was, marked, and comes back as it was', async () => {
    const before = await stored();
    expect(await (await destroy()).audit).toMatchObject({
      methodName: 'DeleteProject',
      resourceName: `projects/${P}`,
      project: P,
    });
    expect((await as(ALICE, 'GET', `/v3/projects/${P}`)).json).toMatchObject({
      state: 'DELETE_REQUESTED',
      deleteTime: NOW.toISOString(),
    });
    expect((await as(ALICE, 'GET', `/v1/projects/${P}`)).json).toMatchObject({
      lifecycleState: 'DELETE_REQUESTED',
    });
    expect(await (await restore()).audit).toMatchObject({ methodName: 'UndeleteProject' });
    const { updateTime, version, ...after } = await stored();
    expect({ ...after, version: before.version }).toEqual(before);
    expect(updateTime).toBe(NOW.toISOString());
  });

  it('lets nobody at what is in it', async () => {
    expect(await reads()).toBe(true);
    await destroy();
    expect(await reads()).toBe(false);
    await restore();
    expect(await reads()).toBe(true);
  });

  it('is for its owners alone to delete and to restore', async () => {
    await expect(as(BOB, 'DELETE', `${path}/projects/${P}`)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
    await destroy();
    await expect(as(BOB, 'POST', `${path}/projects/${P}:undelete`, {})).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it('cannot be changed, and its id cannot be used again', async () => {
    await destroy();
    const failed = { status: 'FAILED_PRECONDITION' };
    await expect(as(ALICE, 'PUT', `/v1/projects/${P}`, { name: 'New name' })).rejects.toMatchObject(failed);
    await expect(as(ALICE, 'PATCH', `/v3/projects/${P}`, { displayName: 'New' })).rejects.toMatchObject(
      failed,
    );
    await expect(
      as(ALICE, 'POST', `/v1/projects/${P}:setIamPolicy`, {
        policy: { bindings: [{ role: 'roles/owner', members: [ALICE] }] },
      }),
    ).rejects.toMatchObject(failed);
    await expect(as(BOB, 'POST', '/v1/projects', { projectId: P })).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
    });
  });

  it('is restored only when it was deleted', async () => {
    await expect(restore()).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
  });
});

it('is deleted once by v1, and as often as one likes by v3', async () => {
  const first = await as(ALICE, 'DELETE', `/v3/projects/${P}`);
  const again = await as(ALICE, 'DELETE', `/v3/projects/${P}`);
  expect(again.json).toMatchObject({ done: true, response: { state: 'DELETE_REQUESTED' } });
  expect((again.json as { name: string }).name).not.toBe((first.json as { name: string }).name);
  await expect(as(ALICE, 'DELETE', `/v1/projects/${P}`)).rejects.toMatchObject({
    status: 'PERMISSION_DENIED',
    message: 'Cannot delete an inactive project.',
  });
});

it('is listed by v1 unless the filter says otherwise', async () => {
  await as(ALICE, 'DELETE', `/v1/projects/${P}`);
  const list = async (filter: string) =>
    (await as(ALICE, 'GET', `/v1/projects?${new URLSearchParams({ filter })}`)).json;
  expect(await list('')).toMatchObject({ projects: [{ projectId: P }] });
  expect(await list('lifecycleState:ACTIVE')).toEqual({});
  expect(await list('lifecycleState:DELETE_REQUESTED')).toMatchObject({ projects: [{ projectId: P }] });
});

describe('every other API', () => {
  const other: Api = {
    host: 'logging.googleapis.com',
    regional: false,
    methods: [
      {
        name: 'Read',
        bindings: [{ verb: 'GET', template: '/v2/{name=projects/*}' }],
        decode: ({ path }) => path.name,
        handle: async () => ({}),
        encode: () => ({}),
      },
    ],
    access: {
      Read: {
        kind: 'permission',
        type: 'DATA_READ',
        checks: () => [
          { permission: 'logging.logs.list', resource: projectName('111111111111'), label: `projects/${P}` },
        ],
        refusal: () => new Error('refused'),
      },
    },
  };
  const call = (serving: 'enabled' | 'usable', member = ALICE) =>
    invoke(servingWhere(serving, other, rooms.access), rooms.access, member, 'GET', `/v2/projects/${P}`);
  const DELETED = {
    status: 'PERMISSION_DENIED',
    message: 'Project #111111111111 has been deleted.',
    details: [
      expect.objectContaining({
        reason: 'CONSUMER_INVALID',
        metadata: {
          consumer: 'projects/111111111111',
          containerInfo: '111111111111',
          service: 'logging.googleapis.com',
        },
      }),
      expect.objectContaining({ '@type': 'type.googleapis.com/google.rpc.LocalizedMessage' }),
      expect.objectContaining({ '@type': 'type.googleapis.com/google.rpc.Help' }),
    ],
  };

  it('says that the project has been deleted, until it is restored', async () => {
    await as(ALICE, 'DELETE', `/v1/projects/${P}`);
    for (const serving of ['enabled', 'usable'] as const) {
      await expect(call(serving)).rejects.toMatchObject(DELETED);
    }
    const project = await stored();
    expect(() => requireEnabled(project, 'run.googleapis.com')).toThrow(
      'Project #111111111111 has been deleted.',
    );
    await as(ALICE, 'POST', `/v1/projects/${P}:undelete`, {});
    expect((await call('enabled')).json).toEqual({});
  });

  it('asks whether it is enabled where Google asks it of the project', async () => {
    const { 'logging.googleapis.com': _off, ...services } = (await stored()).services;
    await rooms.store.commit([rooms.access.projects.update({ ...(await stored()), services })]);
    await expect(call('enabled')).rejects.toMatchObject({
      message: expect.stringMatching(/^Cloud Logging API has not been used in project 111111111111 before/),
      details: [{ reason: 'SERVICE_DISABLED' }, {}, {}],
    });
    expect((await call('usable')).json).toEqual({});
    await expect(call('usable', BOB)).rejects.toThrow('refused');
  });
});
