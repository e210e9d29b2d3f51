/** How far reading has come, on a terminal; elsewhere nothing is shown. */
import { Writable } from 'node:stream';
import type { CliContext } from '../context.js';
import { sourceMessages } from './messages.js';

export interface Progress {
  add(bytes: number): void;
  /** Removes the bar, and gives the terminal back as it was. */
  stop(): void;
}

const SILENT: Progress = { add: () => undefined, stop: () => undefined };
const MEGABYTE = 1_000_000;
/** What is read in a moment needs no bar. */
const LONG = 16 * MEGABYTE;
/** Columns for the words beside the bar, in either language. */
const WORDS = 45;
const WIDEST = 40;
const NARROWEST = 10;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @param bytes all that there is to read */
export async function progressBar(
  bytes: number,
  { stderr, language }: Pick<CliContext, 'stderr' | 'language'>,
): Promise<Progress> {
  if (stderr.isTTY !== true || !(stderr instanceof Writable) || bytes < LONG) return SILENT;
  const columns = 'columns' in stderr && typeof stderr.columns === 'number' ? stderr.columns : 80;
  const { SingleBar, Presets } = (await import('cli-progress')).default;
  const bar = new SingleBar(
    {
      format: sourceMessages[language].bar,
      stream: stderr,
      barsize: Math.min(WIDEST, Math.max(NARROWEST, columns - WORDS)),
      // The library's own handler of signals tidies up and lets the program run on.
      gracefulExit: false,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 100,
    },
    Presets.shades_classic,
  );
  const release = onSignal(() => bar.stop());
  bar.start(bytes, 0, { megabytes: Math.round(bytes / MEGABYTE).toLocaleString('en-US') });
  return {
    add: (more) => bar.increment(more),
    stop: () => {
      release();
      bar.stop();
    },
  };
}

/** Tidies up before a signal ends the process, as it would have without. @returns takes it back */
function onSignal(tidy: () => void): () => void {
  const handler = (signal: NodeJS.Signals) => {
    release();
    tidy();
    process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, handler);
  };
  for (const signal of SIGNALS) process.on(signal, handler);
  return release;
}
