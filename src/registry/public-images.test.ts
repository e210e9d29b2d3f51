import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS, parseImage } from '../names/index.js';
import { parseLdd } from './binary-files.js';
import { goArchitecture } from './image-builder.js';
import { nodeServerImage } from './node-image.js';
import { HELLO_SCRIPT, JOB_SCRIPT, WORKER_POOL_SCRIPT } from './sample-scripts.js';
import { bytesOf, TestRegistry } from './test-registry.js';

let test: TestRegistry;
beforeAll(async () => {
  test = await TestRegistry.open();
  await test.registry.seedPublicImages();
});
afterAll(() => test.close());

describe('the hello image', () => {
  const pull = (text: string) => {
    const parsed = parseImage(text);
    if (!parsed.ok || parsed.image.registry !== 'artifact-registry') throw new Error(text);
    return test.registry.puller.pull(parsed.image, ANONYMOUS, `linux/${goArchitecture()}`, test.now);
  };

  it('is not built before somebody asks for it, and is readable by everybody then', async () => {
    expect(await test.filesOnDisk()).toEqual({ blobs: [], uploads: [] });
    const pulled = await pull('us-docker.pkg.dev/cloudrun/container/hello');
    if (!pulled.ok) throw new Error(pulled.failure.kind);
    expect(pulled.image.config).toMatchObject({ config: { User: '1000' } });
    const other = await pull('gcr.io/cloudrun/hello');
    expect(other).toMatchObject({ ok: true, image: { digest: pulled.image.digest } });
    expect((await test.filesOnDisk()).uploads).toEqual([]);
  }, 60_000);

  it('is listed by tag, over HTTP too', async () => {
    const authorization = `Basic ${Buffer.from(':').toString('base64')}`;
    const answer = await test.call('GET', '/v2/us-docker.pkg.dev/cloudrun/container/hello/tags/list', {
      authorization,
    });
    expect(JSON.parse(answer.text).tags).toEqual(['latest']);
  });

  it('holds a Node.js that runs with its own libraries alone, and the script', async () => {
    const image = await nodeServerImage({
      script: 'process.stdout.write("ran")',
      cacheDir: join(test.dataDir, 'registry', 'cache'),
    });
    const root = join(test.dataDir, 'root');
    await mkdir(root);
    for (const layer of image.layers) {
      const file = join(test.dataDir, 'layer');
      await writeFile(file, await bytesOf(layer));
      execFileSync('tar', ['-xzpf', file, '-C', root]);
    }
    const names = await readdir(join(root, 'app'));
    expect(names).toEqual(['server.mjs']);
    if (process.getuid?.() === 0) {
      const output = execFileSync('chroot', [root, '/usr/local/bin/node', '/app/server.mjs'], {
        encoding: 'utf8',
      });
      expect(output).toBe('ran');
    }
    await rm(root, { recursive: true });
  }, 60_000);

  it('can be seeded again without harm', async () => {
    await test.registry.seedPublicImages();
    expect(await test.registry.repositories.list('cloudrun')).toHaveLength(2);
    expect(await test.access.projects.get('105551234567')).toMatchObject({ projectId: 'cloudrun' });
  });
});

it('the hello page greets with the service’s name, and ends on SIGTERM', async () => {
  const script = join(test.dataDir, 'hello.mjs');
  await writeFile(script, HELLO_SCRIPT);
  const port = await freePort();
  const child = spawn(process.execPath, [script], {
    env: { PORT: String(port), K_SERVICE: 'my-<app>', K_REVISION: 'my-app-00001-abc' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const { body, statusCode } = await request(`http://127.0.0.1:${port}/any`);
  expect(statusCode).toBe(200);
  const page = await body.text();
  expect(page).toContain('my-&#60;app&#62;');
  expect(page).toContain('my-app-00001-abc');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it('the job ends when its time is over, and fails as often as it is told to', () => {
  const script = join(test.dataDir, 'job.mjs');
  writeFileSync(script, JOB_SCRIPT);
  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  const task = { CLOUD_RUN_TASK_INDEX: '3', CLOUD_RUN_TASK_ATTEMPT: '1' };
  expect(run(task)).toMatchObject({
    status: 0,
    stdout: 'Starting Task #3, Attempt #1...\nCompleted Task #3, Attempt #1.\n',
  });
  expect(run({ ...task, FAIL_RATE: '1' })).toMatchObject({
    status: 1,
    stderr: 'Task #3, Attempt #1 failed.\n',
  });
  expect(run({ ...task, FAIL_RATE: '2' }).status).toBe(1);
});

it('the worker pool works until SIGTERM', async () => {
  const script = join(test.dataDir, 'worker-pool.mjs');
  writeFileSync(script, WORKER_POOL_SCRIPT);
  const child = spawn(process.execPath, [script], {
    env: { CLOUD_RUN_WORKER_POOL: 'queue' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  expect(String(line)).toContain('Worker pool queue started');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('reading ldd', () => {
  it('takes libraries and the linker, leaves the kernel’s own out', () => {
    const output = [
      '\tlinux-vdso.so.1 (0x00007f86c7208000)',
      '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f86c7112000)',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f86c720a000)',
      '\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f0000000000)',
      '',
    ].join('\n');
    expect(parseLdd(output)).toEqual([
      '/lib/x86_64-linux-gnu/libm.so.6',
      '/lib64/ld-linux-x86-64.so.2',
      '/lib/ld-musl-x86_64.so.1',
    ]);
  });

  it('names a library that is missing', () => {
    expect(() => parseLdd('\tlibfoo.so => not found\n')).toThrow('libfoo.so');
  });
});
