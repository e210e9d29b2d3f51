/** The wall clock of one process, to be set while it runs: libfaketime in place of the C library's. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export class SetClock {
  readonly #home = mkdtempSync(path.join(tmpdir(), 'sekisho-clock-'));
  readonly #file = path.join(this.#home, 'offset');

  constructor() {
    this.set(0);
  }

  /** Sets the clock so many hours ahead of the real one, or behind it. */
  set(hours: number): void {
    writeFileSync(this.#file, `${hours < 0 ? '' : '+'}${hours * 60}m`);
  }

  /** What the process must be started with, beside its other variables. */
  get env(): NodeJS.ProcessEnv {
    return {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      // Only what people set: intervals are measured by another clock, which nobody can.
      DONT_FAKE_MONOTONIC: '1',
    };
  }

  dispose(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}

function library(): string {
  const found = readdirSync('/usr/lib')
    .map((directory) => path.join('/usr/lib', directory, 'faketime/libfaketime.so.1'))
    .find(existsSync);
  if (found === undefined) throw new Error('libfaketime is not installed: apt-get install faketime');
  return found;
}
