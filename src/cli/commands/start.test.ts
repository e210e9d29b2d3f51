import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../test-world.js';

// The first plane of a process loads every room, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-start-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true, force: true });
});

/** Starts a plane in this process; resolves at its ready line. */
async function start(...args: string[]) {
  let ready: ((out: string) => void) | undefined;
  const line = new Promise<string>((resolve) => {
    ready = resolve;
  });
  const run = runCli(['start', '--listen=127.0.0.1:0', '--runtime=none', ...args], {
    onOut: (out) => ready?.(out),
  });
  const [, url = '', dataDir = ''] =
    /^sekisho is ready at (\S+) \(data: (.+)\)\n$/.exec(
      await Promise.race([line, run.then(({ err }) => err)]),
    ) ?? [];
  return { run, url, dataDir };
}

describe('start', () => {
  it('says in one line where it serves, and stops at the first signal, leaving the data', async () => {
    const { run, url, dataDir } = await start('--data', dir);
    expect(dataDir).toBe(dir);
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok');
    process.emit('SIGTERM', 'SIGTERM');
    const { status, out, err } = await run;
    expect(out.split('\n')).toHaveLength(2);
    expect({ status, err }).toEqual({
      status: 0,
      err: 'sekisho: SIGTERM: stopping; once more exits at once\nsekisho: stopped\n',
    });
    expect(existsSync(path.join(dir, 'plane.json'))).toBe(false);
    expect(existsSync(path.join(dir, 'plane.db'))).toBe(true);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('leaves nothing behind with --memory', async () => {
    const { run, dataDir } = await start('--memory', '--log-level=error');
    expect(existsSync(dataDir)).toBe(true);
    process.emit('SIGINT', 'SIGINT');
    expect((await run).err).toBe('');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('exits at once at the second signal', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((status) => {
      throw new Error(`exit ${status}`);
    });
    const { run } = await start('--data', dir);
    process.emit('SIGTERM', 'SIGTERM');
    expect(() => process.emit('SIGTERM', 'SIGTERM')).toThrow('exit 143');
    expect(exit).toHaveBeenCalledOnce();
    await run;
  });

  it('refuses a data directory that another plane has, and a port that is taken', async () => {
    const { run, url } = await start('--data', dir);
    const second = await runCli(['start', '--data', dir, '--listen', '127.0.0.1:0']);
    expect(second).toEqual({
      status: 1,
      out: '',
      err: `sekisho: another plane runs on the data directory ${dir} (process ${process.pid}, ${url}). Stop it with sekisho stop --data ${dir}, or give another one with --data.\n`,
    });
    const { host } = new URL(url);
    const third = await runCli(['start', '--memory', '--listen', host]);
    expect(third.status).toBe(1);
    expect(third.err).toBe(
      `sekisho: ${host} is in use. Stop what listens there, or choose another port: --listen 127.0.0.1:0\n`,
    );
    process.emit('SIGTERM', 'SIGTERM');
    expect((await run).status).toBe(0);
  });

  it('says why a data directory cannot be used', async () => {
    const { status, err } = await runCli(['start', '--data', '/dev/null', '--listen', '127.0.0.1:0']);
    expect(status).toBe(1);
    expect(err).toMatch(/^sekisho: The data directory \/dev\/null cannot be used: [^\n]+\n$/);
  });

  it('warns of an address that others reach', async () => {
    // 192.0.2.0/24 is nobody's (RFC 5737): listening there fails on every machine.
    const { status, err } = await runCli(['start', '--memory', '--listen', '192.0.2.1:8750']);
    expect(status).toBe(1);
    expect(err).toContain('warning: 192.0.2.1:8750 can be reached by other machines');
    expect(err).toContain('cannot listen on 192.0.2.1:8750 (EADDRNOTAVAIL)');
  });

  it('wants a proxy that it can go through, unless it goes nowhere', async () => {
    const env = { HTTPS_PROXY: 'socks5://127.0.0.1:1080' };
    const { status, err } = await runCli(['start', '--memory'], { env });
    expect(status).toBe(1);
    expect(err).toContain('Unset it, or start with --no-egress');
  });
});
