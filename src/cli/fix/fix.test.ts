import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPlane, type TestPlane } from '../../testing/index.js';
import { type RunOptions, runCli } from '../test-world.js';

const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const AGENT = 'serviceAccount:service-891566352225@serverless-robot-prod.iam.gserviceaccount.com';
const IMAGE = 'us-docker.pkg.dev/myproject-b/myrepo/app';
const ESTATE = JSON.stringify({
  projects: [
    {
      id: 'myproject-a',
      number: '891566352225',
      services: ['run.googleapis.com'],
      iam: [
        {
          role: 'roles/run.viewer',
          members: ['user:bob@example.com'],
          condition: { title: 'by day', expression: 'request.time.getHours() > 8' },
        },
      ],
      serviceAccounts: [{ id: 'runtime' }],
    },
    {
      id: 'myproject-b',
      services: ['artifactregistry.googleapis.com'],
      repositories: [{ id: 'myrepo', location: 'us', format: 'DOCKER' }],
    },
  ],
});
const DEPLOY = [
  'run',
  'service',
  'web',
  '--project=myproject-a',
  '--region=us-central1',
  `--image=${IMAGE}`,
  `--service-account=${RUNTIME}`,
  '--as=alice@example.com',
];

let plane: TestPlane;
let dir: string;

const fix = (args: readonly string[], options: RunOptions = {}) =>
  runCli(['fix', ...DEPLOY, '--data', plane.dataDir, ...args], options);

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-fix-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const COMMANDS = [
  'gcloud projects add-iam-policy-binding myproject-a --member=user:alice@example.com --role=roles/run.developer --condition=None',
  `gcloud iam service-accounts add-iam-policy-binding ${RUNTIME} --project=myproject-a --member=user:alice@example.com --role=roles/iam.serviceAccountUser --condition=None`,
  'gcloud artifacts repositories add-iam-policy-binding myrepo --project=myproject-b --location=us --member=user:alice@example.com --role=roles/artifactregistry.reader --condition=None',
  `gcloud artifacts repositories add-iam-policy-binding myrepo --project=myproject-b --location=us --member=${AGENT} --role=roles/artifactregistry.reader --condition=None`,
];

describe('sekisho fix', () => {
  beforeEach(async () => {
    plane = await startPlane({ runtime: 'none', estate: [{ name: 'estate', text: ESTATE }] });
    return () => plane.stop();
  });

  it('writes commands to stdout, and what no grant mends beside it', async () => {
    const { out, err, status } = await fix(['--format=gcloud']);
    expect(out.trimEnd().split('\n')).toEqual(COMMANDS);
    expect(err).toContain(`image-exists: not there`);
    expect(status).toBe(1);
  });

  it('writes a piece of an estate that apply takes, after which nothing is left to grant', async () => {
    const { out } = await fix(['--format=estate']);
    const file = path.join(dir, 'patch.yaml');
    await writeFile(file, out);
    const applied = await runCli(['apply', '-f', file, '--data', plane.dataDir]);
    expect(applied.out).toMatch(/^4 created, 0 updated, 0 removed/m);
    expect((await fix(['--format=gcloud'])).out).toBe('');
  });

  it('says the same in JSON, with its reasons, and in Japanese', async () => {
    const report = JSON.parse((await fix(['--format=json'])).out);
    expect(report.schema).toBe('sekisho.fix/1');
    expect(report.fixes.map(({ gcloud }: { gcloud: string }) => gcloud)).toEqual(COMMANDS);
    expect(report.fixes[0].mends).toEqual([
      'deployer-reads-resource',
      'deployer-deploys',
      'deployer-follows-operation',
    ]);
    expect(report.remarks[0]).toMatchObject({ kind: 'missing', requirement: 'image-exists' });
    const japanese = await fix([], { env: { LANG: 'ja_JP.UTF-8' } });
    expect(japanese.out).toContain('次で直ります:');
  });

  it('applies as the owner, keeps what else is in a policy, says what changed and checks again', async () => {
    const { out, err } = await fix(['--apply']);
    expect(err).toContain('+roles/run.developer user:alice@example.com');
    expect(err).toContain(' roles/run.viewer user:bob@example.com if by day');
    expect(out).toContain('✓ changed: //cloudresourcemanager.googleapis.com/projects/myproject-a');
    expect(out).toMatch(/Checked again afterwards:\n {2}web: denied/);
    const exported = await runCli(['export', '--data', plane.dataDir]);
    expect(exported.out).toContain('by day');
    expect((await fix(['--format=gcloud'])).out).toBe('');
  });

  it('proves the grants with another image in the place of one that is missing, and says so', async () => {
    const { out, status } = await fix(['--prove']);
    expect(out).toContain(`! Not there: ${IMAGE}. The trials have another image in that place`);
    expect(out).toContain('✓ Each of it is needed');
    expect(out).toContain('word for word.');
    expect(status).toBe(1);
  });

  it('says how far it came when it may not make all of it', async () => {
    const { out, status } = await fix(['--apply', '--apply-as=alice@example.com']);
    expect(status).toBe(1);
    expect(out).toContain('✗ failed: //cloudresourcemanager.googleapis.com/projects/myproject-a');
    expect(out).toContain('- not tried: //iam.googleapis.com/');
    expect((await fix(['--format=gcloud'])).out.trimEnd().split('\n')).toEqual(COMMANDS);
  });
});

describe('sekisho fix of files and plans', () => {
  const PLANS = path.join(import.meta.dirname, '../../sources/terraform/plans');
  const SERVICE = `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: web, labels: {cloud.googleapis.com/location: us-central1}}
spec: {template: {spec: {serviceAccountName: ${RUNTIME}, containers: [{image: ${IMAGE}}]}}}
`;
  const IN_PLANS = {
    projects: [
      { id: 'myproject-a', number: '111', services: ['run.googleapis.com'] },
      {
        id: 'myproject-b',
        number: '222',
        iam: [{ role: 'roles/resourcemanager.projectIamAdmin', members: ['user:alice@example.com'] }],
        repositories: [{ id: 'myrepo', location: 'asia-northeast1' }],
      },
    ],
  };
  const written = async (name: string, content: string | object) => {
    const file = path.join(dir, name);
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const ofPlan = async (name: string, ...more: readonly string[]) =>
    runCli([
      'fix',
      `--plan=${path.join(PLANS, `${name}.json`)}`,
      '--as=alice@example.com',
      `--source=estate=${await written('plans-estate.json', IN_PLANS)}`,
      ...more,
    ]);

  it('writes for a file what it writes for the same flags', async () => {
    const file = await written('service.yaml', SERVICE);
    const estate = `--source=estate=${await written('estate.json', ESTATE)}`;
    const as = '--as=alice@example.com';
    const { out, err } = await runCli([
      'fix',
      '-f',
      file,
      '--project=myproject-a',
      as,
      estate,
      '--format=gcloud',
    ]);
    expect(out.trimEnd().split('\n')).toEqual(COMMANDS);
    expect(err).toContain('image-exists: not known');
  });

  it('refers in Terraform to what the plan makes, and says what goes wrong whatever is granted', async () => {
    const { out, err, status } = await ofPlan('no-edge', '--format=terraform');
    expect(out).toContain('resource "google_project_iam_member" "myproject_a_developer_alice" {');
    expect(out).not.toContain('roles/iam.serviceAccountUser');
    expect(out).toContain('google_cloud_run_v2_service.web');
    expect(err).toContain('What goes wrong whatever is granted:');
    expect(err).toContain('✗ no-edge  google_cloud_run_v2_service.web');
    expect(status).toBe(1);
    const report = JSON.parse((await ofPlan('no-edge', '--format=json')).out);
    expect(report.faults.map(({ id }: { id: string }) => id)).toEqual(['no-edge']);
    expect(JSON.parse((await ofPlan('no-edge-mended', '--format=json')).out).faults).toEqual([]);
  });

  it('does not claim to prove what is granted to addresses that nobody has yet', async () => {
    const { out, status } = await ofPlan('ephemeral-project', '--prove');
    expect(out).toContain('This cannot be proved: addresses in ephemeral-1 are not known before it is there');
    expect(out).not.toContain('✓');
    expect(status).not.toBe(0);
  });
});

describe('sekisho fix --prove', () => {
  const A = {
    id: 'myproject-a',
    number: '891566352225',
    services: ['run.googleapis.com'],
    serviceAccounts: [{ id: 'runtime' }],
  };
  const prove = async (project: object) => {
    const file = path.join(dir, 'prove.json');
    const b = { id: 'myproject-b', repositories: [{ id: 'myrepo', location: 'us' }] };
    await writeFile(file, JSON.stringify({ projects: [{ ...A, ...project }, b] }));
    return runCli(['fix', ...DEPLOY, `--source=estate=${file}`, '--prove']);
  };

  it('says what still fails, and that nothing is proved, where the fixes are not enough', async () => {
    const rules = [
      {
        deniedPrincipals: ['principal://goog/subject/alice@example.com'],
        deniedPermissions: ['run.googleapis.com/services.create'],
      },
    ];
    const { out, status } = await prove({ denyPolicies: [{ id: 'no', rules }] });
    expect(out).toMatch(
      /✗ With all of it the deploy still does not go through:\n {4}Permission 'run\.services\.create' denied/,
    );
    expect(out).toContain('So nothing is proved of any single fix');
    expect(out).not.toContain('Each of it is needed');
    expect(status).toBe(1);
  });
});

describe('sekisho fix --apply', () => {
  it.each([
    [['--source=gcp', '--apply'], /asks for a word at a terminal/],
    [['--source=assets=x', '--apply'], /apply that yourself/],
    [['--plan=x.json', '--apply'], /does not go with --plan/],
  ])('refuses %j', async (args, message) => {
    const { status, err } = await runCli(['fix', ...DEPLOY, ...args]);
    expect(err).toMatch(message);
    expect(status).toBe(64);
  });
});
