import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusals } from '../../checkpoint/index.js';
import { startPlane, type TestPlane } from '../../testing/index.js';
import { runCli } from '../test-world.js';

const AGENT = 'service-891566352225@serverless-robot-prod.iam.gserviceaccount.com';
const IMAGE = {
  registry: 'artifact-registry',
  text: 'us-docker.pkg.dev/myproject-b/repo/app:v1',
  host: 'us-docker.pkg.dev',
  project: 'myproject-b',
  location: 'us',
  repository: 'repo',
  image: 'app',
  tag: 'v1',
} as const;
const entry = (name: string, message: string) => ({
  logName: 'projects/myproject-a/logs/cloudaudit.googleapis.com%2Factivity',
  resource: {
    type: 'cloud_run_job',
    labels: { project_id: 'myproject-a', location: 'us-central1', job_name: name },
  },
  timestamp: '2025-02-01T10:00:00Z',
  protoPayload: {
    serviceName: 'run.googleapis.com',
    authenticationInfo: { principalEmail: 'alice@example.com' },
    status: { code: 7, message },
  },
});
const user = entry('nightly', refusals.userCannotReadImage({ image: IMAGE, project: 'myproject-a' }));
const agent = entry(
  'hourly',
  refusals.agentCannotPull({ image: IMAGE, project: 'myproject-a', agent: AGENT }),
);
const LOG = [user, agent, agent].map((each) => JSON.stringify(each)).join('\n');

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-scan-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const scan = (line: string, stdin = LOG) => runCli(['scan', ...line.split(' ').filter(Boolean)], { stdin });

describe('sekisho scan of exported logs', () => {
  it('says in a table who lacked what, and what mends it', async () => {
    const { status, out, err } = await scan('-');
    expect(out).toMatchSnapshot();
    expect({ status, err }).toEqual({ status: 1, err: '' });
    expect((await scan('- --lang ja')).out).toMatchSnapshot();
  });

  it('as JSON, CSV, commands and Terraform', async () => {
    expect(JSON.parse((await scan('- --format json')).out)).toMatchObject({
      schema: 'sekisho.scan/1',
      sources: ['<stdin>'],
      entries: 3,
      complete: true,
      groups: [{ count: 2, outcomes: { failed: 2 } }, { count: 1 }],
    });
    const csv = (await scan('- --format csv')).out.split('\r\n');
    expect(csv[0]).toMatch(/^requirement,principal,/);
    expect(csv[1]).toContain(`agent-pulls-image,serviceAccount:${AGENT},myproject-a,`);
    expect((await scan('- --format gcloud')).out.split('\n')).toEqual([
      expect.stringContaining(`--member=serviceAccount:${AGENT} --role=roles/artifactregistry.reader`),
      expect.stringContaining('--member=user:alice@example.com --role=roles/artifactregistry.reader'),
      '',
    ]);
    expect((await scan('- --format terraform')).out).toContain(
      'resource "google_artifact_registry_repository_iam_member"',
    );
  });

  it('says when nothing was found, and when something could not be read', async () => {
    expect(await scan('-', '[]')).toMatchObject({
      status: 0,
      out: expect.stringContaining('None of them says'),
    });
    const file = path.join(dir, 'log.json');
    await writeFile(file, `${LOG}\n{"broken`);
    const broken = await scan(`${file} --format gcloud`);
    expect(broken).toMatchObject({ status: 2, err: expect.stringContaining(`${file}:4: is not JSON`) });
    expect((await scan(`${file} --lang ja`)).out).toContain(`${file}:4: JSON ではありません`);
  });

  it.each([
    ['', 'Which logs?'],
    ['/nowhere/log.json', '/nowhere/log.json cannot be read (ENOENT).'],
    ['- x.json', 'The standard input can be read once, and by itself.'],
    ['- --source plane', 'Name either files or --source, not both.'],
    ['- --project p', '--project goes with --source alone'],
    ['--source assets=x --project p', "--source 'assets=x' is neither plane nor gcp."],
    ['--source gcp', '--source gcp needs --project'],
    ['--source gcp --project p --freshness soon', "--freshness 'soon' is no time"],
    ['- --check nowhere', "--source 'nowhere' is none of"],
  ])('refuses %j', async (line, message) => {
    expect(await scan(line)).toMatchObject({ status: 64, out: '', err: expect.stringContaining(message) });
  });
});

describe('sekisho scan of a plane', () => {
  let plane: TestPlane;
  const ESTATE = `
projects:
  - id: myproject-a
    number: "891566352225"
    services: [run.googleapis.com, artifactregistry.googleapis.com, iam.googleapis.com]
    iam:
      - { role: roles/run.admin, members: [alice@example.com] }
      - { role: roles/iam.serviceAccountUser, members: [alice@example.com] }
    repositories: [{ id: repo, location: us }]
`;
  const cli = (line: string, stdin = '') => runCli([...line.split(' '), '--data', plane.dataDir], { stdin });

  beforeAll(async () => {
    plane = await startPlane({ runtime: 'none', imageReadCheck: 'warn' });
    await cli('apply -f -', ESTATE);
    const token = await plane.token('alice@example.com');
    const deployed = await fetch(
      `${plane.url}/run.googleapis.com/v2/projects/myproject-a/locations/us-central1/services?serviceId=web`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          template: { containers: [{ image: 'us-docker.pkg.dev/myproject-a/repo/app' }] },
        }),
      },
    );
    expect(deployed.status).toBe(200);
  }, 60_000);
  afterAll(() => plane.stop());

  it('finds the warning, its fix, and that it is mended by now', async () => {
    const found = JSON.parse(
      (await cli('scan --source plane --project myproject-a --check plane --format json')).out,
    );
    expect(found.groups).toMatchObject([
      {
        principal: 'user:alice@example.com',
        outcomes: { warned: 1 },
        target: { kind: 'service', name: 'web' },
        now: 'denied',
      },
    ]);
    expect(found.fixes).toHaveLength(1);
    const grant = `projects: [{ id: myproject-a, repositories: [{ id: repo, location: us, iam: [{ role: roles/artifactregistry.reader, members: [alice@example.com] }] }] }]`;
    await cli('apply -f -', grant);
    const mended = JSON.parse(
      (await cli('scan --source plane --project myproject-a --check plane --format json')).out,
    );
    expect(mended).toMatchObject({ groups: [{ now: 'granted' }], fixes: [] });
  });

  it('reads all projects that the caller sees where none is named', async () => {
    await cli('apply -f -', 'projects: [{ id: myproject-c }]');
    const found = JSON.parse((await cli('scan --source plane --format json')).out);
    expect(found).toMatchObject({
      sources: ['projects/myproject-a', 'projects/myproject-c'],
      complete: true,
      groups: [{ target: { project: 'myproject-a' } }],
    });
    const stranger = await cli('scan --source plane --as bob@example.com');
    expect(stranger).toMatchObject({
      status: 64,
      err: expect.stringContaining('user:bob@example.com sees no project of this plane'),
    });
  });

  it('notes which project it may not read, and takes a filter', async () => {
    const stranger = await cli('scan --source plane --project myproject-a --as bob@example.com');
    expect(stranger.status).toBe(2);
    expect(stranger.out).toContain('projects/myproject-a: could not be read');
    const other = await cli(
      'scan --source plane --project myproject-a --filter resource.labels.location="asia-east1"',
    );
    expect(other).toMatchObject({ status: 0, out: expect.stringContaining('None of them says') });
  });
});
