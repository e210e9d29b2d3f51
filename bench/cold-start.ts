/** From "start a container" to its first HTTP answer: our executor beside bare crun, taking turns in one process. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { openExecutor } from '../src/runtime/index.js';
import { dial, mount, unmount } from '../src/runtime/linux/index.js';
import { busyboxLayer, nodeLayer, shell } from '../src/runtime/testing-images.js';
import type { Executor, Layer } from '../src/runtime/types.js';
import type { BenchResult } from './result.js';

const RUNS = 20;
const FACTOR = 1.3;
const ALLOWANCE_MS = 5;
const NODE_SERVER = "require('http').createServer((q, r) => r.end('hello')).listen(8080)";

/** The same for both. */
const LIMITS = { memory: { limit: 512 * 2 ** 20 }, cpu: { quota: 100_000, period: 100_000 } };

const IMAGES: readonly { name: string; layer: () => Layer; args: readonly string[] }[] = [
  { name: 'busybox', layer: busyboxLayer, args: ['/bin/httpd', '-f', '-p', '8080', '-h', '/www'] },
  { name: 'node-http', layer: nodeLayer, args: ['/node', '-e', NODE_SERVER] },
];

/** Medians in milliseconds. Needs root and crun. */
export async function run(): Promise<BenchResult[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sekisho-bench-'));
  const executor = await openExecutor('oci', {
    dataDir,
    onWarning: (message) => process.stderr.write(message),
  });
  try {
    const results: BenchResult[] = [];
    for (const image of IMAGES) results.push(...(await compare(executor, dataDir, image)));
    return results;
  } finally {
    await executor.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function compare(
  executor: Executor,
  dataDir: string,
  image: (typeof IMAGES)[number],
): Promise<BenchResult[]> {
  const layer = image.layer();
  await executor.prepare([layer]);
  const rootfs = join(dataDir, 'runtime/layers/sha256', layer.diffId.slice('sha256:'.length));
  const ours: number[] = [];
  const bare: number[] = [];
  await throughExecutor(executor, layer, image.args); // also enters the mount namespace that crun needs
  for (let round = 0; round < RUNS; round++) {
    bare.push(await bareCrun(dataDir, rootfs, image.args));
    ours.push(await throughExecutor(executor, layer, image.args));
  }
  const bar = FACTOR * median(bare) + ALLOWANCE_MS;
  return [
    { name: `cold start, ${image.name}, bare crun`, value: median(bare), unit: 'ms' },
    {
      name: `cold start, ${image.name}, executor`,
      value: median(ours),
      unit: 'ms',
      bar: `≤ ${FACTOR} × bare crun + ${ALLOWANCE_MS} ms = ${bar.toFixed(1)} ms`,
      ok: median(ours) <= bar,
    },
  ];
}

async function throughExecutor(executor: Executor, layer: Layer, args: readonly string[]): Promise<number> {
  const spec = shell('', { layers: [layer], config: { Cmd: args }, memoryBytes: LIMITS.memory.limit });
  const begin = performance.now();
  const instance = await executor.start(spec);
  await firstAnswer(() => instance.connect(8080));
  const took = performance.now() - begin;
  await instance.stop(0);
  return took;
}

/** An overlay and what `crun spec` writes, with a network of its own: the least that anyone could do. */
async function bareCrun(dataDir: string, layer: string, args: readonly string[]): Promise<number> {
  const bundle = join(dataDir, 'bare');
  for (const name of ['upper', 'work', 'rootfs']) mkdirSync(join(bundle, name), { recursive: true });
  const template = specTemplate(bundle);
  const pidFile = join(bundle, 'pid');
  const begin = performance.now();
  const overlay = `lowerdir=${layer},upperdir=${bundle}/upper,workdir=${bundle}/work`;
  mount('overlay', join(bundle, 'rootfs'), 'overlay', 0, overlay);
  const process = { ...template.process, args, terminal: false };
  const root = { path: 'rootfs', readonly: false };
  const config = {
    ...template,
    root,
    process,
    linux: { ...template.linux, cgroupsPath: '/sekisho-bench/bare', resources: LIMITS },
  };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  const runArgs = ['--cgroup-manager=cgroupfs', `--root=${dataDir}/bare-state`, 'run', '--bundle', bundle];
  const crun = spawn('crun', [...runArgs, '--pid-file', pidFile, 'bare'], { stdio: 'ignore' });
  const pid = await pidOf(pidFile, crun);
  const netns = openSync(`/proc/${pid}/ns/net`, 'r');
  await firstAnswer(() => dial(() => netns, 8080));
  const took = performance.now() - begin;
  closeSync(netns);
  globalThis.process.kill(pid, 'SIGKILL');
  await once(crun, 'exit');
  unmount(join(bundle, 'rootfs'));
  rmSync(bundle, { recursive: true, force: true });
  removeGroups();
  return took;
}

interface SpecTemplate {
  readonly process: object;
  readonly linux: object;
}

let template: SpecTemplate | undefined;

function specTemplate(bundle: string): SpecTemplate {
  if (template === undefined) {
    execFileSync('crun', ['spec'], { cwd: bundle });
    template = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as SpecTemplate;
  }
  return template;
}

async function pidOf(pidFile: string, crun: ChildProcess): Promise<number> {
  for (;;) {
    const pid = readPid(pidFile);
    if (pid > 0) return pid;
    if (crun.exitCode !== null) throw new Error('crun ended before the container ran');
    await delay(1);
  }
}

function readPid(pidFile: string): number {
  try {
    return Number(readFileSync(pidFile, 'utf8'));
  } catch {
    return 0;
  }
}

/** Tries each millisecond until something listens and answers. */
async function firstAnswer(connect: () => Promise<Duplex>): Promise<void> {
  for (;;) {
    const socket = await connect().catch(() => undefined);
    if (socket === undefined) {
      await delay(1);
      continue;
    }
    socket.write('GET / HTTP/1.0\r\n\r\n');
    if (!(await text(socket)).includes(' 200 ')) throw new Error('the container answered with an error');
    return;
  }
}

function removeGroups(): void {
  for (const tree of readdirSync('/sys/fs/cgroup')) {
    rmSync(join('/sys/fs/cgroup', tree, 'sekisho-bench'), { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
