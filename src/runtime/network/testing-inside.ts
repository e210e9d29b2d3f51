/** For tests: what a container could do, done by programs of this machine in a sandbox's network namespace. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { findProgram } from '../linux/index.js';
import type { SandboxNamespace } from './types.js';

const LIMIT_MS = 20_000;

/** Of util-linux. */
export const NSENTER = 'nsenter';
const PROGRAMS = [NSENTER, 'unshare', 'setpriv', 'busybox'];

/** Whether this machine lets us make network namespaces, and has the programs that the tests run in them. */
export const canTest = process.geteuid?.() === 0 && PROGRAMS.every((name) => findProgram(name) !== undefined);

/** With CI=true a machine that cannot is a failure; elsewhere the skipped test's name says what is missing. */
export function reportWhatIsMissing(): void {
  it.skipIf(!canTest && process.env.CI !== 'true')(
    `has root, and ${PROGRAMS.join(', ')}; without them these tests are skipped`,
    () => {
      expect(canTest).toBe(true);
    },
  );
}

/** How a program ended, and all that it wrote. */
export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a program with a sandbox's network. */
export async function inside(namespace: SandboxNamespace, ...command: string[]): Promise<Ran> {
  const args = [`--net=${namespace.path}`, '--', ...command];
  try {
    const { stdout, stderr } = await promisify(execFile)(NSENTER, args, { timeout: LIMIT_MS });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error && 'code' in error)) throw error;
    return { code: Number(error.code), output: `${error.stdout}${error.stderr}` };
  }
}

/** The body of an answer to an HTTP request from there, or what went wrong. */
export async function fetched(namespace: SandboxNamespace, url: string): Promise<string> {
  return (await inside(namespace, 'busybox', 'wget', '-q', '-O', '-', url)).output;
}

/** Whether a TCP connection comes about from there, or what is in its way. */
export async function reached(namespace: SandboxNamespace, address: string, port: number): Promise<string> {
  const script = `
    const socket = require('node:net').connect(${port}, '${address}');
    const say = (what) => { console.log(what); process.exit(); };
    socket.on('connect', () => say('reached')).on('error', ({ code }) => say(code));
    setTimeout(say, 1500, 'no answer');
  `;
  return (await inside(namespace, process.execPath, '-e', script)).output.trim();
}

/** The network devices of a namespace, by the path of it. */
export async function devices(path: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(NSENTER, [`--net=${path}`, 'cat', '/proc/net/dev']);
  return [...stdout.matchAll(/^ *(\S+):/gm)].map(([, name = '']) => name);
}
