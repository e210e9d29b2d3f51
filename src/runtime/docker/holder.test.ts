import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { processStat } from '../linux/index.js';
import { holderLayer, holderProgram } from './holder.js';

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };
const architecture = ARCHITECTURES[process.arch];

let directory: string | undefined;
afterEach(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true });
  directory = undefined;
});

it.runIf(architecture !== undefined)('sleeps until it is killed', async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sekisho-holder-'));
  const file = path.join(directory, 'hold');
  writeFileSync(file, holderProgram(architecture ?? ''), { mode: 0o755 });
  const child = spawn(file, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await vi.waitFor(() => {
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).toBe(`${file}\0`);
    expect(processStat(child.pid ?? 0)?.state).toBe('S');
  });
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
});

it('is an executable for the architecture of the daemon', () => {
  const machines = ['amd64', 'arm64'].map((name) => holderProgram(name).readUInt16LE(18));
  expect(machines).toEqual([62, 183]); // elf(5): EM_X86_64, EM_AARCH64
  expect(() => holderLayer('s390x')).toThrow(/on amd64 and arm64 only/);
});
