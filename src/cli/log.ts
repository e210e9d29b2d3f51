/** What a plane in the foreground says on stderr: one line each, down to the chosen level. */
import type { Output } from './context.js';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  /** @param what was being done, where that is known: a call, for example */
  readonly error: (error: unknown, what?: string) => void;
  readonly warn: (text: string) => void;
  readonly info: (text: string) => void;
}

/** At `debug`, unforeseen errors come with where they happened. */
export function createLog(stderr: Output, level: LogLevel): Log {
  const most = LOG_LEVELS.indexOf(level);
  const line = (at: LogLevel) => (text: string) => {
    if (LOG_LEVELS.indexOf(at) <= most) stderr.write(`sekisho: ${text}\n`);
  };
  const say = line('error');
  return {
    error: (error, what) => {
      const detailed = level === 'debug' && error instanceof Error && error.stack;
      const told = detailed || (error instanceof Error ? error.message : String(error));
      say(what === undefined ? told : `${what}: ${told}`);
    },
    warn: line('warn'),
    info: line('info'),
  };
}
