/** Runs one command in this process's place: same streams, signals handed on, its exit status for ours. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { CliContext } from './context.js';

/** The shell's conventions (POSIX, "Exit Status for Commands"). */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;
const SIGNALLED = 128;

const HANDED_ON = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
/** A terminal sends these to every process of the foreground group: the child has them already. */
const FROM_TERMINAL: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/**
 * Runs a command to its end.
 * @returns its exit status; 127 when there is no such command, 126 when it cannot be run, 128 and the signal's
 *   number when a signal ended it
 */
export function runChild(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { messages, stderr }: CliContext,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: 'inherit' });
    const handlers = HANDED_ON.map((signal) => {
      const handler = () => {
        if (!(process.stdin.isTTY && FROM_TERMINAL.has(signal))) child.kill(signal);
      };
      process.on(signal, handler);
      return [signal, handler] as const;
    });
    const end = (status: number) => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      resolve(status);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      const why = missing
        ? messages.commandNotFound(command)
        : messages.commandNotRunnable(command, error.code ?? error.message);
      stderr.write(`sekisho: ${why}\n`);
      end(missing ? NOT_FOUND : NOT_RUNNABLE);
    });
    child.on('exit', (status, signal) => {
      end(status ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
