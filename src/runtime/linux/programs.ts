/** Other programs, which may hang, fail or talk without end: each has its time, and what it says has its limit. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { killTree } from './processes.js';

/** Searched after PATH: where distributions put what only root used to need. */
export const SYSTEM_DIRECTORIES = [
  ...['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
];

const MAX_OUTPUT_BYTES = 64 * 1024;

export interface ProgramOptions {
  /** After this many milliseconds the program is killed with its process group. */
  readonly limitMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** How a program ended; its output is cut after 64 KiB each. */
export type ProgramEnd = { readonly stdout: string; readonly stderr: string } & (
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'not-started'; readonly reason: string }
);

/** The first executable file of that name on PATH, or in the system's directories; undefined when there is none. */
export function findProgram(name: string): string | undefined {
  return [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_DIRECTORIES]
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end, in a process group of its own. It has ended when its output has, so that what it started
 * and left behind counts as itself. Never rejects.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { limitMs, env }: ProgramOptions,
): Promise<ProgramEnd> {
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    ...(env === undefined ? {} : { env }),
  });
  const stdout = collected(child.stdout);
  const stderr = collected(child.stderr);
  const said = () => ({ stdout: stdout(), stderr: stderr() });
  return await new Promise((resolve) => {
    const limit = setTimeout(() => {
      killTree(child.pid);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      child.unref();
      resolve({ ...(ending(child) ?? { kind: 'too-slow' }), ...said() });
    }, limitMs);
    child.once('error', (error) => {
      clearTimeout(limit);
      resolve({ kind: 'not-started', reason: error.message, ...said() });
    });
    child.once('close', () => {
      clearTimeout(limit);
      resolve({ ...(ending(child) ?? { kind: 'too-slow' }), ...said() });
    });
  });
}

/** What has become of a program, in words that follow its name: `exited with 1: no such container`. */
export function describeEnd(end: ProgramEnd, limitMs: number): string {
  const text = excerpt(end.stderr || end.stdout);
  const said = text === '' ? '' : `: ${text}`;
  switch (end.kind) {
    case 'exited':
      return `exited with ${end.code}${said}`;
    case 'signalled':
      return `was ended by ${end.signal}${said}`;
    case 'too-slow':
      return `had not ended after ${limitMs / 1000} s and was killed${said}`;
    case 'not-started':
      return `could not be executed: ${end.reason}`;
  }
}

const MAX_EXCERPT = 1_000;

/** Enough of a program's text for a message of one line. */
export function excerpt(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' | ');
  return line.length <= MAX_EXCERPT ? line : `${line.slice(0, MAX_EXCERPT)}…`;
}

function ending({
  exitCode,
  signalCode,
}: ChildProcess):
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals }
  | undefined {
  if (exitCode !== null) return { kind: 'exited', code: exitCode };
  return signalCode === null ? undefined : { kind: 'signalled', signal: signalCode };
}

/** Reads a stream to its end and keeps the beginning. */
function collected(stream: Readable): () => string {
  const kept: Buffer[] = [];
  let length = 0;
  stream.on('error', () => undefined); // destroyed
  stream.on('data', (chunk: Buffer) => {
    if (length < MAX_OUTPUT_BYTES) kept.push(chunk.subarray(0, MAX_OUTPUT_BYTES - length));
    length += chunk.length;
  });
  return () => Buffer.concat(kept).toString();
}
