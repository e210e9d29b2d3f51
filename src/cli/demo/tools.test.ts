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

const machine = (): Machine => ({
  platform: 'linux',
  arch: 'x64',
  isRoot: true,
  env: { PATH: '/nonexistent' },
  systemDirs: [dir],
});

describe('what keeps the demo from running', () => {
  it('is nothing where root has a container runtime, be it outside PATH', async () => {
    await program('runc', 0o755);
    expect(obstacle(machine())).toBeUndefined();
  });

  it('is a missing container runtime', () => {
    expect(obstacle(machine())).toBe('no-runtime');
  });

  it('is another user than root, another processor, another system', async () => {
    await program('crun', 0o755);
    expect(obstacle({ ...machine(), isRoot: false })).toBe('not-root');
    expect(obstacle({ ...machine(), arch: 'arm64' })).toBe('not-amd64');
    expect(obstacle({ ...machine(), platform: 'darwin' })).toBe('not-linux');
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
