import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runtimeFacts } from './index.js';
import { openExecutor } from './open.js';
import { canRun } from './testing-executor.js';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-facts-'));
const NO_DOCKER = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
const options = { dataDir: join(directory, 'data'), onWarning: () => undefined };

/** Puts programs before the machine's own. */
function pretend(programs: Readonly<Record<string, string>>): void {
  for (const [name, does] of Object.entries(programs)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${does}\n`);
    chmodSync(join(directory, name), 0o755);
  }
}

beforeAll(() => {
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`);
  vi.stubEnv('DOCKER_HOST', NO_DOCKER.DOCKER_HOST);
});
afterEach(() => {
  for (const name of ['crun', 'runc', 'zstd', 'unshare']) rmSync(join(directory, name), { force: true });
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

describe.runIf(process.platform === 'linux')('on a machine', () => {
  const factsNow = async () => {
    const { facts, chosen } = await runtimeFacts(NO_DOCKER);
    return { chosen, of: (name: string) => facts.find((fact) => fact.name === name) };
  };

  it('everything is looked at, and what is missing comes with what mends it', async () => {
    const { facts } = await runtimeFacts(NO_DOCKER);
    expect(facts.map(({ name }) => name)).toEqual([
      ...['crun', 'runc', 'user namespaces', 'subordinate ids', 'overlay', 'control groups'],
      ...['docker', 'tar', 'zstd'],
    ]);
    expect(facts.filter(({ found }) => found === '')).toEqual([]);
    expect(facts.find(({ name }) => name === 'docker')).toMatchObject({
      ok: false,
      found: expect.stringContaining('/nonexistent/docker.sock'),
      remedy: 'sudo apt-get install docker.io',
    });
  });

  it('runtimes are told with their versions, and what is wrong with them', async () => {
    pretend({ crun: 'echo "crun version 9.9.9"', runc: 'echo broken >&2; exit 4' });
    const { of, chosen } = await factsNow();
    expect(of('crun')).toEqual({ name: 'crun', ok: true, found: `crun 9.9.9 at ${directory}/crun` });
    expect(of('runc')).toEqual({
      name: 'runc',
      ok: false,
      found: `${directory}/runc --version exited with 4: broken`,
      remedy: 'sudo apt-get install --reinstall runc',
    });
    expect(chosen.describe).toMatch(/^crun 9\.9\.9 as /);
  });

  it('a zstd that fails is no zstd', async () => {
    pretend({ zstd: 'exit 1' });
    expect((await factsNow()).of('zstd')).toMatchObject({ ok: false, remedy: 'sudo apt-get install zstd' });
  });

  it('user namespaces that are refused are told in the system’s words', async () => {
    pretend({ unshare: 'echo "unshare: unshare failed: Operation not permitted" >&2; exit 1' });
    const { of } = await factsNow();
    expect(of('user namespaces')).toMatchObject({
      ok: false,
      found: expect.stringContaining('Operation not permitted'),
    });
    expect(of('subordinate ids')).toMatchObject({ ok: false, remedy: expect.stringContaining('uidmap') });
  });

  it('without any runtime, none is chosen, and each says why it is not', async () => {
    pretend({ crun: 'exit 3', runc: 'kill -9 $$' });
    const { chosen } = await factsNow();
    const executor = await openExecutor('auto', options);
    for (const described of [chosen.describe, executor.describe]) {
      expect(described).toMatch(
        /^none: .*crun --version exited with 3; .*runc --version was ended by SIGKILL/,
      );
      expect(described).toMatch(/\(apt-get install crun\); and no Docker daemon answers at /);
    }
    expect(chosen.ok).toBe(false);
    await expect(openExecutor('oci', options)).rejects.toThrow(
      /^the oci runtime cannot be used: .*exited with 3/,
    );
    await expect(openExecutor('docker', options)).rejects.toThrow(
      /^the docker runtime cannot be used: no Docker/,
    );
  });

  it.runIf(canRun)('crun comes before runc, and runc before nothing', async () => {
    const described = async () => {
      const executor = await openExecutor('auto', options);
      await executor.close();
      return executor.describe;
    };
    pretend({ crun: 'echo "crun version 1.2.3"', runc: 'echo "runc version 4.5.6"' });
    expect(await described()).toBe('crun 1.2.3 as root (auto: crun found, root)');
    pretend({ crun: 'exit 1' });
    expect(await described()).toBe('runc 4.5.6 as root (auto: runc found, root)');
  });
});
