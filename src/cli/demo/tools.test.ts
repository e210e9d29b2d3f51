import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled, type Machine, obstacle } from './tools.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-tools-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function program(name: string, mode: number): Promise<void> {
  await writeFile(path.join(dir, name), '');
  await chmod(path.join(dir, name), mode);
}

const machine = (containers: { ok: boolean; describe: string }): Machine => ({
  platform: 'linux',
  arch: 'x64',
  containers: async () => containers,
});
const able = machine({ ok: true, describe: 'crun 1.8.1 as root' });

describe('what keeps the demo from running', () => {
  it('is nothing where containers run', async () => {
    expect(await obstacle(able)).toBeUndefined();
  });

  it('is what keeps containers from running, in its own words', async () => {
    const why = 'none: neither crun nor runc is installed';
    expect(await obstacle(machine({ ok: false, describe: why }))).toEqual({ kind: 'no-containers', why });
  });

  it('is another processor, another system', async () => {
    expect(await obstacle({ ...able, arch: 'arm64' })).toEqual({ kind: 'not-amd64' });
    expect(await obstacle({ ...able, platform: 'darwin' })).toEqual({ kind: 'not-linux' });
  });
});

describe('a command', () => {
  it('is installed when PATH has a program of its name', async () => {
    await program('gcloud', 0o755);
    await program('skopeo', 0o644);
    const env = { PATH: `/nonexistent::${dir}` };
    expect(isInstalled('gcloud', env)).toBe(true);
    expect(isInstalled('skopeo', env)).toBe(false);
    expect(isInstalled('curl', env)).toBe(false);
  });
});
