import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../test-world.js';

let dir: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-stop-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

/** A process that ends as a plane does: it drains for a moment, takes its record away, and exits. */
async function standIn(onTerm: string): Promise<number> {
  const script = `
    process.on('SIGTERM', () => setTimeout(() => { ${onTerm} }, 60));
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const started = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  await once(started.stdout, 'data');
  const pid = started.pid ?? 0;
  const record = { url: 'http://127.0.0.1:1', secret: 's', owner: 'user:owner@example.com', pid };
  await writeFile(path.join(dir, 'plane.json'), JSON.stringify(record));
  return pid;
}

describe('stop', () => {
  it('waits until the plane has taken its record away', async () => {
    const record = path.join(dir, 'plane.json');
    await standIn(`require('node:fs').rmSync(${JSON.stringify(record)}); process.exit();`);
    expect(await runCli(['stop', '--data', dir])).toEqual({ status: 0, out: '', err: '' });
    expect(existsSync(record)).toBe(false);
  });

  it('is done as well when the plane dies without doing so', async () => {
    await standIn(`process.kill(process.pid, 'SIGKILL');`);
    expect((await runCli(['stop', '--data', dir])).status).toBe(0);
    const again = await runCli(['stop', '--data', dir]);
    expect(again.status).toBe(1);
    expect(again.err).toContain(
      `is gone (process ${child?.pid}). Start it again: sekisho start --data ${dir}`,
    );
  });
});
