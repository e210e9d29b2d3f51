import { describe, expect, it } from 'vitest';
import { NOW, testEstate } from './testing-estates.js';

const OWNER = { kind: 'user', email: 'owner@example.com' } as const;
const A = '//cloudresourcemanager.googleapis.com/projects/project-a';
const POLICY = 'organizations/10/locations/global/principalAccessBoundaryPolicies/only-a';

const freeze = {
  id: 'freeze',
  displayName: 'Nothing new',
  rules: [
    {
      deniedPrincipals: ['principalSet://goog/public:all'],
      exceptionPrincipals: ['principalSet://goog/group/admins@example.com'],
      deniedPermissions: ['run.googleapis.com/services.create'],
    },
  ],
};
const boundary = {
  id: 'only-a',
  annotations: { team: 'security' },
  rules: [{ description: 'ours', resources: [A] }],
  enforcementVersion: '3',
  policyBindings: [
    {
      id: 'accounts',
      target: A,
      condition: { expression: "principal.type == 'iam.googleapis.com/ServiceAccount'" },
    },
    { id: 'everybody', target: '//cloudresourcemanager.googleapis.com/organizations/10' },
  ],
};
const estate = {
  organization: { id: '10', denyPolicies: [], principalAccessBoundaryPolicies: [boundary] },
  folders: [{ id: '20', parent: 'organizations/10', denyPolicies: [{ ...freeze, id: 'below' }] }],
  groups: { 'admins@example.com': ['user:root@example.com'] },
  projects: [
    { id: 'project-a', number: '100000000001', parent: 'folders/20', denyPolicies: [freeze] },
    { id: 'project-b', number: '100000000002', parent: 'organizations/10' },
  ],
};
const bare = {
  organization: { id: '10' },
  projects: [{ id: 'project-b', number: '100000000002', parent: 'organizations/10' }],
};
const kinds = ['denyPolicies', 'boundary'];

describe('deny policies and boundaries in an estate', () => {
  it('are made, and exported as they were written', async () => {
    const plane = testEstate();
    const { changes } = await plane.apply(estate);
    const told = changes
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ action, name }) => `${action} ${name}`);
    expect(told).toEqual([
      'created folders/20',
      'created projects/project-a',
      'created organizations/10/locations/global/policyBindings/everybody',
      `created ${POLICY}`,
      'created projects/100000000001/locations/global/policyBindings/accounts',
    ]);
    expect(await plane.access.isGranted(OWNER, 'run.services.create', A, NOW)).toBe(false);
    const exported = await plane.exported();
    expect(exported.organization?.principalAccessBoundaryPolicies).toEqual([
      { ...boundary, policyBindings: boundary.policyBindings.toReversed() },
    ]);
    expect(exported.folders?.[0]?.denyPolicies).toEqual([{ ...freeze, id: 'below' }]);
    expect(exported.projects?.[0]?.denyPolicies).toEqual([freeze]);
    expect((await plane.apply(exported, { exact: true })).changes).toEqual([]);
    expect((await plane.apply(estate)).changes).toEqual([]);
  });

  it('are changed by what a file says, and left alone by one that says nothing', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    expect((await plane.apply(bare)).changes).toEqual([]);
    const [first, second] = boundary.policyBindings;
    const wider = {
      id: 'only-a',
      rules: [{ resources: [A, A.replace('-a', '-b')] }],
      policyBindings: [{ id: 'accounts', target: A }],
    };
    const renamed = { id: 'freeze', displayName: 'Nothing at all', rules: freeze.rules };
    const changed = {
      ...bare,
      organization: { id: '10', principalAccessBoundaryPolicies: [wider] },
      projects: [...bare.projects, { id: 'project-a', denyPolicies: [renamed, { ...freeze, id: 'more' }] }],
    };
    expect((await plane.apply(changed)).changes).toEqual([
      { action: 'updated', kind: 'denyPolicies', name: 'projects/project-a', details: ['+more', 'freeze'] },
      { action: 'updated', kind: 'boundary', name: POLICY, details: ['details'] },
      {
        action: 'updated',
        kind: 'boundary',
        name: 'projects/100000000001/locations/global/policyBindings/accounts',
        details: ['condition'],
      },
    ]);
    const [policy] = await plane.access.boundaries.listPolicies('10');
    expect(policy).toMatchObject({ annotations: boundary.annotations, details: { enforcementVersion: '3' } });
    expect([first?.id, second?.id]).toEqual(
      (await plane.access.boundaries.listBindings()).map(({ name }) => name.split('/').at(-1)).toReversed(),
    );
  });

  it('go with an exact estate that does not name them', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    await plane.apply(bare, { exact: true });
    expect(await plane.store.list('deny-policies/')).toEqual([]);
    expect(await plane.store.list('boundaries/')).toEqual([]);
  });

  it.each([
    [
      'a permission that cannot be denied',
      {
        projects: [
          {
            id: 'project-a',
            denyPolicies: [
              {
                id: 'freeze',
                rules: [{ ...freeze.rules[0], exceptionPrincipals: [], deniedPermissions: ['x.y.z'] }],
              },
            ],
          },
        ],
      },
      'projects[0].denyPolicies[0]: policy.rules[0]',
    ],
    [
      'a resource that is none',
      {
        organization: {
          id: '10',
          principalAccessBoundaryPolicies: [{ id: 'only-a', rules: [{ resources: ['projects/x'] }] }],
        },
      },
      'organization.principalAccessBoundaryPolicies[0]: principal_access_boundary_policy.details.rules[0].resources',
    ],
    [
      'a target that is not there',
      {
        organization: {
          id: '10',
          principalAccessBoundaryPolicies: [{ ...boundary, policyBindings: [{ id: 'accounts', target: A }] }],
        },
      },
      'policyBindings[0]: Project "project-a" not found.',
    ],
  ])('are refused with %s, and where it is', async (_, wrong, message) => {
    await expect(testEstate().apply(JSON.stringify(wrong))).rejects.toThrow(message);
  });
});
