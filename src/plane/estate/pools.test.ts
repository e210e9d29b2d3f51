import { expect, it } from 'vitest';
import { exportEstate } from './export.js';
import { NOW, testEstate } from './testing-estates.js';

const PROVIDER = {
  id: 'actions',
  issuerUri: 'https://token.actions.githubusercontent.com',
  attributeMapping: { 'google.subject': 'assertion.sub' },
  attributeCondition: "assertion.repository_owner == 'octo'",
};
const estate = (workloadIdentityPools: readonly object[]) =>
  JSON.stringify({ projects: [{ id: 'myproject-a', number: '891566352225', workloadIdentityPools }] });

it('builds pools with their providers, exports them, and takes away what an exact estate does not name', async () => {
  const plane = testEstate();
  const pools = [
    { id: 'github', displayName: 'GitHub', providers: [PROVIDER] },
    { id: 'other', disabled: true },
  ];
  await plane.apply(estate(pools));
  expect((await plane.exported()).projects?.[0]?.workloadIdentityPools).toEqual(pools);
  expect((await plane.apply(estate(pools))).changes).toEqual([]);
  const { changes } = await plane.apply(estate([{ id: 'github' }]), { exact: true });
  expect(changes.map(({ action, kind }) => `${action} ${kind}`).sort()).toEqual([
    'removed workloadIdentityPool',
    'removed workloadIdentityProvider',
    'updated workloadIdentityPool',
  ]);
});

it('refuses a provider that the API would refuse', async () => {
  const open = { ...PROVIDER, attributeCondition: 'true' };
  await expect(testEstate().apply(estate([{ id: 'github', providers: [open] }]))).rejects.toThrow(
    "one of the provider's claims",
  );
});

const MEMBERS = '//iam.googleapis.com/projects/891566352225/locations/global/workloadIdentityPools';
/** A project with a pool, and everything that may name a pool naming another. */
const naming = (pool: string) => ({
  organization: {
    id: '10',
    principalAccessBoundaryPolicies: [
      {
        id: 'only-a',
        rules: [{ resources: ['//cloudresourcemanager.googleapis.com/projects/myproject-a'] }],
        policyBindings: [{ id: 'ci', target: `${MEMBERS}/${pool}` }],
      },
    ],
  },
  projects: [
    {
      id: 'myproject-a',
      number: '891566352225',
      parent: 'organizations/10',
      workloadIdentityPools: [{ id: 'github' }],
      iam: [
        {
          role: 'roles/run.viewer',
          members: ['user:alice@example.com', `principalSet:${MEMBERS}/${pool}/*`],
        },
      ],
      denyPolicies: [
        {
          id: 'freeze',
          rules: [
            {
              deniedPrincipals: ['principalSet://goog/public:all'],
              exceptionPrincipals: [`principal:${MEMBERS}/${pool}/subject/release`],
              deniedPermissions: ['run.googleapis.com/services.create'],
            },
            {
              deniedPrincipals: [`principalSet:${MEMBERS}/${pool}/group/interns`],
              deniedPermissions: ['run.googleapis.com/services.delete'],
            },
          ],
        },
      ],
    },
  ],
});

it('takes pools that come with the estate, and refuses others where they are named', async () => {
  await testEstate().apply(naming('github'));
  const governed = testEstate().apply(naming('other'));
  await expect(governed).rejects.toThrow(/denyPolicies\[0\]: Identity Pool does not exist/);
  await expect(governed).rejects.toThrow(/policyBindings\[0\]: Identity Pool does not exist/);
  const projects = naming('other').projects.map(({ denyPolicies: _, parent: __, ...project }) => project);
  await expect(testEstate().apply({ projects })).rejects.toThrow(
    /projects\[0\]\.iam\[0\]\.members\[1\]: Identity Pool does not exist/,
  );
});

it('leaves out of an export who belongs to a pool that has been deleted', async () => {
  const plane = testEstate();
  await plane.apply(naming('github'));
  const { pools } = plane.identity;
  const pool = await pools.pool('myproject-a', 'github');
  if (!pool) throw new Error('the pool is there');
  const deleteTime = NOW.toISOString();
  await plane.store.commit([pools.poolUpdate({ ...pool.value, deleteTime }, pool.version)]);
  const { document, notes } = await exportEstate(plane);
  expect(notes.filter((note) => note.includes('does not exist any more'))).toHaveLength(4);
  expect(JSON.stringify(document)).not.toContain('/github');
  await expect(testEstate().apply(document)).resolves.toBeDefined();
});
