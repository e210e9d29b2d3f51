/** The yardstick: the same image unpacked by tar and started by crun alone, with nothing of ours between. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BuiltImage } from '../src/registry/index.js';
import { get } from './http.js';

/** A free port of the host's: bare containers run in its network. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Unpacks every layer with `tar -xzp`, one process a layer. @returns the milliseconds it took */
export async function unpack(image: BuiltImage, rootfs: string): Promise<number> {
  await mkdir(rootfs, { recursive: true });
  const started = performance.now();
  for (const layer of image.layers) {
    const tar = spawn('tar', ['-xzpf', '-', '-C', rootfs], { stdio: ['pipe', 'ignore', 'inherit'] });
    const done = new Promise<void>((resolve, reject) =>
      tar.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar: ${code}`)))),
    );
    await pipeline(layer.open(), tar.stdin);
    await done;
  }
  return performance.now() - started;
}

/** crun 1.8 refuses machines with both cgroup versions unless the second is out of its sight. */
const CRUN = existsSync('/sys/fs/cgroup/unified')
  ? [
      'unshare',
      '-m',
      '--propagation',
      'private',
      'sh',
      '-c',
      'mount -t tmpfs none /sys/fs/cgroup/unified; exec "$@"',
      'sh',
      'crun',
    ]
  : ['crun'];

/** @returns milliseconds from the spawn of `crun run` to the first HTTP answer */
export async function coldStart(dir: string, command: readonly string[], id: string): Promise<number> {
  const port = await freePort();
  const file = path.join(dir, 'config.json');
  await rm(file, { force: true });
  execFileSync('crun', ['spec'], { cwd: dir, stdio: 'ignore' });
  const config = JSON.parse(await readFile(file, 'utf8'));
  config.process.args = command;
  config.process.terminal = false;
  config.process.env = [`PORT=${port}`, 'K_SERVICE=bare', 'PATH=/usr/local/bin:/usr/bin:/bin'];
  config.root.readonly = false;
  config.linux.namespaces = config.linux.namespaces.filter(
    ({ type }: { type: string }) => type !== 'network',
  );
  config.mounts = config.mounts.filter(({ type }: { type: string }) => type !== 'cgroup' && type !== 'sysfs');
  await writeFile(file, JSON.stringify(config));
  const [program, ...args] = [...CRUN, '--cgroup-manager=cgroupfs', 'run', '--bundle', dir, id];
  const started = performance.now();
  const container = spawn(program ?? 'crun', args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => container.once('close', resolve));
  for (;;) {
    const answer = await get(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const took = performance.now() - started;
  execFileSync(CRUN[0] ?? 'crun', [...CRUN.slice(1), '--cgroup-manager=cgroupfs', 'kill', id, 'KILL'], {
    stdio: 'inherit',
  });
  await ended;
  return took;
}
