import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { projectName, repositoryName, serviceAccountName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { enableService } from '../service-usage/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { iamApi } from './api.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';
const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const ROLES = '/v1/projects/myproject-a/roles';

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
const role = {
  title: 'Deployer',
  stage: 'GA',
  includedPermissions: ['run.services.get', 'run.services.create'],
};
const create = (roleId = 'deployer', more: Record<string, JsonValue> = {}) =>
  as(ALICE, 'POST', ROLES, { roleId, role: { ...role, ...more } });

describe('predefined roles', () => {
  it('are listed by pages to whoever is signed in, without their permissions', async () => {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const query = token === undefined ? '' : `&pageToken=${token}`;
      const { json } = await as(BOB, 'GET', `/v1/roles?pageSize=100&showDeleted=False${query}`);
      const answer = json as {
        roles: { name: string; includedPermissions?: string[] }[];
        nextPageToken?: string;
      };
      expect(answer.roles.every(({ includedPermissions }) => includedPermissions === undefined)).toBe(true);
      names.push(...answer.roles.map(({ name }) => name));
      token = answer.nextPageToken;
    } while (token !== undefined);
    expect(names).toEqual(
      rooms.access.roles
        .list()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('are described with their permissions', async () => {
    expect((await as(BOB, 'GET', '/v1/roles/run.invoker')).json).toMatchObject({
      name: 'roles/run.invoker',
      title: 'Cloud Run Invoker',
      stage: 'GA',
      includedPermissions: expect.arrayContaining(['run.routes.invoke']),
    });
    await expect(as(BOB, 'GET', '/v1/roles/run.nobody')).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: 'The role named roles/run.nobody was not found.',
    });
  });

  it('that can be granted depend on the resource', async () => {
    const grantable = async (fullResourceName: string) => {
      const { json } = await as(ALICE, 'POST', '/v1/roles:queryGrantableRoles', {
        fullResourceName,
        pageSize: 1000,
      });
      return (json as { roles: { name: string }[] }).roles.map(({ name }) => name);
    };
    expect(await grantable(projectName('myproject-a'))).toContain('roles/run.developer');
    expect(await grantable(serviceAccountName('myproject-a', RUNTIME))).not.toContain('roles/run.developer');
    await expect(grantable('myproject-a')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });
});

describe('custom roles', () => {
  const created = {
    name: 'projects/myproject-a/roles/deployer',
    title: 'Deployer',
    stage: 'GA',
    etag: expect.stringMatching(/^B.{10}=$/),
    includedPermissions: ['run.services.create', 'run.services.get'],
  };

  it('are made, and told in the audit log with what they hold', async () => {
    const { json, audit, authorizations } = await create();
    expect(json).toEqual(created);
    expect(authorizations).toEqual([
      { permission: 'iam.roles.create', resource: 'projects/myproject-a', granted: true },
    ]);
    expect(await audit).toMatchObject({
      methodName: 'google.iam.admin.v1.CreateRole',
      resourceName: created.name,
      project: 'myproject-a',
      resource: { type: 'iam_role', labels: { project_id: 'myproject-a', role_name: created.name } },
    });
    expect((await as(ALICE, 'GET', `${ROLES}/deployer`)).json).toEqual(created);
    expect((await as(ALICE, 'GET', '/v1/projects/891566352225/roles/deployer')).json).toEqual(created);
  });

  it('are listed without their permissions, and deleted ones only when they are asked for', async () => {
    await create();
    await create('other', { stage: 'ALPHA' });
    await as(ALICE, 'DELETE', `${ROLES}/deployer`);
    const list = async (query: string) => (await as(ALICE, 'GET', `${ROLES}?${query}`)).json;
    const { includedPermissions, ...basic } = created;
    const other = { ...basic, name: created.name.replace('deployer', 'other') };
    // The first stage is the one that is not told.
    const { stage, ...alpha } = other;
    expect(await list('showDeleted=false')).toEqual({ roles: [alpha] });
    expect(await list('showDeleted=true&view=FULL')).toEqual({
      roles: [
        { ...created, deleted: true },
        { ...alpha, includedPermissions },
      ],
    });
    const first = await list('showDeleted=true&pageSize=1');
    expect(first).toEqual({ roles: [{ ...basic, deleted: true }], nextPageToken: expect.any(String) });
    const { nextPageToken } = first as { nextPageToken: string };
    expect(await list(`showDeleted=true&pageSize=1&pageToken=${nextPageToken}`)).toEqual({ roles: [alpha] });
  });

  it('change in the fields of the mask, and not by way of an older etag', async () => {
    const { etag } = (await create()).json as { etag: string };
    const { json } = await as(ALICE, 'PATCH', `${ROLES}/deployer?updateMask=title,includedPermissions`, {
      title: 'Other',
      stage: 'DISABLED',
      includedPermissions: ['run.jobs.run'],
      etag,
    });
    expect(json).toEqual({ ...created, title: 'Other', includedPermissions: ['run.jobs.run'] });
    await expect(
      as(ALICE, 'PATCH', `${ROLES}/deployer?updateMask=title`, { title: 'Third', etag }),
    ).rejects.toMatchObject({ status: 'ABORTED' });
    await expect(
      as(ALICE, 'DELETE', `${ROLES}/deployer?etag=${encodeURIComponent(etag)}`),
    ).rejects.toMatchObject({
      status: 'ABORTED',
    });
  });

  it('keep, without a mask, the fields that have no value', async () => {
    await create('deployer', { description: 'Deploys.' });
    const { json } = await as(ALICE, 'PATCH', `${ROLES}/deployer`, { name: created.name, title: 'Other' });
    expect(json).toEqual({ ...created, title: 'Other', description: 'Deploys.' });
  });

  it('come back from deletion', async () => {
    await create();
    expect((await as(ALICE, 'DELETE', `${ROLES}/deployer`)).json).toEqual({ ...created, deleted: true });
    expect((await as(ALICE, 'POST', `${ROLES}/deployer:undelete`, {})).json).toEqual(created);
  });

  it.each<[string, JsonValue, string]>([
    ['a name', { roleId: 'abc', role: { name: 'x' } }, 'Must not specify role.name.'],
    [
      'an unknown permission',
      { roleId: 'abc', role: { includedPermissions: ['run.x.y'] } },
      'Permission run.x.y is not valid.',
    ],
    ['no role', { roleId: 'abc' }, 'role is required.'],
  ])('are refused with %s', async (_, body, message) => {
    await expect(as(ALICE, 'POST', ROLES, body)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message,
    });
  });

  it.each<[string, string, JsonValue, string]>([
    ['updateMask=deleted', 'deployer', {}, 'Invalid update mask: "deleted" cannot be changed.'],
    ['updateMask=title', 'deployer', { name: 'projects/myproject-a/roles/other' }, 'The role to update is'],
  ])('are refused an update with %s', async (query, id, body, message) => {
    await create();
    await expect(as(ALICE, 'PATCH', `${ROLES}/${id}?${query}`, body)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining(message),
    });
  });

  it('are the project’s to show and to change', async () => {
    await create();
    const name = 'projects/myproject-a/roles/deployer';
    const refused: readonly [string, string, string][] = [
      ['GET', ROLES, "You don't have permission to list roles in projects/myproject-a."],
      ['POST', ROLES, "You don't have permission to create a role in projects/myproject-a."],
      ['GET', `/v1/${name}`, `You don't have permission to get the role at ${name}.`],
      ['PATCH', `/v1/${name}`, `You don't have permission to update the role at ${name}.`],
      ['DELETE', `/v1/${name}`, `You don't have permission to delete the role at ${name}.`],
      ['POST', `/v1/${name}:undelete`, `You don't have permission to undelete the role at ${name}.`],
      ['POST', '/v1/organizations/1/roles', "You don't have permission to create a role in organizations/1."],
    ];
    for (const [verb, url, message] of refused) {
      await expect(as(BOB, verb, url, verb === 'GET' ? undefined : {})).rejects.toMatchObject({
        status: 'PERMISSION_DENIED',
        message,
      });
    }
  });

  it('can be granted on what lies in their project', async () => {
    await create();
    const { json } = await as(ALICE, 'POST', '/v1/roles:queryGrantableRoles', {
      fullResourceName: repositoryName('myproject-a', 'us-central1', 'r'),
      pageSize: 1000,
    });
    const names = (json as { roles: { name: string }[] }).roles.map(({ name }) => name);
    expect(names).toContain('projects/myproject-a/roles/deployer');
    expect(names).toContain('roles/artifactregistry.reader');
    expect(names).not.toContain('roles/run.admin');
  });
});

describe('testable permissions', () => {
  async function testable(member: string, fullResourceName: string) {
    const { json } = await as(member, 'POST', '/v1/permissions:queryTestablePermissions', {
      fullResourceName,
      pageSize: 1000,
    });
    const { permissions } = json as { permissions: { name: string; stage: string; apiDisabled?: boolean }[] };
    return new Map(permissions.map((permission) => [permission.name, permission]));
  }

  it('of a project lack what lies above it, and tell which APIs are off to those who see the project', async () => {
    await enableService(rooms, 'myproject-a', 'run.googleapis.com', NOW);
    const project = projectName('myproject-a');
    const own = await testable(ALICE, project);
    expect(own.get('run.services.create')).toEqual({ name: 'run.services.create', stage: 'GA' });
    expect(own.get('artifactregistry.repositories.get')).toMatchObject({ apiDisabled: true });
    expect(own.get('iam.roles.create')).not.toHaveProperty('apiDisabled');
    expect(own.has('resourcemanager.projects.list')).toBe(false);
    const strange = await testable(BOB, project);
    expect([...strange.values()].filter(({ apiDisabled }) => apiDisabled)).toEqual([]);
    const organization = await testable(BOB, '//cloudresourcemanager.googleapis.com/organizations/1');
    expect(organization.has('resourcemanager.projects.list')).toBe(true);
  });

  it('of other resources are theirs', async () => {
    const account = await testable(ALICE, serviceAccountName('myproject-a', RUNTIME));
    expect(account.has('iam.serviceAccounts.actAs')).toBe(true);
    expect(account.has('iam.serviceAccounts.create')).toBe(false);
    expect(account.has('iam.roles.get')).toBe(false);
    const service = await testable(ALICE, '//run.googleapis.com/projects/p/locations/l/services/s');
    expect([...service.keys()]).toEqual(
      expect.arrayContaining(['run.routes.invoke', 'run.services.setIamPolicy']),
    );
    expect(service.has('run.jobs.run')).toBe(false);
  });

  it('come by pages of 100', async () => {
    const { json } = await as(ALICE, 'POST', '/v1/permissions:queryTestablePermissions', {
      fullResourceName: projectName('myproject-a'),
    });
    const { permissions, nextPageToken } = json as { permissions: unknown[]; nextPageToken: string };
    expect(permissions).toHaveLength(100);
    expect(nextPageToken).not.toBe('');
  });
});
