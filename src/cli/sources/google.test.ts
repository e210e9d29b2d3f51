import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckRequest, checkDeployOn, type Source } from '../../checkpoint/index.js';
import { folderName, organizationName, projectName, repositoryName } from '../../names/index.js';
import { A, B, deploy, GooglePlane, IMAGE, NOW, ORGANIZATION, REGION, RUNTIME } from './testing-google.js';

const OWNER = 'user:owner@example.com';

let google: GooglePlane;

beforeAll(async () => {
  google = await GooglePlane.start();
});
afterAll(() => google?.stop());

async function reportOf(source: Source, request: CheckRequest) {
  const { report } = await checkDeployOn(request, source, { time: NOW });
  return report;
}

describe('live Google Cloud, played by a plane under its own host names', () => {
  it.each([
    ['who has it all', deploy('user:alice@example.com')],
    ['who has it by groups in groups', deploy('user:bob@example.com')],
    ['who has it by a condition on tags and time', deploy('user:carol@example.com')],
    ['whom a deny policy keeps out', deploy('user:dave@example.com')],
    ['who has nothing', deploy('user:eve@example.com')],
    ['whom a boundary keeps out', deploy('serviceAccount:deployer@myproject-c.iam.gserviceaccount.com')],
    ['an image that is missing', deploy('user:alice@example.com', { images: [`${IMAGE}:v9`] })],
    ['a job', deploy('user:alice@example.com', { kind: 'job' })],
    ['the default account', { ...deploy('user:alice@example.com'), kind: 'workerPool' as const }],
    [
      'secrets',
      deploy('user:alice@example.com', {
        secrets: [
          { env: 'DB', name: 'db-password', version: 'latest' },
          { env: 'OLD', name: 'db-password', version: '7' },
        ],
      }),
    ],
  ])('judges as the plane itself does: %s', async (_, request) => {
    const [live, own] = await Promise.all([
      reportOf(google.source(OWNER), request),
      reportOf(await google.own(), request),
    ]);
    expect(live).toEqual(own);
  });

  it('lets organization-wide viewers check, who need no write access', async () => {
    const report = await reportOf(google.source('user:viewer@example.com'), deploy('user:alice@example.com'));
    expect(report.requirements.filter(({ verdict }) => verdict === 'unknown')).toEqual([]);
  });
});

const RUN = `//run.googleapis.com/projects/${A}/locations/${REGION}/services/web` as const;
const ACCOUNT = `//iam.googleapis.com/projects/${A}/serviceAccounts/${RUNTIME}` as const;
const SECRET = `//secretmanager.googleapis.com/projects/${A}/secrets/db-password` as const;
const REPOSITORY = repositoryName(B, REGION, 'myrepo');
const IN_B = `projects/${B}/locations/${REGION}/repositories/myrepo`;

/** Every kind of read, by somebody who may nothing: what lacks, and on what. */
const REFUSED: readonly (readonly [string, (source: Source) => Promise<unknown>, string])[] = [
  ['a project', (s) => s.project(A), `resourcemanager.projects.get on projects/${A}`],
  ['its policy', (s) => s.policy(projectName(A)), `resourcemanager.projects.getIamPolicy on projects/${A}`],
  ['a folder', (s) => s.policy(folderName('4711')), 'resourcemanager.folders.getIamPolicy on folders/4711'],
  [
    'an organization',
    (s) => s.policy(organizationName(ORGANIZATION)),
    `resourcemanager.organizations.getIamPolicy on organizations/${ORGANIZATION}`,
  ],
  [
    'the policy of a service account',
    (s) => s.policy(ACCOUNT),
    `iam.serviceAccounts.getIamPolicy on projects/${A}/serviceAccounts/${RUNTIME}`,
  ],
  ['of a repository', (s) => s.policy(REPOSITORY), `artifactregistry.repositories.getIamPolicy on ${IN_B}`],
  [
    'of a secret',
    (s) => s.policy(SECRET),
    `secretmanager.secrets.getIamPolicy on projects/${A}/secrets/db-password`,
  ],
  ['of a service', (s) => s.policy(RUN), `run.services.getIamPolicy on ${RUN.slice(21)}`],
  ['deny policies', (s) => s.denyPolicies(projectName(A)), `iam.denypolicies.list on projects/${A}`],
  ['boundaries', (s) => s.boundaries(A), `resourcemanager.projects.get on projects/${A}`],
  [
    'a custom role',
    (s) => s.role(`organizations/${ORGANIZATION}/roles/puller`),
    `iam.roles.get on organizations/${ORGANIZATION}/roles/puller`,
  ],
  ['tags', (s) => s.tags(projectName(A)), `resourcemanager.projects.get on projects/${A}`],
  ['an API', (s) => s.apiEnabled(A, 'run.googleapis.com'), `serviceusage.services.get on projects/${A}`],
  [
    'an account',
    (s) => s.account(RUNTIME),
    `iam.serviceAccounts.get on projects/${A}/serviceAccounts/${RUNTIME}`,
  ],
  ['a repository', (s) => s.repository(REPOSITORY), `artifactregistry.repositories.get on ${IN_B}`],
  [
    'a version of a secret',
    (s) => s.secret(SECRET, 'latest'),
    `secretmanager.versions.get on projects/${A}/secrets/db-password/versions/latest`,
  ],
  ['a service', (s) => s.runResource(RUN), `run.services.get on ${RUN.slice(21)}`],
];

describe('what the caller may not see', () => {
  it.each(REFUSED)(
    'is unknown, with the permission that lacks and who lacks it: %s',
    async (_, read, lacks) => {
      expect(await read(google.source('user:eve@example.com'))).toEqual({
        unknown: true,
        why: `eve@example.com lacks ${lacks} (or it does not exist)`,
      });
    },
  );

  it('is unknown of groups, and of customers', async () => {
    const source = google.source('user:eve@example.com');
    const groups = await source.memberships({ kind: 'user', email: 'bob@example.com' }, [
      'group:platform@example.com',
    ]);
    expect(groups.get('group:platform@example.com')).toMatchObject({
      why: expect.stringContaining('who is in group platform@example.com cannot be read'),
    });
    expect(await source.customers('bob@example.com')).toMatchObject({
      why: 'eve@example.com sees no organization of example.com (resourcemanager.organizations.get)',
    });
    expect(await source.customers('bob@gmail.com')).toEqual([]);
  });

  it('makes verdicts unknown, never a yes: a caller who sees a part', async () => {
    const report = await reportOf(google.source('user:alice@example.com'), deploy('user:alice@example.com'));
    expect(report.verdict).toBe('unknown');
    expect(report.requirements.filter(({ verdict }) => verdict === 'granted').map(({ id }) => id)).toEqual(
      expect.not.arrayContaining(['deployer-acts-as', 'deployer-deploys']),
    );
  });

  it('is a failure as a whole when Google does not know who asks', async () => {
    const credentials = {
      token: async () => 'nonsense',
      quotaProject: async () => undefined,
      email: async () => undefined,
    };
    const source = google.source('user:eve@example.com', { credentials });
    await expect(reportOf(source, deploy('user:alice@example.com'))).rejects.toThrow(
      'gcloud auth application-default login',
    );
  });
});

describe('facts that Google tells in a way of its own', () => {
  it('service agents are there when their API is enabled', async () => {
    const source = google.source(OWNER);
    const agent = (number: string) => `service-${number}@serverless-robot-prod.iam.gserviceaccount.com`;
    expect(await source.account(agent('891566352225'))).toEqual({
      project: A,
      isAgent: true,
      disabled: false,
    });
    expect(await source.account(agent('112233445566'))).toMatchObject({ unknown: true });
  });

  it('says what there is not', async () => {
    const source = google.source(OWNER);
    const none = repositoryName(B, REGION, 'none');
    expect(await source.repository(none)).toBe('absent');
    expect(await source.runResource(RUN)).toBe('absent');
    expect(await source.account(`nobody@${A}.iam.gserviceaccount.com`)).toBe('absent');
    expect(await source.secret(SECRET, '7')).toBe('missing');
  });
});
