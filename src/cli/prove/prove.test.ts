import { describe, expect, it } from 'vitest';
import { requestOf, sourceOf, type TestDeploy, type TestEstate } from '../../checkpoint/cases/estate.js';
import type { Source } from '../../checkpoint/index.js';
import { type Obstacle, type Proof, prove } from './index.js';

const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const IN_B = 'asia-northeast1-docker.pkg.dev/myproject-b/myrepo/app';
const estate: TestEstate = {
  projects: {
    'myproject-a': {
      number: '891566352225',
      apis: ['run.googleapis.com'],
      serviceAccounts: { [RUNTIME]: {} },
    },
    'myproject-b': { number: '222222222222' },
  },
};
const deploy: TestDeploy = {
  apiVersion: 'v2',
  name: 'web',
  project: 'myproject-a',
  as: 'user:alice@example.com',
  serviceAccount: RUNTIME,
  images: [`${IN_B}:v1`],
};
const grants = ({ trials }: Proof) =>
  trials.flatMap(({ without }) => (without?.kind === 'grant' ? [without.role] : []));
const OWNER = { 'roles/owner': ['user:alice@example.com'] };
const NOW = { time: new Date() };
const IN_A = 'asia-northeast1-docker.pkg.dev/myproject-a/docker/app';

describe('a proof', () => {
  it('shows that the fixes of a new service are enough, and each of them needed, in the words that were foretold', async () => {
    const told: number[] = [];
    const proof = await prove(requestOf(deploy), sourceOf(estate), {
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
    const secret = '//secretmanager.googleapis.com/projects/myproject-a/secrets/db-password';
    const there = sourceOf(
      {
        groups: { 'platform@example.com': ['user:alice@example.com'] },
        projects: {
          'myproject-a': {
            number: '891566352225',
            apis: ['run.googleapis.com'],
            serviceAccounts: {
              [RUNTIME]: { 'roles/iam.serviceAccountUser': ['group:platform@example.com'] },
            },
            iam: { 'roles/artifactregistry.reader': ['group:platform@example.com'] },
          },
        },
      },
      { runResource: async () => ({ images: [IN_A], serviceAccount: RUNTIME }) },
    );
    const job = requestOf({
      ...deploy,
      kind: 'job',
      images: [`${IN_A}@sha256:${'0'.repeat(64)}`],
      secrets: [secret],
    });
    const proof = await prove(job, there, { ...NOW, customRole: true });
    expect(proof).toMatchObject({ enough: true, needed: true, asForetold: true });
    expect(grants(proof).every((role) => role.startsWith('projects/myproject-a/roles/sekisho_'))).toBe(true);
    expect(grants(proof)).toHaveLength(3);
  });

  it('gives the agent of a worker pool its role back, and makes the account that is missing', async () => {
    const lost = sourceOf({
      projects: {
        'myproject-a': {
          number: '891566352225',
          apis: ['run.googleapis.com'],
          iam: OWNER,
          agentLostItsRole: true,
        },
      },
    });
    const proof = await prove(requestOf({ ...deploy, kind: 'workerPool', images: [IN_A] }), lost, NOW);
    expect(proof).toMatchObject({ enough: true, needed: true, asForetold: true });
    expect(proof.trials.map(({ without }) => without?.kind)).toEqual([undefined, 'create-account', 'grant']);
    expect(grants(proof)).toEqual(['roles/run.serviceAgent']);
  });

  it('is no proof that something is mended which no step mends', async () => {
    const missing = sourceOf({ ...estate, images: { [`${IN_B}:v1`]: 'missing' } });
    const proof = await prove(requestOf(deploy), missing, NOW);
    expect(proof.enough).toBe(false);
    expect(proof.trials[0]?.said[0]).toContain('not found');
  });

  it.each<[string, Partial<Source>, Obstacle]>([
    ['what is not known', { policy: async () => ({ unknown: true, why: 'no' }) }, 'unknown'],
    [
      'tags',
      {
        tags: async () => [{ key: 'tagKeys/1', value: 'tagValues/1', inherited: false }] as never,
        policy: async () => ({
          version: 3,
          etag: 'x',
          bindings: [
            {
              role: 'roles/owner',
              members: ['user:alice@example.com'],
              condition: { title: 't', expression: 'resource.matchTag("123/env", "prod")' },
            },
            { role: 'roles/owner', members: ['user:alice@example.com'] },
            {
              role: 'roles/run.serviceAgent',
              members: ['serviceAccount:service-891566352225@serverless-robot-prod.iam.gserviceaccount.com'],
            },
          ],
        }),
      },
      'tags',
    ],
  ])('is refused for %s', async (_, over, obstacle) => {
    await expect(prove(requestOf(deploy), sourceOf(estate, over), NOW)).rejects.toMatchObject({ obstacle });
  });
});
