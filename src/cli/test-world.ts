/** For tests: a world whose streams are remembered. */
import { Readable } from 'node:stream';
import { run } from './run.js';

export interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** True where somebody sits at a terminal. */
  readonly terminal?: boolean;
  /** Called with everything that was written to stdout so far. */
  readonly onOut?: (out: string) => void;
}

/** Runs a command line in this process. Nothing of this process's environment is handed on unless it is given. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  let out = '';
  let err = '';
  const status = await run(args, {
    env: options.env ?? {},
    stdin: Object.assign(Readable.from([options.stdin ?? '']), { isTTY: options.terminal === true }),
    stdout: {
      write(text) {
        out += text;
        options.onOut?.(out);
      },
    },
    stderr: {
      write(text) {
        err += text;
      },
    },
  });
  return { status, out, err };
}
