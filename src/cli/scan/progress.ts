/** How far reading has come, on a terminal; elsewhere nothing is shown. */
import { Writable } from 'node:stream';
import type { CliContext } from '../context.js';
import { scanCliMessages } from './messages.js';

export interface Progress {
  add(bytes: number): void;
  stop(): void;
}

const SILENT: Progress = { add: () => undefined, stop: () => undefined };
const MEGABYTE = 1_000_000;

/** @param bytes all that there is to read */
export async function progressBar(bytes: number, { stderr, language }: CliContext): Promise<Progress> {
  if (stderr.isTTY !== true || !(stderr instanceof Writable) || bytes < 16 * MEGABYTE) return SILENT;
  const { SingleBar, Presets } = (await import('cli-progress')).default;
  const bar = new SingleBar(
    {
      format: scanCliMessages[language].bar,
      stream: stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 100,
    },
    Presets.shades_classic,
  );
  bar.start(bytes, 0, { megabytes: Math.round(bytes / MEGABYTE).toLocaleString('en-US') });
  return { add: (more) => bar.increment(more), stop: () => bar.stop() };
}
