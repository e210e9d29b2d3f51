import { afterEach, describe, expect, it } from 'vitest';
import type { CheckRequest, Source } from '../../checkpoint/index.js';
import { estateSource } from '../../plane/index.js';
import { type Obstacle, type Proof, prove } from './index.js';

const ALICE = 'user:alice@example.com';
const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const IN_B = 'asia-northeast1-docker.pkg.dev/myproject-b/myrepo/app';
const A = { id: 'myproject-a', number: '891566352225', services: ['run.googleapis.com'] };
const B = { id: 'myproject-b', repositories: [{ id: 'myrepo', location: 'asia-northeast1' }] };
const DOCKER = [{ id: 'docker', location: 'asia-northeast1' }];
const deploy: CheckRequest = {
  kind: 'service',
  apiVersion: 'v2',
  name: 'web',
  project: 'myproject-a',
  region: 'asia-northeast1',
  as: ALICE,
  serviceAccount: RUNTIME,
  images: [`${IN_B}:v1`],
};

/** An estate as a source. It says nothing of images, and little of secrets. */
async function sourceOf(estate: object, over: Partial<Source> = {}): Promise<Source> {
  const file = { name: 'estate', text: JSON.stringify(estate) };
  const { source, close } = await estateSource([file], { owner: 'user:owner@example.com' });
  closers.push(close);
  return { ...source, ...over };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const estate = { projects: [{ ...A, serviceAccounts: [{ id: 'runtime' }] }, B] };

const grants = ({ trials }: Proof) =>
  trials.flatMap(({ without }) => (without?.kind === 'grant' ? [without.role] : []));
const NOW = { time: new Date() };
const IN_A = 'asia-northeast1-docker.pkg.dev/myproject-a/docker/app';

// Each trial starts a plane of its own.
describe('a proof', { timeout: 120_000 }, () => {
  it('shows that the fixes of a new service are enough, and each of them needed, in the words that were foretold', async () => {
    const told: number[] = [];
    const proof = await prove(deploy, await sourceOf(estate), {
      ...NOW,
      onTrial: (index) => told.push(index),
    });
    expect(proof).toMatchObject({ enough: true, needed: true, asForetold: true });
    expect(grants(proof)).toEqual([
      'roles/run.developer',
      'roles/iam.serviceAccountUser',
      'roles/artifactregistry.reader',
      'roles/artifactregistry.reader',
    ]);
    expect(proof.trials.at(-1)?.said[0]).toMatch(
      /^Google Cloud Run Service Agent service-891566352225@serverless-robot-prod/,
    );
    expect(told).toEqual([1, 2, 3, 4, 5]);
  });

  it('shows it for a job that is there already, with custom roles, a group, a digest and a secret', async () => {
    const platform = ['group:platform@example.com'];
    const there = await sourceOf({
      groups: { 'platform@example.com': [ALICE] },
      projects: [
        {
          ...A,
          iam: [{ role: 'roles/artifactregistry.reader', members: platform }],
          serviceAccounts: [
            { id: 'runtime', iam: [{ role: 'roles/iam.serviceAccountUser', members: platform }] },
          ],
          repositories: DOCKER,
          secrets: [{ id: 'db-password', value: 'x' }],
          runJobs: [{ id: 'web', location: 'asia-northeast1', images: [IN_A], serviceAccount: RUNTIME }],
        },
      ],
    });
    const job: CheckRequest = {
      ...deploy,
      kind: 'job',
      images: [`${IN_A}@sha256:${'0'.repeat(64)}`],
      secrets: [{ env: 'PASSWORD', name: 'db-password', version: '1' }],
    };
    const proof = await prove(job, there, { ...NOW, customRole: true });
    expect(proof).toMatchObject({ enough: true, needed: true, asForetold: true });
    expect(grants(proof).every((role) => role.startsWith('projects/myproject-a/roles/sekisho_'))).toBe(true);
    expect(grants(proof)).toHaveLength(3);
  });

  it('gives the agent of a worker pool its role back, and makes the account that is missing', async () => {
    const lost = await sourceOf({
      projects: [
        {
          ...A,
          defaults: false,
          serviceAgents: ['run.googleapis.com'],
          iam: [{ role: 'roles/owner', members: [ALICE] }],
          repositories: DOCKER,
        },
      ],
    });
    const proof = await prove({ ...deploy, kind: 'workerPool', images: [IN_A] }, lost, NOW);
    expect(proof).toMatchObject({ enough: true, needed: true, asForetold: true });
    expect(proof.trials.map(({ without }) => without?.kind)).toEqual([undefined, 'create-account', 'grant']);
    expect(grants(proof)).toEqual(['roles/run.serviceAgent']);
  });

  it('is no proof of anything where something is left which no step mends', async () => {
    const rule = {
      deniedPrincipals: ['principal://goog/subject/alice@example.com'],
      deniedPermissions: ['run.googleapis.com/services.create'],
    };
    const [a, b] = estate.projects;
    const denied = await sourceOf({ projects: [{ ...a, denyPolicies: [{ id: 'no', rules: [rule] }] }, b] });
    const proof = await prove(deploy, denied, NOW);
    expect(proof).toMatchObject({ enough: false, asForetold: true, standIns: [] });
    expect(proof).not.toHaveProperty('needed');
    expect(proof.trials).toHaveLength(1);
    expect(proof.trials[0]?.said[0]).toContain("'run.services.create' denied");
  });

  it('has another image in the place of one that is missing, and says so', async () => {
    const open = await sourceOf(
      {
        projects: [
          {
            ...A,
            iam: [{ role: 'roles/owner', members: [ALICE] }],
            serviceAccounts: [{ id: 'runtime' }],
            repositories: DOCKER,
          },
        ],
      },
      { manifest: async () => 'missing' },
    );
    const images = [`${IN_A}@sha256:${'0'.repeat(64)}`];
    const proof = await prove({ ...deploy, images }, open, NOW);
    expect(proof).toMatchObject({ enough: true, needed: true, asForetold: true, standIns: images });
  });

  const tagged = (value: string) => ({
    organization: {
      id: '9',
      defaults: false,
      tagKeys: [
        {
          id: 'env',
          number: '4',
          values: [
            { id: 'prod', number: '5' },
            { id: 'test', number: '6' },
          ],
        },
      ],
    },
    projects: [
      { ...A, parent: 'organizations/9', serviceAccounts: [{ id: 'runtime' }] },
      {
        ...{ ...B, parent: 'organizations/9', tags: { '9/env': value } },
        iam: [
          {
            role: 'roles/artifactregistry.reader',
            members: [ALICE],
            condition: { title: 'prod', expression: "resource.matchTag('9/env', 'prod')" },
          },
        ],
      },
    ],
  });

  it('has the tags that conditions ask for', async () => {
    const met = await prove(deploy, await sourceOf(tagged('prod')), NOW);
    expect(met).toMatchObject({ enough: true, needed: true, asForetold: true });
    expect(grants(met)).toEqual([
      'roles/run.developer',
      'roles/iam.serviceAccountUser',
      'roles/artifactregistry.reader',
    ]);
    // Where a condition is not met nothing is granted beside it.
    const unmet = await prove(deploy, await sourceOf(tagged('test')), NOW);
    expect(unmet).toMatchObject({ enough: false, asForetold: true });
    expect(unmet.trials[0]?.said).toEqual([expect.stringMatching(/^User must have permission to read/)]);
  });

  it.each([
    ['all of it', ['//cloudresourcemanager.googleapis.com/organizations/9'], true],
    ['project B alone', ['//cloudresourcemanager.googleapis.com/projects/myproject-b'], false],
  ])('has the boundaries of the organization: access to %s', async (_, resources, enough) => {
    const plain = tagged('test');
    const ci = 'serviceAccount:deploys@myproject-a.iam.gserviceaccount.com';
    const [a, b] = plain.projects;
    const bounded = await sourceOf({
      organization: {
        ...plain.organization,
        principalAccessBoundaryPolicies: [
          {
            id: 'within',
            rules: [{ resources: [...resources, '//cloudresourcemanager.googleapis.com/folders/77'] }],
            enforcementVersion: '4',
            policyBindings: [
              { id: 'b', target: '//cloudresourcemanager.googleapis.com/projects/891566352225' },
              { id: 'c', target: '//cloudresourcemanager.googleapis.com/projects/112233445566' },
              // Of others nothing is read.
              { id: 'd', target: '//cloudresourcemanager.googleapis.com/folders/77' },
              { id: 'e', target: '//cloudresourcemanager.googleapis.com/projects/333' },
            ],
          },
        ],
      },
      folders: [{ id: '77', parent: 'organizations/9' }],
      projects: [
        { id: 'elsewhere', number: '333', parent: 'folders/77' },
        { ...a, serviceAccounts: [{ id: 'runtime' }, { id: 'deploys' }] },
        { ...b, number: '112233445566' },
      ],
    });
    const proof = await prove({ ...deploy, as: ci }, bounded, NOW);
    expect(proof).toMatchObject({ enough, asForetold: true });
  });

  it('deploys as an identity of a pool, and as what its provider says of none', async () => {
    const pool = 'iam.googleapis.com/projects/891566352225/locations/global/workloadIdentityPools/github';
    const as = `principal://${pool}/subject/repo:o/r:ref:refs/heads/main`;
    const federated = await sourceOf({
      projects: [
        {
          ...A,
          workloadIdentityPools: [{ id: 'github' }],
          serviceAccounts: [{ id: 'runtime' }],
          iam: [
            { role: 'roles/run.developer', members: [`principalSet://${pool}/*`] },
            { role: 'roles/artifactregistry.reader', members: [`principalSet://${pool}/group/admins`] },
          ],
          repositories: DOCKER,
        },
      ],
    });
    const proof = await prove({ ...deploy, as, images: [IN_A] }, federated, NOW);
    expect(proof).toMatchObject({ enough: true, needed: true, asForetold: true });
    expect(grants(proof)).toEqual(['roles/iam.serviceAccountUser', 'roles/artifactregistry.reader']);
  });

  it('reads images through a virtual repository', async () => {
    const virtual = await sourceOf({
      projects: [
        { ...A, serviceAccounts: [{ id: 'runtime' }] },
        {
          ...B,
          number: '112233445566',
          repositories: [
            {
              ...{ id: 'all', location: 'asia-northeast1' },
              upstreamPolicies: [
                {
                  id: 'first',
                  repository: 'projects/myproject-b/locations/asia-northeast1/repositories/myrepo',
                  priority: 1,
                },
              ],
            },
            ...B.repositories,
          ],
        },
      ],
    });
    const images = ['asia-northeast1-docker.pkg.dev/myproject-b/all/app:v1'];
    const proof = await prove({ ...deploy, images }, virtual, NOW);
    expect(proof).toMatchObject({ enough: true, needed: true, asForetold: true });
    expect(grants(proof)).toContain('roles/artifactregistry.reader');
  });

  it.each<[string, Partial<Source>, Obstacle]>([
    ['what is not known', { policy: async () => ({ unknown: true, why: 'no' }) }, 'unknown'],
    [
      'a remote repository',
      { repository: async () => ({ mode: 'remote', upstreams: [] }) },
      'repository-mode',
    ],
  ])('is refused for %s', async (_, over, obstacle) => {
    await expect(prove(deploy, await sourceOf(estate, over), NOW)).rejects.toMatchObject({ obstacle });
  });

  it('is refused for tags of an organization of which nothing is known', async () => {
    const known = await sourceOf(tagged('prod'));
    const source: Source = {
      ...known,
      tags: async () => [{ keyId: 'tagKeys/1', key: '8/env', valueId: 'tagValues/2', value: 'prod' }],
    };
    await expect(prove(deploy, source, NOW)).rejects.toMatchObject({
      obstacle: 'organization',
      detail: 'tag 8/env',
    });
  });
});
