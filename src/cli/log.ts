/** What a plane in the foreground says on stderr: one line each, down to the chosen level. */
import type { Output } from './context.js';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  readonly error: (error: unknown) => void;
  readonly warn: (text: string) => void;
  readonly info: (text: string) => void;
}

/** At `debug`, unforeseen errors come with where they happened. */
export function createLog(stderr: Output, level: LogLevel): Log {
  const most = LOG_LEVELS.indexOf(level);
  const line = (at: LogLevel) => (text: string) => {
    if (LOG_LEVELS.indexOf(at) <= most) stderr.write(`sekisho: ${text}\n`);
  };
  const told = line('error');
  return {
    error: (error) => {
      const detailed = level === 'debug' && error instanceof Error && error.stack;
      told(detailed || (error instanceof Error ? error.message : String(error)));
    },
    warn: line('warn'),
    info: line('info'),
  };
}
