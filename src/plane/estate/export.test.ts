import { describe, expect, it } from 'vitest';
import { projectName, repositoryName } from '../../names/index.js';
import { exportEstate } from './export.js';
import { estateText } from './format.js';
import { testEstate } from './testing-estates.js';

const AGENT = 'serviceAccount:service-100000000001@serverless-robot-prod.iam.gserviceaccount.com';
const OWNER = { role: 'roles/owner', members: ['user:owner@example.com'] };

async function planeWithRun() {
  const plane = testEstate();
  await plane.apply(`projects:
  - id: project-a
    number: "100000000001"
    services: [run.googleapis.com]
    serviceAccounts: [{ id: runtime }]`);
  return plane;
}

describe('exportEstate', () => {
  it('leaves out what comes by itself, and lists the owner', async () => {
    const plane = await planeWithRun();
    expect(await estateText(await plane.exported(), 'yaml')).toBe(`projects:
  - id: project-a
    number: "100000000001"
    services:
      - run.googleapis.com
    iam:
      - role: roles/owner
        members:
          - user:owner@example.com
    serviceAccounts:
      - id: runtime
`);
  });

  it('says so when something that comes by itself has been taken away', async () => {
    const plane = await planeWithRun();
    const before = (await plane.access.policy(projectName('project-a'))).policy;
    const bindings = before.bindings.filter(({ role }) => role !== 'roles/run.serviceAgent');
    await plane.access.setPolicy(projectName('project-a'), { bindings }, new Date());
    const exported = await plane.exported();
    expect(exported.projects).toMatchObject([
      {
        defaults: false,
        services: expect.arrayContaining(['run.googleapis.com', 'logging.googleapis.com']),
        iam: [{ role: 'roles/editor' }, OWNER],
      },
    ]);
    const other = testEstate();
    await other.apply(exported);
    const members = (await other.access.policy(projectName('project-a'))).policy.bindings.flatMap(
      (binding) => binding.members,
    );
    expect(members).not.toContain(AGENT);
    expect(await other.identity.accounts.get(AGENT.slice('serviceAccount:'.length))).toBeDefined();
  });

  it('keeps what outlives an API', async () => {
    const plane = await planeWithRun();
    await plane.apply(
      'projects: [{ id: project-a, services: [artifactregistry.googleapis.com], repositories: [{ id: docker, location: us }] }]',
    );
    const row = await plane.access.projects.get('project-a');
    if (!row) throw new Error('no project');
    await plane.store.commit([plane.access.projects.update({ ...row, services: {} })]);
    const exported = await plane.exported();
    const other = testEstate();
    await other.apply(exported);
    expect(await other.exported()).toEqual(exported);
    expect((await other.access.projects.get('project-a'))?.services).toEqual({});
    expect(await other.registry.repositories.list('project-a')).toHaveLength(1);
    expect(
      await other.identity.accounts.get('100000000001-compute@developer.gserviceaccount.com'),
    ).toBeDefined();
  });

  it('leaves out members that are gone, and says so', async () => {
    const plane = await planeWithRun();
    const account = 'runtime@project-a.iam.gserviceaccount.com';
    await plane.apply(
      `projects: [{ id: project-a, iam: [{ role: roles/viewer, members: [${account}, bob@example.com] }] }]`,
    );
    await plane.identity.accounts.remove(account);
    const { document, notes } = await exportEstate(plane);
    expect(notes).toEqual([
      `projects/project-a: serviceAccount:${account}, who has roles/viewer, does not exist any more and is left out.`,
    ]);
    expect(document.projects).toMatchObject([
      { iam: [OWNER, { role: 'roles/viewer', members: ['user:bob@example.com'] }] },
    ]);
    expect((await plane.apply(document)).changes).toEqual([]);
  });

  it('names projects that are about to be deleted, and a default account that has been', async () => {
    const plane = await planeWithRun();
    await plane.apply('projects: [{ id: project-b }]');
    const row = await plane.access.projects.get('project-b');
    if (!row) throw new Error('no project');
    await plane.store.commit([plane.access.projects.update({ ...row, state: 'DELETE_REQUESTED' })]);
    await plane.identity.accounts.remove('100000000001-compute@developer.gserviceaccount.com');
    const { document, notes } = await exportEstate(plane);
    expect(document.projects?.map(({ id }) => id)).toEqual(['project-a']);
    expect(notes).toEqual([
      'The project project-b is about to be deleted and is left out.',
      '100000000001-compute@developer.gserviceaccount.com has been deleted; applying the file to an empty plane brings it back.',
    ]);
    await expect(plane.apply('projects: [{ id: project-b }]')).rejects.toThrow(
      'is about to be deleted. Restore it first',
    );
  });

  it('keeps the policies of Cloud Run services, and leaves repositories readable by all', async () => {
    const plane = testEstate();
    const estate = {
      projects: [
        {
          id: 'project-a',
          number: '100000000001',
          services: ['artifactregistry.googleapis.com'],
          iam: [OWNER],
          repositories: [
            {
              id: 'docker',
              location: 'us',
              format: 'DOCKER' as const,
              iam: [{ role: 'roles/artifactregistry.reader', members: ['allUsers'] }],
            },
          ],
          runServices: [
            {
              id: 'web',
              location: 'us-central1',
              iam: [{ role: 'roles/run.invoker', members: ['allUsers'] }],
            },
          ],
          runJobs: [
            {
              id: 'web',
              location: 'us-central1',
              iam: [{ role: 'roles/run.invoker', members: ['user:alice@example.com'] }],
            },
          ],
          runWorkerPools: [
            {
              id: 'queue',
              location: 'us-central1',
              iam: [{ role: 'roles/run.viewer', members: ['user:alice@example.com'] }],
            },
          ],
        },
      ],
    };
    await plane.apply(estate);
    expect(await plane.exported()).toEqual(estate);
    const anybody = await plane.access.isGranted(
      { kind: 'anonymous' },
      'artifactregistry.repositories.downloadArtifacts',
      repositoryName('project-a', 'us', 'docker'),
      new Date(),
    );
    expect(anybody).toBe(true);
  });
});
