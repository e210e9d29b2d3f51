import { beforeEach, describe, expect, it } from 'vitest';
import type { GoogleError } from '../google/index.js';
import type { CustomRoleDefinition } from '../iam/index.js';
import {
  folderName,
  organizationName,
  type Principal,
  projectName,
  type ResourceName,
} from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { openAccess } from './control.js';
import { openPropagation } from './propagation.js';
import type { AccessControl } from './types.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const inDays = (days: number) => new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000);
const alice: Principal = { kind: 'user', email: 'alice@example.com' };
const ORGANIZATION = organizationName('123');
const FOLDER = folderName('7');
const A = projectName('project-a');
const B = projectName('project-b');

const deployer: CustomRoleDefinition = {
  title: 'Deployer',
  description: '',
  stage: 'GA',
  permissions: ['run.services.create', 'run.services.get'],
};

let store: Store;
let access: AccessControl;

beforeEach(async () => {
  store = openSqlite(':memory:');
  access = openAccess({ store, accountExists: async () => true });
  await store.commit([
    { op: 'put', key: 'organizations/123', value: {} },
    { op: 'put', key: 'folders/7', value: { parent: 'organizations/123' } },
    ...access.projects.creation(project('project-a', '1001', 'folders/7')),
    ...access.projects.creation(project('project-b', '1002')),
  ]);
});

function project(projectId: string, number: string, parent?: string) {
  return {
    projectId,
    number,
    name: projectId,
    state: 'ACTIVE' as const,
    createTime: NOW.toISOString(),
    labels: {},
    services: {},
    ...(parent === undefined ? {} : { parent }),
  };
}

const give = (role: string, resource: ResourceName = A) =>
  access.setPolicy(resource, { bindings: [{ role, members: ['user:alice@example.com'] }] }, NOW);
const may = (permission: string, resource: ResourceName = A) =>
  access.isGranted(alice, permission, resource, NOW);
const refusal = (promise: Promise<unknown>): Promise<Pick<GoogleError, 'status' | 'message'>> =>
  promise.then(
    () => {
      throw new Error('was not refused');
    },
    ({ status, message }: GoogleError) => ({ status, message }),
  );

describe('a custom role', () => {
  it('grants what it holds, at once, and what it holds from then on', async () => {
    await access.customRoles.create('projects/project-a', 'deployer', deployer, NOW);
    await give('projects/project-a/roles/deployer');
    expect(await may('run.services.create')).toBe(true);
    expect(await may('run.services.delete')).toBe(false);
    await access.customRoles.update(
      'projects/1001/roles/deployer',
      { permissions: ['run.services.delete'] },
      undefined,
      NOW,
    );
    expect(await may('run.services.create')).toBe(false);
    expect(await may('run.services.delete')).toBe(true);
  });

  it('grants nothing while it is disabled or deleted, and stays in policies', async () => {
    const name = 'projects/project-a/roles/deployer';
    const { customRoles } = access;
    await customRoles.create('projects/project-a', 'deployer', deployer, NOW);
    await give(name);
    await customRoles.update(name, { stage: 'DISABLED' }, undefined, NOW);
    expect(await may('run.services.get')).toBe(false);
    await customRoles.update(name, { stage: 'BETA' }, undefined, NOW);
    expect(await may('run.services.get')).toBe(true);
    await customRoles.remove(name, undefined, NOW);
    const { verdict, reasons } = await access.decide(alice, 'run.services.get', A, NOW);
    expect({ verdict, first: reasons[0] }).toMatchObject({ verdict: 'denied', first: { roles: [name] } });
    // The policy that has it can still be edited; another cannot take it.
    await give(name);
    expect(await refusal(give(name, projectName('1002')))).toMatchObject({ status: 'INVALID_ARGUMENT' });
    await customRoles.restore(name, undefined, inDays(6));
    expect(await may('run.services.get')).toBe(true);
  });

  it('takes its time where changes propagate, and is shown as it is at once', async () => {
    let now = NOW.getTime();
    const clock = () => new Date(now);
    const delay = { minMs: 60_000, maxMs: 60_000, seed: 1 };
    const onError = (error: unknown) => {
      throw error;
    };
    const propagation = await openPropagation({ store, clock, delay, onError });
    const name = 'projects/project-a/roles/deployer';
    await access.customRoles.create('projects/project-a', 'deployer', deployer, NOW);
    await give(name);
    const slow = openAccess({ store: propagation.store, propagation, accountExists: async () => true });
    const holds = () => slow.isGranted(alice, 'run.services.create', A, clock());
    expect(await holds()).toBe(true);
    await slow.customRoles.remove(name, undefined, clock());
    expect(await slow.customRoles.find(name, clock())).toHaveProperty('deleteTime');
    expect(await holds()).toBe(true);
    now += 60_001;
    expect(await holds()).toBe(false);
  });

  it('is known to another process that opens the same rows', async () => {
    await access.customRoles.create('organizations/123', 'deployer', deployer, NOW);
    await give('organizations/123/roles/deployer', FOLDER);
    const again = openAccess({ store, accountExists: async () => true });
    expect(await again.isGranted(alice, 'run.services.create', A, NOW)).toBe(true);
    expect(await again.isGranted(alice, 'run.services.create', B, NOW)).toBe(false);
  });

  it('can be granted in its own hierarchy only', async () => {
    await access.customRoles.create('organizations/123', 'org.role', deployer, NOW);
    await access.customRoles.create('projects/project-a', 'own', deployer, NOW);
    for (const resource of [ORGANIZATION, FOLDER, A])
      await give('organizations/123/roles/org.role', resource);
    await give('projects/project-a/roles/own');
    const elsewhere: readonly [string, ResourceName][] = [
      ['organizations/123/roles/org.role', B],
      ['projects/project-a/roles/own', B],
      ['projects/project-a/roles/own', FOLDER],
      ['projects/project-a/roles/none', A],
      ['projects/1001/roles/own', A],
    ];
    for (const [role, resource] of elsewhere) {
      if (resource === A) await access.setPolicy(A, { bindings: [] }, NOW);
      expect(await refusal(give(role, resource))).toEqual({
        status: 'INVALID_ARGUMENT',
        message: `Role (${role}) does not exist in the resource's hierarchy.`,
      });
    }
  });
});

describe('the id of a deleted role', () => {
  const name = 'projects/project-a/roles/deployer';
  const again = (time: Date) => access.customRoles.create('projects/project-a', 'deployer', deployer, time);

  it('is taken for 37 days, of which the role can be undeleted for 7', async () => {
    const { customRoles } = access;
    await again(NOW);
    expect(await refusal(again(NOW))).toEqual({
      status: 'ALREADY_EXISTS',
      message: 'A role named deployer in projects/project-a already exists.',
    });
    await customRoles.remove(name, undefined, NOW);
    expect(await customRoles.find(name, inDays(6.9))).toMatchObject({ deleteTime: NOW.toISOString() });
    expect(await customRoles.list('projects/project-a', inDays(6.9))).toHaveLength(1);
    expect(await customRoles.list('projects/project-a', inDays(7))).toEqual([]);
    expect(await refusal(customRoles.restore(name, undefined, inDays(7)))).toMatchObject({
      status: 'NOT_FOUND',
    });
    expect(await refusal(again(inDays(36.9)))).toEqual({
      status: 'FAILED_PRECONDITION',
      message: "You can't create a role_id (deployer) which has been marked for deletion.",
    });
    expect(await again(inDays(37))).not.toHaveProperty('deleteTime');
  });

  it('leaves no row behind when others come and go', async () => {
    await again(NOW);
    await access.customRoles.remove(name, undefined, NOW);
    await access.customRoles.create('projects/project-a', 'other', deployer, inDays(40));
    expect((await store.list('roles/')).map(({ key }) => key)).toEqual([
      'roles/projects/project-a/roles/other',
    ]);
  });
});

describe('what is refused', () => {
  const create = (id: string, change: Partial<CustomRoleDefinition> = {}, parent = 'projects/project-a') =>
    refusal(access.customRoles.create(parent, id, { ...deployer, ...change }, NOW));

  it.each(['ab', 'test-1', 'x'.repeat(65), '', 'röle'])('the id "%s"', async (id) => {
    expect((await create(id)).message).toMatch(/^The role_id "[^"]*" is invalid\. It doesn't match pattern/);
  });

  it.each([
    'run.services.fly',
    'run.*',
    'resourcemanager.projects.list',
    'resourcemanager.organizations.get',
    'iam.denypolicies.create',
  ])('%s in a project', async (permission) => {
    expect(await create('role', { permissions: [permission] })).toEqual({
      status: 'INVALID_ARGUMENT',
      message: `Permission ${permission} is not valid.`,
    });
  });

  it('texts that are too long, by their bytes', async () => {
    expect(await create('role', { title: 'é'.repeat(51) })).toMatchObject({ status: 'INVALID_ARGUMENT' });
    expect(await create('role', { description: 'x'.repeat(301) })).toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('a project that is not there, and the 301st role of one', async () => {
    expect(await create('role', {}, 'projects/nowhere')).toMatchObject({ status: 'NOT_FOUND' });
    for (let i = 0; i < 300; i++) {
      await access.customRoles.create('projects/project-b', `role${i}`, deployer, NOW);
    }
    expect(await create('role', {}, 'projects/1002')).toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
    await access.customRoles.remove('projects/project-b/roles/role0', undefined, NOW);
    await access.customRoles.create('projects/project-b', 'role', deployer, NOW);
    expect(
      await refusal(access.customRoles.restore('projects/project-b/roles/role0', undefined, NOW)),
    ).toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
  });

  it('a change by way of an older etag, and what does not fit the state', async () => {
    const { customRoles } = access;
    const name = 'projects/project-a/roles/role';
    const { etag } = await customRoles.create('projects/project-a', 'role', deployer, NOW);
    await customRoles.update(name, { title: 'New' }, etag, NOW);
    for (const stale of [
      customRoles.update(name, { title: 'Newer' }, etag, NOW),
      customRoles.remove(name, etag, NOW),
    ]) {
      expect(await refusal(stale)).toMatchObject({ status: 'ABORTED' });
    }
    expect(await refusal(customRoles.restore(name, undefined, NOW))).toMatchObject({
      status: 'FAILED_PRECONDITION',
    });
    await customRoles.remove(name, undefined, NOW);
    for (const late of [
      customRoles.update(name, { title: 'Newer' }, undefined, NOW),
      customRoles.remove(name, undefined, NOW),
    ]) {
      expect(await refusal(late)).toMatchObject({ status: 'FAILED_PRECONDITION' });
    }
  });
});
