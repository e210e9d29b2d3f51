/** The demo as a newcomer runs it, by both of its ways; and that nothing of it is left, however it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftovers, NOTHING } from '../src/runtime/testing-leftovers.js';
import { addOrdinaryUser } from '../src/runtime/testing-user.js';
import { run, SEKISHO } from './support/plane.js';
import { canRun } from './support/tools.js';

const LIMIT_MS = 300_000;
let home: string;
let data: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'sekisho-demo-test-'));
  data = path.join(home, 'plane');
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const environment = () => ({ ...process.env, TMPDIR: home, LC_ALL: 'C.UTF-8', LANG: 'C.UTF-8' });

function demo(...args: readonly string[]) {
  return run(process.execPath, [SEKISHO, 'demo', '--data', data, ...args], { env: environment() });
}

/** Processes whose command line names the test's directory. */
async function processes(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(home)).map((line) => line.replaceAll('\0', ' '));
}

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(home)).toEqual([]);
  expect(await processes()).toEqual([]);
  // Control groups and mounts go by the directory's name; it is made again only to ask for them.
  await mkdir(data);
  expect(leftovers(data)).toEqual(NOTHING);
}

/** The text without the line breaks that fit it to a page. */
const flat = (text: string) => text.replace(/\s+/g, ' ');

/** What both ways must show, in the order of the stories. */
function expectStories(page: string): void {
  const number = /service-(\d+)@serverless-robot-prod/.exec(page)?.[1] ?? '';
  const agent = `service-${number}@serverless-robot-prod.iam.gserviceaccount.com`;
  const inOrder = [
    'Story 1',
    "PERMISSION_DENIED: Permission 'run.services.get' denied on resource 'namespaces/myproject-a/services/my-cloud-run-app' (or resource may not exist).",
    'Nothing was created: myproject-a has 0 services.',
    `Permission 'iam.serviceaccounts.actAs' denied on service account ${number}-compute@developer.gserviceaccount.com (or it may not exist).`,
    'Nothing was created: myproject-a has 0 services.',
    'User must have permission to read the image, asia-northeast1-docker.pkg.dev/myproject-b/myrepo/my-cloud-run-app:latest.',
    'Nothing was created: myproject-a has 0 services.',
    `Google Cloud Run Service Agent ${agent} must have permission to read the image`,
    'no revision of it is ready',
    'sekisho check run service my-cloud-run-app',
    'To mend it, run:',
    `owner$ gcloud artifacts repositories add-iam-policy-binding myrepo --project=myproject-b`,
    `Service URL: https://my-cloud-run-app-${number}.asia-northeast1.run.app`,
    'Hello from my-cloud-run-app, revision my-cloud-run-app-00002-',
    'remove-iam-policy-binding',
    'Hello from my-cloud-run-app, revision my-cloud-run-app-00002-',
    'Story 2',
    'sekisho start --image-read-check warn',
    'Service URL: https://my-cloud-run-app-',
    'severity: ERROR',
    'The log of myproject-c has 1 entry for the query.',
    'Service URL: https://my-cloud-run-app-2-',
    'No further entry: the log of myproject-c still has 1 entry for the query.',
    'sekisho start --image-read-check enforce',
    'User must have permission to read the image, asia-northeast1-docker.pkg.dev/myproject-c/docker-repo/my-cloud-run-app:latest.',
    'Nothing was created: myproject-c still has 2 services.',
    'Hello from my-cloud-run-app, revision my-cloud-run-app-00001-',
    'Both stories went as they do on Google Cloud',
    'The plane, its containers and its data have been removed.',
  ];
  let rest = flat(page);
  for (const sentence of inOrder) {
    const place = rest.indexOf(sentence);
    expect(place, sentence).toBeGreaterThanOrEqual(0);
    rest = rest.slice(place + sentence.length);
  }
}

describe.runIf(canRun('crun'))('the demo without gcloud', () => {
  it('shows both stories, lists the calls, and leaves nothing', { timeout: LIMIT_MS }, async () => {
    const { code, stdout, stderr } = await demo('--no-gcloud');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectStories(stdout);
    expect(stdout).toContain('each gcloud command below is carried out by');
    expect(stdout).toMatch(/POST https:\/\/asia-northeast1-run\.googleapis\.com\/\S+\/services → 403/);
    await expectNothingLeft();
  });

  it.runIf(process.getuid?.() === 0)(
    'is played by ordinary users as well, and leaves nothing of theirs',
    { timeout: LIMIT_MS },
    async () => {
      const user = addOrdinaryUser('many');
      try {
        const [command = '', ...prefix] = user.prefix;
        const words = [...prefix, process.execPath, SEKISHO, 'demo', '--no-gcloud'];
        const before = await readdir(user.home);
        const { code, stdout } = await run(command, words, { env: { ...environment(), TMPDIR: user.home } });
        expectStories(stdout);
        expect(code).toBe(0);
        expect(await readdir(user.home)).toEqual(before);
        expect(user.processes()).toEqual([]);
      } finally {
        user.remove();
      }
    },
  );

  it('speaks Japanese, while Google stays English', { timeout: LIMIT_MS }, async () => {
    const { code, stdout } = await demo('--no-gcloud', '--lang', 'ja');
    expect(code).toBe(0);
    for (const sentence of [
      'ストーリー 1: 別のプロジェクトのイメージをデプロイする',
      'ストーリー 2: 2025 年 1 月 15 日の変更',
      '拒否されました。何も作成されていません: myproject-a のサービスは 0 個です。',
      'サービスが応答しました。',
      'プレーン、コンテナ、データはすべて削除しました。',
      'User must have permission to read the image',
    ]) {
      expect(stdout).toContain(sentence);
    }
    expect(stdout).not.toContain('Nothing was created');
    await expectNothingLeft();
  });

  it('leaves nothing when it is interrupted half-way', { timeout: LIMIT_MS }, async () => {
    const child = spawn(process.execPath, [SEKISHO, 'demo', '--data', data, '--no-gcloud'], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await saying(child, 'Story 2');
    child.kill('SIGINT');
    expect(await ended(child)).toBe(130);
    await expectNothingLeft();
  });

  it('leaves the plane running with --keep, and says how to go on and to end it', {
    timeout: LIMIT_MS,
  }, async () => {
    const { code, stdout } = await demo('--no-gcloud', '--keep');
    expect(code).toBe(0);
    const url = /The plane goes on at (http:\/\/127\.0\.0\.1:\d+)/.exec(flat(stdout))?.[1] ?? '';
    expect(await (await fetch(`${url}/healthz`)).text()).not.toBe('');
    expect(stdout).toMatch(/http:\/\/my-cloud-run-app-\d+\.asia-northeast1\.run\.app\.localhost:\d+\//);
    expect(flat(stdout)).toContain(`stop --data ${data} && rm -r ${data}`);
    const stopped = await run(process.execPath, [SEKISHO, 'stop', '--data', data], { env: environment() });
    expect(stopped.code).toBe(0);
    await rm(data, { recursive: true });
    await expectNothingLeft();
  });

  it('touches no directory that holds something', async () => {
    await mkdir(data);
    await writeFile(path.join(data, 'mine.txt'), 'mine');
    const { code, stderr } = await demo('--no-gcloud');
    expect(code).toBe(64);
    expect(stderr).toContain(data);
    expect(await readdir(data)).toEqual(['mine.txt']);
  });
});

describe.runIf(canRun('crun', 'gcloud', 'skopeo'))('the demo by gcloud', () => {
  it('shows both stories in gcloud’s own words, and leaves nothing', { timeout: LIMIT_MS }, async () => {
    const { code, stdout, stderr } = await demo();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectStories(stdout);
    expect(stdout).toContain('run by the real gcloud');
    expect(stdout).toMatch(/Creating Revision\.+failed\n\s+Deployment failed/);
    expect(stdout).toContain(
      '[alice@example.com] does not have permission to access namespaces instance [myproject-a]',
    );
    expect(stdout).toMatch(/skopeo copy \\?\s*oci:/);
    await expectNothingLeft();
  });
});

/** Resolves when the process has printed a text. @throws when it ends before */
function saying(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (said.includes(text)) resolve();
    });
    child.once('close', () => reject(new Error(`it ended without saying "${text}":\n${said}`)));
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('close', (code) => resolve(code));
  });
}
