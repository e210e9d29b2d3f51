import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPlane, type TestPlane } from '../../testing/index.js';
import { runCli } from '../test-world.js';

vi.setConfig({ hookTimeout: 60_000 });

const HOST = 'asia-northeast1-docker.pkg.dev';
const IMAGE = `${HOST}/my-project/repo/web`;

let plane: TestPlane;
let dir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  plane = await startPlane({ runtime: 'none' });
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-image-'));
  env = { PATH: '/usr/bin:/bin', HOME: dir, SEKISHO_DATA: plane.dataDir };
  await mkdir(path.join(dir, 'app'));
  await writeFile(path.join(dir, 'app/hello.sh'), 'echo hello');
  const token = await runCli(['token'], { env });
  const send = async (url: string, body: object) => {
    const answer = await fetch(`${plane.url}/${url}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.out.trim()}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.text()).toBe(200);
  };
  await send('cloudresourcemanager.googleapis.com/v1/projects', { projectId: 'my-project' });
  await send('serviceusage.googleapis.com/v1/projects/my-project/services:batchEnable', {
    serviceIds: ['artifactregistry.googleapis.com', 'run.googleapis.com'],
  });
  await send(
    'artifactregistry.googleapis.com/v1/projects/my-project/locations/asia-northeast1/repositories?repositoryId=repo',
    { format: 'DOCKER' },
  );
});
afterAll(async () => {
  await plane.stop();
  await rm(dir, { recursive: true, force: true });
});

const build = (...args: string[]) => runCli(['image', 'build', path.join(dir, 'app'), ...args], { env });

describe('image build', () => {
  it('makes the same image of the same files, with what was asked for in its config', async () => {
    const output = path.join(dir, 'layout');
    const flags = ['--env', 'A=b=c', '--user', '1000', '--workdir', '/srv', '--output', output];
    const first = await build('--tag', IMAGE, ...flags, '--binary', 'sh', '--', 'sh', 'hello.sh');
    expect(first).toMatchObject({ status: 0, err: '' });
    const digest = /sha256:[0-9a-f]{64}/.exec(first.out)?.[0];
    const second = await build('--tag', IMAGE, ...flags, '--binary', 'sh', '--', 'sh', 'hello.sh');
    expect(second.out).toContain(String(digest));
    const blob = async (of: string): Promise<Record<string, unknown>> =>
      JSON.parse(await readFile(path.join(output, 'blobs/sha256', of.slice(7)), 'utf8'));
    const manifest = await blob(String(digest));
    const { config } = await blob((manifest.config as { digest: string }).digest);
    expect(config).toEqual({
      Entrypoint: ['sh', 'hello.sh'],
      Env: ['PATH=/usr/bin:/usr/local/bin:/bin', 'A=b=c'],
      WorkingDir: '/srv',
      User: '1000',
    });
  });

  it.each([
    ['no command and no binary', ['--tag', IMAGE], 'say what the container runs'],
    ['an image of no repository', ['--tag', 'web', '--', 'x'], "'web' names no image"],
    ['an image by digest', ['--tag', `${IMAGE}@sha256:${'0'.repeat(64)}`, '--', 'x'], 'names no image'],
    ['a binary that is not there', ['--tag', IMAGE, '--binary', 'no-such'], '--binary no-such'],
    ['an odd variable', ['--tag', IMAGE, '--env', 'A', '--', 'x'], "--env 'A'"],
    ['a relative place', ['--tag', IMAGE, '--workdir', 'srv', '--', 'x'], "--workdir 'srv'"],
  ])('refuses %s as bad usage', async (_, args, words) => {
    const { status, err } = await build(...args);
    expect(status).toBe(64);
    expect(err).toContain(words);
  });
});

describe('image push', () => {
  it('pushes what was built, as somebody who may', async () => {
    const built = await build('--tag', `${IMAGE}:v2`, '--', '/app/hello.sh');
    const digest = /sha256:[0-9a-f]{64}/.exec(built.out)?.[0];
    expect(await runCli(['image', 'push', `${IMAGE}:v2`], { env })).toEqual({
      status: 0,
      err: '',
      out: `${IMAGE}@${digest}\n`,
    });
  });

  it('says in the registry’s words why somebody may not', async () => {
    await build('--tag', IMAGE, '--', '/app/hello.sh');
    const { status, err } = await runCli(['image', 'push', IMAGE, '--as', 'bob@example.com'], { env });
    expect(status).toBe(1);
    expect(err).toBe(
      `sekisho: ${IMAGE}:latest could not be pushed as user:bob@example.com: Permission ` +
        '"artifactregistry.repositories.uploadArtifacts" denied on resource ' +
        '"projects/my-project/locations/asia-northeast1/repositories/repo" (or it may not exist)\n',
    );
  });

  it('pushes an OCI image layout of others', async () => {
    const output = path.join(dir, 'other');
    await build('--tag', IMAGE, '--output', output, '--', '/app/hello.sh');
    const { status, out } = await runCli(['image', 'push', `${IMAGE}:other`, '--from', output], { env });
    expect({ status, out }).toEqual({ status: 0, out: expect.stringContaining(`${IMAGE}@sha256:`) });
  });

  it('says how to build what is not there', async () => {
    const { status, err } = await runCli(['image', 'push', `${HOST}/my-project/repo/other`], { env });
    expect(status).toBe(64);
    expect(err).toContain('Build it: sekisho image build DIR');
  });
});
