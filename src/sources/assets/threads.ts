/** Threads that fold lines, so that a large export is read by as many processors as there are. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Folded } from './fold.js';
import { Unfolder } from './unfold.js';

/** More of them do not help: this thread must take in what they send. */
const MOST = 4;
/** What comes of a batch is short-lived; the threads collect it as a whole. */
const YOUNG_MEGABYTES = 64;

/** Lines that were folded, and who unfolds them; or their bytes, where they are for somebody else to read. */
export type Batch = { readonly folded: Folded; readonly by: Unfolder } | { readonly bytes: Buffer };

/** Folds batches; what becomes of each comes in the order in which they were given. */
export class Threads {
  readonly #threads: Thread[];
  #next = 0;

  constructor(script: string, count = Math.min(MOST, availableParallelism())) {
    this.#threads = Array.from({ length: count }, () => new Thread(script));
  }

  /** How many batches keep all of them busy. */
  get depth(): number {
    return this.#threads.length * 2;
  }

  /** @param bytes whole lines without the last line's end, in memory of their own, which is given away */
  fold(bytes: Uint8Array): Promise<Batch> {
    const thread = this.#threads[this.#next % this.#threads.length];
    this.#next += 1;
    if (thread === undefined) throw new Error('there are no threads');
    return thread.fold(bytes);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

interface Waiting {
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
}

class Thread {
  readonly #worker: Worker;
  readonly #unfolder = new Unfolder();
  #waiting: Waiting[] = [];
  #failed: Error | undefined;

  constructor(script: string) {
    this.#worker = new Worker(script, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES } });
    this.#worker.on('message', (sent: Folded | Uint8Array) => {
      const batch =
        sent instanceof Uint8Array
          ? { bytes: Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength) }
          : { folded: sent, by: this.#unfolder };
      this.#waiting.shift()?.resolve(batch);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a thread that reads the export has ended')));
  }

  fold(bytes: Uint8Array): Promise<Batch> {
    const folded = new Promise<Batch>((resolve, reject) => {
      if (this.#failed) reject(this.#failed);
      else this.#waiting.push({ resolve, reject });
    });
    // Whoever waits is told once the batches before are taken in; until then nobody listens.
    folded.catch(() => undefined);
    this.#worker.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
    return folded;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting) reject(this.#failed);
    this.#waiting = [];
  }
}

/** What the threads run, which is built beside what this module is built into; undefined where nothing was built. */
export function builtScript(): string | undefined {
  const script = fileURLToPath(new URL('./assets-worker.js', import.meta.url));
  return existsSync(script) ? script : undefined;
}
