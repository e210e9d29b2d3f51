/** Commands in a network namespace of their own: the plane is there, and nothing else. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, run, SEKISHO, TestPlane } from './support/plane.js';
import { canRun } from './support/tools.js';
import { OWNER } from './support/world.js';

/** A program that asks for a URL without any proxy, as Node.js does by itself. */
const FETCH = `fetch(process.argv[1]).then(
  async (answer) => console.log('answered', answer.status),
  (error) => console.log('failed', error.cause?.code ?? error.message),
);`;

describe.runIf(canRun('unshare'))('exec --isolated', () => {
  let plane: TestPlane;
  beforeAll(async () => {
    // With egress: what is isolated must not profit from it.
    plane = await TestPlane.start({ args: ['--runtime', 'none'] });
  });
  afterAll(() => plane.dispose());

  const isolated = (...command: readonly string[]) =>
    run(process.execPath, [
      SEKISHO,
      'exec',
      '--isolated',
      '--as',
      OWNER,
      '--data',
      plane.data,
      '--',
      ...command,
    ]);

  it.runIf(canRun('gcloud'))('reaches the plane with unmodified clients', async () => {
    await must(isolated('gcloud', 'projects', 'create', 'isolated-project'));
    const { stdout } = await must(isolated('gcloud', 'projects', 'list', '--format=value(projectId)'));
    expect(stdout).toBe('isolated-project\n');
  });

  it('signs in at registries by the credential helper', async () => {
    const helper =
      "echo https://asia-northeast1-docker.pkg.dev | docker-credential-sekisho get | grep -o 'oauth2accesstoken'";
    expect((await isolated('sh', '-c', helper)).stdout).toBe('oauth2accesstoken\n');
  });

  it('has no interface but loopback, and no way from there', async () => {
    const { stdout } = await must(isolated('cat', '/proc/net/dev', '/proc/net/route'));
    const interfaces = stdout.split('\n').flatMap((line) => /^\s*(\S+):/.exec(line)?.[1] ?? []);
    expect(interfaces).toEqual(['lo']);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^Iface/);
  });

  it('reaches neither other servers of this machine nor, past the proxy, Google', async () => {
    const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      expect((await run(process.execPath, ['-e', FETCH, url])).stdout).toBe('answered 200\n');
      expect((await isolated(process.execPath, '-e', FETCH, url)).stdout).toBe('failed ECONNREFUSED\n');
      const { stdout } = await isolated(process.execPath, '-e', FETCH, 'https://run.googleapis.com/');
      expect(stdout).toMatch(/^failed E/);
    } finally {
      server.close();
    }
  });

  it.each(['github.com', '142.250.0.1', 'gmail.com'])(
    'is not taken to %s by the plane either',
    async (host) => {
      const { code, stderr } = await isolated('curl', '-sS', '--max-time', '20', `https://${host}/`);
      expect(code).not.toBe(0);
      expect(stderr).toContain('403');
    },
  );

  it('gives the command no power that its user has not', async () => {
    const mine = /CapEff:\t(\w+)/.exec((await run('cat', ['/proc/self/status'])).stdout)?.[1];
    const there = /CapEff:\t(\w+)/.exec((await isolated('cat', '/proc/self/status')).stdout)?.[1];
    expect(there).toBe(mine);
  });

  it.each([
    ['its exit status', ['sh', '-c', 'exit 7'], 7],
    ['the end by a signal', ['sh', '-c', 'kill -TERM $$'], 143],
    ['a command that there is not', ['no-such-command'], 127],
  ] as const)('ends as the command does: %s', async (_, command, code) => {
    expect((await isolated(...command)).code).toBe(code);
  });

  it('has its socket in the data directory as long as the plane runs', async () => {
    await plane.stop();
    const { code, stderr } = await run(process.execPath, [
      SEKISHO,
      'exec',
      '--isolated',
      '--data',
      plane.data,
      'true',
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('no plane runs on the data directory');
  });
});
