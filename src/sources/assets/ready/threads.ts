/** Threads that fold lines, so that a large export is read by as many processors as there are, and judge what is in it. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Folded } from '../fold.js';
import type { Range } from '../range.js';
import type { Asked, Told } from '../work.js';

/** More of them do not help: one thread must hand them their work. */
const MOST = 4;
/** What comes of a batch is short-lived, and is made anew where it was before: in memory that caches hold. */
const YOUNG_MEGABYTES = 32;

/** Shares that each thread judges, about: with more of them, all are done about the same time. */
const SHARES = 4;

type Judged = Extract<Told, { kind: 'judged' }>;

/** Lines that were folded, and by which thread. */
export interface FoldedBatch {
  readonly folded: Folded;
  readonly by: number;
}

/** Folds batches; what becomes of each comes in the order in which they were given. */
export class Threads {
  readonly #threads: Thread[];
  #next = 0;

  constructor(script: string) {
    const count = Math.min(MOST, availableParallelism());
    this.#threads = Array.from({ length: count }, () => new Thread(script));
  }

  /** How many batches keep all of them busy. */
  get depth(): number {
    return this.#threads.length * 2;
  }

  /**
   * @param bytes whole lines without the last line's end, in memory of their own, which is given away
   * @returns the bytes themselves where some line is no asset: somebody else must say what it is
   */
  async fold(bytes: Uint8Array): Promise<FoldedBatch | { readonly unread: Buffer }> {
    const { thread, by } = this.#turn();
    const told = await thread.ask({ kind: 'fold', bytes }, [bytes.buffer as ArrayBuffer]);
    if (told.kind === 'folded') return { folded: told.folded, by };
    if (told.kind !== 'unread') throw new Error(`a thread that folds has answered with ${told.kind}`);
    const { buffer, byteOffset, byteLength } = told.bytes;
    return { unread: Buffer.from(buffer, byteOffset, byteLength) };
  }

  /** @returns `unread` where some line is no asset, or the file cannot be read */
  async foldRange(range: Range): Promise<FoldedBatch | 'unread'> {
    const { thread, by } = this.#turn();
    const told = await thread.ask({ kind: 'fold-range', range }, []);
    return told.kind === 'folded' ? { folded: told.folded, by } : 'unread';
  }

  #turn(): { readonly thread: Thread; readonly by: number } {
    const by = this.#next % this.#threads.length;
    this.#next += 1;
    const thread = this.#threads[by];
    if (thread === undefined) throw new Error('there are no threads');
    return { thread, by };
  }

  /** Tells all of them. */
  tell(asked: Extract<Asked, { kind: 'begin' | 'from' | 'unfold' | 'judging' }>): void {
    for (const thread of this.#threads) thread.tell(asked);
  }

  /** Has all of them judge, a share each time until there is none left. @returns what comes of them, in their order */
  async judged(): Promise<Judged[]> {
    const of = this.#threads.length * SHARES;
    const judged: Judged[] = [];
    let next = 0;
    await Promise.all(
      this.#threads.map(async (thread) => {
        for (let index = next++; index < of; index = next++) {
          const told = await thread.ask({ kind: 'judge', share: { index, of } }, []);
          if (told.kind !== 'judged') throw new Error(`a thread that judges has answered with ${told.kind}`);
          judged[index] = told;
        }
      }),
    );
    return judged;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

interface Waiting {
  readonly resolve: (told: Told) => void;
  readonly reject: (error: Error) => void;
}

class Thread {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #failed: Error | undefined;

  constructor(script: string) {
    this.#worker = new Worker(script, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES } });
    this.#worker.on('message', (told: Told) => this.#waiting.shift()?.resolve(told));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a thread that reads the export has ended')));
  }

  ask(asked: Asked, given: readonly ArrayBuffer[]): Promise<Told> {
    const told = new Promise<Told>((resolve, reject) => {
      if (this.#failed) reject(this.#failed);
      else this.#waiting.push({ resolve, reject });
    });
    // Whoever waits is told once what was asked for before has come; until then nobody listens.
    told.catch(() => undefined);
    this.#worker.postMessage(asked, [...given]);
    return told;
  }

  tell(asked: Asked): void {
    this.#worker.postMessage(asked);
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
