/** Child processes of the demo, each in a process group of its own, so that all of it can be ended. */
import { spawn } from 'node:child_process';
import type { Result } from './expectation.js';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Ends the process when it aborts. */
  readonly signal: AbortSignal;
  readonly onOutput: (text: string) => void;
}

/**
 * Runs a program to its end, with nothing to read.
 * @throws the signal's reason when it aborts; an Error when the program cannot be started
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, signal, onOutput }: RunOptions,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (text: string) => {
      output += text;
      onOutput(text);
    };
    const end = () => endGroup(child.pid, 'SIGTERM');
    signal.addEventListener('abort', end);
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => {
      signal.removeEventListener('abort', end);
      reject(new Error(`${program} could not be run: ${error.message}`));
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason);
      else resolve({ code: code ?? 1, output });
    });
  });
}

/** Signals a process group; one that has gone already is no error. */
export function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
