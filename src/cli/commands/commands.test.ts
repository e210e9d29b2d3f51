import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPlane, type TestPlane } from '../../testing/index.js';
import { runCli } from '../test-world.js';

// The first plane of a process loads every room, which takes a while on a busy machine.
vi.setConfig({ hookTimeout: 60_000 });

let plane: TestPlane;
let dir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  plane = await startPlane({ runtime: 'none' });
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-commands-'));
  // A machine without gcloud, and a home of its own.
  env = { PATH: dir, HOME: dir, SEKISHO_DATA: plane.dataDir };
});
afterAll(async () => {
  await plane.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Runs a shell script as a client; what it prints to the file `out` is returned. */
async function exec(script: string, ...options: string[]) {
  const out = path.join(dir, `out-${crypto.randomUUID()}`);
  const { status, err } = await runCli(['exec', ...options, '--', '/bin/sh', '-c', script], {
    env: { ...env, OUT: out },
  });
  return { status, err, out: existsSync(out) ? await readFile(out, 'utf8') : '' };
}

describe('exec', () => {
  it("gives the command the plane's environment", async () => {
    const { status, out } = await exec(
      'echo "$https_proxy $SEKISHO_AS $CLOUDSDK_CORE_PROJECT $CLOUDSDK_RUN_REGION" > "$OUT"',
      '--as=alice@example.com',
      '--project=my-project',
      '--region=asia-northeast1',
    );
    expect({ status, out }).toEqual({
      status: 0,
      out: `${plane.url} user:alice@example.com my-project asia-northeast1\n`,
    });
  });

  it('acts as the owner by default, and in a shell of somebody as that one', async () => {
    const script = 'echo "$SEKISHO_AS" > "$OUT"';
    expect((await exec(script)).out).toBe('user:owner@example.com\n');
    env.SEKISHO_AS = 'user:carol@example.com';
    expect((await exec(script)).out).toBe('user:carol@example.com\n');
    delete env.SEKISHO_AS;
  });

  it('needs no -- before the command, whose options are its own', async () => {
    const { status } = await runCli(['exec', '/bin/sh', '-c', 'exit 9', '--as', 'x'], { env });
    expect(status).toBe(9);
  });

  it.each([
    ['exit 7', 7],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('ends as the command ends: %s', async (script, status) => {
    expect(await exec(script)).toEqual({ status, err: '', out: '' });
  });

  it('ends with 127 when there is no such command, with 126 when it cannot be run', async () => {
    expect(await runCli(['exec', 'no-such-command'], { env })).toEqual({
      status: 127,
      out: '',
      err: 'sekisho: no-such-command: command not found\n',
    });
    expect((await runCli(['exec', dir], { env })).status).toBe(126);
  });

  it('hands signals on to the command', async () => {
    const ready = path.join(dir, 'ready');
    const running = exec(`trap 'exit 5' TERM; : > ${ready}; while :; do /bin/sleep 0.01; done`);
    await vi.waitFor(() => expect(existsSync(ready)).toBe(true), { timeout: 5000 });
    process.emit('SIGTERM', 'SIGTERM');
    expect((await running).status).toBe(5);
    expect(process.listenerCount('SIGUSR2')).toBe(0);
  });

  it('refuses to act as a service account that is not there', async () => {
    const { status, err } = await exec('true', '--as=nobody@my-project.iam.gserviceaccount.com');
    expect(err).toContain('nobody@my-project.iam.gserviceaccount.com does not exist');
    expect(status).toBe(1);
  });
});

describe('shell', () => {
  it("is the user's, and says where they are", async () => {
    const { status, err } = await runCli(['shell', '--as', 'alice@example.com'], {
      env: { ...env, SHELL: '/bin/true' },
    });
    expect(status).toBe(0);
    expect(err).toBe(
      `In this true, Google Cloud is the plane at ${plane.url}, and you are user:alice@example.com. Leave it with exit.\n`,
    );
  });
});

describe('env', () => {
  it('prints what exec would give, and what it would take away', async () => {
    const { out, status } = await runCli(['env', '--format', 'json', '--as', 'alice@example.com'], {
      env: { ...env, CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: '/token' },
    });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      HTTPS_PROXY: plane.url,
      SEKISHO_AS: 'user:alice@example.com',
      CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: null,
    });
  });
});

describe('token', () => {
  const claims = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

  it("prints an access token that the plane's APIs take", async () => {
    const { out } = await runCli(['token', '--as', 'alice@example.com'], { env });
    const url = `${plane.url}/cloudresourcemanager.googleapis.com/v1/projects`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${out.trim()}` } });
    expect(answer.status).toBe(200);
  });

  it('prints an ID token for an audience', async () => {
    const { out } = await runCli(['token', '--audience', 'https://web.example.com'], { env });
    expect(claims(out)).toMatchObject({ aud: 'https://web.example.com', email: 'owner@example.com' });
  });
});

describe('check run service', () => {
  const line = ['check', 'run', 'service', 'web', '--region', 'asia-northeast1', '--image'];
  const image = 'asia-northeast1-docker.pkg.dev/my-project/repo/web';

  async function createProject(): Promise<void> {
    const token = (await runCli(['token'], { env })).out.trim();
    const answer = await fetch(`${plane.url}/cloudresourcemanager.googleapis.com/v1/projects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ projectId: 'my-project' }),
    });
    expect(answer.status).toBe(200);
  }

  it('reports what is denied, as JSON and as a table, with exit status 1', async () => {
    await createProject();
    const asked = [...line, image, '--project=my-project', '--as=alice@example.com', '--cpu=2', '--quiet'];
    const json = await runCli([...asked, '--format', 'json'], { env });
    expect({ status: json.status, err: json.err }).toEqual({ status: 1, err: '' });
    const report = JSON.parse(json.out);
    expect(report).toMatchObject({ schema: 'sekisho.check/1', verdict: 'denied', target: { name: 'web' } });
    const denied = report.requirements.filter((each: { verdict: string }) => each.verdict === 'denied');
    expect(denied.map((each: { id: string }) => each.id)).toContain('deployer-deploys');
    const table = await runCli(asked, { env });
    expect(table.status).toBe(1);
    expect(table.out).toContain('run.services.create');
    const japanese = await runCli([...asked, '--lang', 'ja'], { env });
    expect(japanese.out).toContain('サービス web');
  });

  it('takes the project and region of the shell it is asked in', async () => {
    const { out } = await runCli(['check', 'run', 'service', 'web', '--image', image, '--format', 'json'], {
      env: { ...env, CLOUDSDK_CORE_PROJECT: 'my-project', CLOUDSDK_RUN_REGION: 'us-central1' },
    });
    expect(JSON.parse(out).target).toMatchObject({ project: 'my-project', location: 'us-central1' });
  });

  it('is bad usage where the plane cannot be asked such a thing', async () => {
    const { status, err } = await runCli([...line, image, '--project', 'no-such-project'], { env });
    expect(err).toContain('no-such-project');
    expect(status).toBe(64);
  });
});

describe('credential-helper', () => {
  const helper = (action: string, stdin: string) => runCli(['credential-helper', action], { env, stdin });

  it("gives a token for the plane's registries, by real and by own address", async () => {
    const { port } = new URL(plane.url);
    for (const server of ['asia-northeast1-docker.pkg.dev', 'https://gcr.io', `localhost:${port}`]) {
      const { status, out } = await helper('get', `${server}\n`);
      expect(status).toBe(0);
      expect(JSON.parse(out)).toEqual({
        ServerURL: server,
        Username: 'oauth2accesstoken',
        Secret: expect.stringMatching(/^ya29\./),
      });
    }
  });

  it('has none for other registries, in the words that clients know', async () => {
    const { status, out } = await helper('get', 'registry.example.com');
    expect({ status, out }).toEqual({ status: 1, out: 'credentials not found in native keychain\n' });
  });

  it('keeps nothing, and lists what it serves', async () => {
    expect(await helper('store', '{"Username":"x"}')).toEqual({ status: 0, out: '', err: '' });
    expect(await helper('erase', 'gcr.io')).toEqual({ status: 0, out: '', err: '' });
    expect(JSON.parse((await helper('list', '')).out)).toHaveProperty(['https://us-docker.pkg.dev']);
  });
});
