import { describe, expect, it } from 'vitest';
import { NOW, testEstate } from './testing-estates.js';

const ALICE = { kind: 'user', email: 'alice@example.com' } as const;
const A = '//cloudresourcemanager.googleapis.com/projects/project-a';

const estate = {
  organization: {
    id: '10',
    customRoles: [{ id: 'auditor', stage: 'BETA', permissions: ['resourcemanager.projects.list'] }],
  },
  projects: [
    {
      id: 'project-a',
      number: '100000000001',
      parent: 'organizations/10',
      customRoles: [
        { id: 'deployer', title: 'Deployer', permissions: ['run.services.get', 'run.services.create'] },
      ],
      iam: [
        { role: 'projects/project-a/roles/deployer', members: ['user:alice@example.com'] },
        { role: 'organizations/10/roles/auditor', members: ['user:bob@example.com'] },
      ],
    },
  ],
} as const;

describe('custom roles in an estate', () => {
  it('are made before the policies that name them, and exported with them', async () => {
    const plane = testEstate();
    const { changes } = await plane.apply(estate);
    expect(changes.filter(({ kind }) => kind === 'customRole')).toEqual([
      { action: 'created', kind: 'customRole', name: 'organizations/10/roles/auditor', details: [] },
      { action: 'created', kind: 'customRole', name: 'projects/project-a/roles/deployer', details: [] },
    ]);
    expect(await plane.access.isGranted(ALICE, 'run.services.create', A, NOW)).toBe(true);
    const exported = await plane.exported();
    expect(exported.organization?.customRoles).toEqual(estate.organization.customRoles);
    expect(exported.projects?.[0]?.customRoles).toEqual([
      { id: 'deployer', title: 'Deployer', permissions: ['run.services.create', 'run.services.get'] },
    ]);
    const again = await plane.apply(exported);
    expect(again.changes).toEqual([]);
    expect((await testEstate().apply(exported, { exact: true })).changes.length).toBeGreaterThan(0);
  });

  it('keep what a file does not say, unless it is the whole', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    const [project] = estate.projects;
    const more = { id: 'deployer', permissions: ['run.services.create', 'run.jobs.run'] };
    const changed = { ...estate, projects: [{ ...project, customRoles: [more] }] };
    const expected = { action: 'updated', kind: 'customRole', name: 'projects/project-a/roles/deployer' };
    expect((await plane.apply(changed)).changes).toEqual([
      { ...expected, details: ['+run.jobs.run', '-run.services.get'] },
    ]);
    expect((await plane.apply(changed, { exact: true })).changes).toEqual([
      { ...expected, details: ['title'] },
    ]);
  });

  it('are removed by an exact estate that does not name them, deleted ones too', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    await plane.access.customRoles.remove('organizations/10/roles/auditor', undefined, NOW);
    const [project] = estate.projects;
    const { customRoles: _, iam: __, ...bare } = project;
    const { changes } = await plane.apply({ organization: { id: '10' }, projects: [bare] }, { exact: true });
    expect(changes.filter(({ kind }) => kind === 'customRole').map(({ action }) => action)).toEqual([
      'removed',
      'removed',
    ]);
    expect(await plane.store.list('roles/')).toEqual([]);
  });

  it('come back when they were deleted; until then what names them is left out', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    await plane.access.customRoles.remove('projects/project-a/roles/deployer', undefined, NOW);
    await expect(plane.exported()).rejects.toThrow(
      'projects/project-a: projects/project-a/roles/deployer has been deleted; that it is granted to user:alice@example.com is left out.',
    );
    await plane.apply(estate);
    expect(await plane.access.isGranted(ALICE, 'run.services.create', A, NOW)).toBe(true);
  });

  it.each([
    [
      'a permission that there is not',
      { id: 'deployer', permissions: ['run.x.y'] },
      'Permission run.x.y is not valid.',
    ],
    ['an id with a hyphen', { id: 'my-role', permissions: [] }, 'The role_id "my-role" is invalid.'],
  ])('are refused with %s, and where it is', async (_, role, message) => {
    const text = JSON.stringify({ projects: [{ id: 'project-a', customRoles: [role] }] });
    await expect(testEstate().apply(text)).rejects.toThrow(`projects[0].customRoles[0]: ${message}`);
  });

  it('go with their project', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    await plane.apply({ organization: estate.organization }, { exact: true });
    expect((await plane.store.list('roles/')).map(({ key }) => key)).toEqual([
      'roles/organizations/10/roles/auditor',
    ]);
  });
});
