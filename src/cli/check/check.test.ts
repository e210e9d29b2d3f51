import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPlane, type TestPlane } from '../../testing/index.js';
import { runCli } from '../test-world.js';

// The first plane of a process loads every room, which takes a while on a busy machine.
vi.setConfig({ hookTimeout: 60_000, testTimeout: 30_000 });

const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const IMAGE = 'us-docker.pkg.dev/cloudrun/container/hello';

/** Alice may deploy what Google's sample needs; Bob may, by a group; Carol nothing. */
const ESTATE = `
groups: { deployers@example.com: ["user:bob@example.com"] }
projects:
  - id: myproject-a
    number: "891566352225"
    services: [run.googleapis.com, iam.googleapis.com]
    iam:
      - { role: roles/run.developer, members: ["user:alice@example.com", "group:deployers@example.com"] }
    serviceAccounts:
      - id: runtime
        iam: [{ role: roles/iam.serviceAccountUser, members: ["user:alice@example.com", "group:deployers@example.com"] }]
`;

const service = (name: string, extra = '') => `apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: ${name}
  namespace: myproject-a
  labels: {cloud.googleapis.com/location: us-central1}
spec:
  template:
    metadata: {annotations: {${extra}}}
    spec:
      serviceAccountName: ${RUNTIME}
      containers:
      - image: ${IMAGE}
`;

let dir: string;
let estate: string;
let plane: TestPlane;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-check-'));
  estate = await file('estate.yaml', ESTATE);
  plane = await startPlane({ runtime: 'none', estate: [{ name: 'estate.yaml', text: ESTATE }] });
});
afterAll(async () => {
  await plane.stop();
  await rm(dir, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<string> {
  const where = path.join(dir, name);
  await mkdir(path.dirname(where), { recursive: true });
  await writeFile(where, text);
  return where;
}

const check = (...args: string[]) =>
  runCli(['check', ...args], { env: { HOME: dir, PATH: '', SEKISHO_DATA: plane.dataDir } });
const checkEstate = (...args: string[]) => check('--source', `estate=${estate}`, ...args);

/** Without the lines and blanks of the table. */
const unwrapped = (text: string) => text.replace(/[│\s]+/g, '');

describe('sekisho check -f', () => {
  it('ends with 0, 1 or 2: all granted, something denied, something unknown', async () => {
    const web = await file('web.yaml', service('web'));
    const granted = await check('-f', web, '--as', 'alice@example.com');
    expect(granted).toMatchObject({ status: 0, err: '' });
    expect(granted.out).toContain('service web in myproject-a (us-central1)');
    expect((await checkEstate('-f', web, '--as', 'alice@example.com')).out).toContain(
      `By the facts of ${estate}.`,
    );
    expect((await check('-f', web, '--as', 'carol@example.com')).status).toBe(1);
    const mesh = await file('mesh.yaml', service('mesh', 'run.googleapis.com/mesh: m'));
    const unknown = await check('-f', mesh, '--as', 'alice@example.com');
    expect(unknown.status).toBe(2);
    expect(unwrapped(unknown.out)).toContain('servicemeshesarenotjudged');
    const japanese = await check('-f', mesh, '--as', 'alice@example.com', '--lang', 'ja');
    expect(unwrapped(japanese.out)).toContain('サービスメッシュは判定しません');
  });

  it('judges several at once, and tells programs of all of them with their places', async () => {
    await file('many/web.yaml', service('web'));
    await file('many/sub/api.yaml', `${service('api')}---\n${service('admin')}`);
    await file('many/kustomization.yaml', 'resources: [web.yaml]');
    await file('many/.hidden.yaml', '{');
    const { status, out, err } = await check(
      ...['-f', path.join(dir, 'many'), '--as', 'carol@example.com', '--format', 'json'],
    );
    expect(status).toBe(1);
    expect(err).toContain("One document is none of Cloud Run's, and passed over:");
    const report = JSON.parse(out);
    expect(report).toMatchObject({
      schema: 'sekisho.checks/1',
      verdict: 'denied',
      source: `the plane at ${plane.url}`,
      faults: [],
    });
    expect(report.checks.map((each: { label: string }) => each.label)).toEqual([
      path.join(dir, 'many/sub/api.yaml (api)'),
      path.join(dir, 'many/sub/api.yaml (admin)'),
      path.join(dir, 'many/web.yaml'),
    ]);
    const acts = report.checks[1].requirements.find(({ id }: { id: string }) => id === 'deployer-acts-as');
    expect(acts).toMatchObject({
      verdict: 'denied',
      place: { file: path.join(dir, 'many/sub/api.yaml'), line: 25 },
    });
    const table = await check('-f', path.join(dir, 'many'), '--as', 'alice@example.com');
    expect(table.out).toContain('3 deploys: 3 granted, 0 denied, 0 unknown.');
  });

  it('reads the standard input, and writes what code scanning and GitHub read', async () => {
    const args = ['check', '-f', '-', '--as', 'carol@example.com'];
    const summary = await file('summary.md', 'before\n');
    const env = { GITHUB_STEP_SUMMARY: summary, SEKISHO_DATA: plane.dataDir };
    const asked = (format: string) => runCli([...args, '--format', format], { env, stdin: service('web') });
    const sarif = JSON.parse((await asked('sarif')).out);
    expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ properties: { verdict: 'denied' } }] });
    expect((await asked('github')).out).toMatch(/^::error file=<stdin>,line=4,/);
    expect(await readFile(summary, 'utf8')).toMatch(/^before\n[\s\S]*roles\/run\.developer/);
    expect((await asked('markdown')).out).toContain('roles/run.developer');
  });

  it('explains', async () => {
    const web = await file('web.yaml', service('web'));
    const { out } = await check('-f', web, '--as', 'bob@example.com', '--explain', '--format', 'json');
    const { requirements } = JSON.parse(out).checks[0];
    expect(requirements.some((each: object) => 'explanation' in each)).toBe(true);
    const text = await check('-f', web, '--as', 'bob@example.com', '--explain');
    expect(text.out).toContain('deployers@example.com');
  });

  it('knows a project by its number, and refuses one that is not that of --project', async () => {
    const numbered = service('web').replace('namespace: myproject-a', "namespace: '891566352225'");
    const web = await file('numbered.yaml', numbered);
    const as = ['--as', 'alice@example.com'];
    expect((await check('-f', web, ...as, '--project', 'myproject-a')).status).toBe(0);
    const other = await check('-f', web, ...as, '--project', 'myproject-x');
    expect(other).toMatchObject({
      status: 64,
      err: expect.stringContaining('lies in the project myproject-a, and --project is myproject-x'),
    });
  });

  it.each([
    ['-f', 'no.yaml', 'no.yaml cannot be read (ENOENT)'],
    ['-f', 'latin.yaml', 'latin.yaml:1:4: is not in UTF-8'],
    ['-f', 'empty', 'no service, job or worker pool is described here'],
    ['-f', 'elsewhere.yaml', "Project 'no-such-project' not found"],
    ['--source', 'estate=bad.yaml', 'bad.yaml:1:11: projekts: The key "projekts" is not known here.'],
    ['--groups', 'web.yaml', "'apiVersion' is no group's address"],
  ])('is bad usage for %s %s', async (flag, value, says) => {
    await file('latin.yaml', '');
    await writeFile(path.join(dir, 'latin.yaml'), Buffer.from('caf\u00e9: x', 'latin1'));
    await mkdir(path.join(dir, 'empty'), { recursive: true });
    await file('elsewhere.yaml', service('web').replace('myproject-a\n', 'no-such-project\n'));
    await file('bad.yaml', 'projekts: []');
    const web = await file('web.yaml', service('web'));
    const place = value.replace(/[^=]+$/, (name) => path.join(dir, name));
    const { status, err, out } = await check(
      ...(flag === '-f' ? [] : ['-f', web]),
      ...[flag, place, '--as', 'alice@example.com'],
    );
    expect(err).toContain(says);
    expect({ status, out }).toEqual({ status: 64, out: '' });
  });
});

describe('sekisho check run, of another source than a plane', () => {
  const flags = ['run', 'service', 'web', '--project=myproject-a', '--region=us-central1', '--image', IMAGE];

  it('gives one report, and takes options before and after run', async () => {
    const account = `--service-account=${RUNTIME}`;
    const asked = await check('--format', 'json', ...flags, account, '--as', 'bob@example.com');
    expect(JSON.parse(asked.out)).toMatchObject({ schema: 'sekisho.check/1', verdict: 'granted' });
    expect(asked.status).toBe(0);
  });

  it('takes the owner for who deploys, and the softer check of images where it is asked for', async () => {
    const account = `--service-account=${RUNTIME}`;
    const owner = await checkEstate(...flags, account);
    expect(owner.status).toBe(0);
    const theirs = 'us-docker.pkg.dev/myproject-a/private/web';
    const of = async (...more: string[]) => {
      const { out } = await checkEstate(
        ...[...flags.slice(0, -1), theirs, account, '--as=alice@example.com', '--format=json', ...more],
      );
      return JSON.parse(out).requirements.find(({ id }: { id: string }) => id === 'deployer-reads-image');
    };
    expect(await of()).toMatchObject({ verdict: 'denied', effect: 'refuses' });
    expect(await of('--image-read-check=warn')).toMatchObject({ verdict: 'denied', effect: 'warns' });
  });
});

describe('a plane', () => {
  it('gives the same verdicts by its own word and by its facts', async () => {
    const text = service('web', 'run.googleapis.com/mesh: m');
    const web = await file('web.yaml', text.replace('namespace: myproject-a', "namespace: '891566352225'"));
    const verdicts = async (...more: string[]) => {
      const { out } = await check('-f', web, '--as', 'carol@example.com', '--format=json', ...more);
      const { requirements } = JSON.parse(out).checks[0];
      return requirements.map(({ id, verdict, place }: Record<string, unknown>) => ({ id, verdict, place }));
    };
    const own = await verdicts();
    expect(own.length).toBeGreaterThan(8);
    expect(own.find(({ id }: { id: string }) => id === 'not-judged')).toMatchObject({ place: { line: 9 } });
    expect(await verdicts('--explain')).toEqual(own);
  });
});

describe('sekisho check --plan', () => {
  const plan = (name: string) => path.join(import.meta.dirname, '../../sources/terraform/plans', name);

  it('judges what the plan makes, and says what goes wrong whatever is granted', async () => {
    const { status, out } = await check('--plan', plan('no-edge.json'), '--as', 'alice@example.com');
    expect(status).toBe(1);
    expect(out).toContain('What goes wrong whatever is granted:');
    expect(out).toContain('no-edge');
    expect(out).toContain('By the facts of');
  });

  it('is bad usage for what is no plan, and for one that deploys nothing', async () => {
    const state = await file('state.json', '{"format_version":"1.0","values":{}}');
    const bad = await check('--plan', state, '--as', 'alice@example.com');
    expect(bad).toMatchObject({ status: 64, err: expect.stringContaining('state.json') });
    const empty = await file(
      'empty.json',
      '{"format_version":"1.2","resource_changes":[],"configuration":{}}',
    );
    const none = await check('--plan', empty, '--as', 'alice@example.com');
    expect(none).toMatchObject({ status: 64, err: expect.stringContaining('neither creates nor changes') });
  });
});

describe('--graph', () => {
  it('draws one deploy, as SVG and as Mermaid', async () => {
    const web = await file('web.yaml', service('web'));
    for (const [name, begins] of [
      ['g.svg', '<svg '],
      ['g.mmd', 'flowchart '],
    ] as const) {
      const where = path.join(dir, name);
      const { status } = await check('-f', web, '--as', 'carol@example.com', '--graph', where);
      expect(status).toBe(1);
      expect(await readFile(where, 'utf8')).toMatch(new RegExp(`^${begins}`));
    }
    const two = await check('-f', web, web, '--as=carol@example.com', '--graph', path.join(dir, 'x.svg'));
    expect(two).toMatchObject({ status: 64, err: expect.stringContaining('one at a time') });
    const nowhere = path.join(dir, 'no/where.svg');
    const failed = await check('-f', web, '--as=carol@example.com', '--graph', nowhere);
    expect(failed).toMatchObject({ status: 64, err: expect.stringContaining('cannot be written (ENOENT)') });
  });
});
