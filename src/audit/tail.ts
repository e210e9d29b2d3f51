/**
 * Entries as they are written, for live tailing: held for a while so that late ones come in their place, given out in
 * batches, and counted instead where there are too many.
 */
import { setImmediate } from 'node:timers/promises';
import type { Change, Store } from '../store/index.js';
import { entriesPrefix } from './keys.js';
import { compileFilter, type Matcher } from './query/index.js';
import type { LogEntry, Suppression, Tail, TailBatch, TailQuestion } from './types.js';

export interface TailLimits {
  /** Entries given out in a minute; what is beyond is suppressed. */
  readonly perMinute?: number;
  /** Characters of entries that wait, for their time or for the reader; what is beyond is suppressed. */
  readonly waiting?: number;
}

/** "Number of live-tailing entries returned: 60,000 per minute" (https://cloud.google.com/logging/quotas). */
const PER_MINUTE = 60_000;
const MINUTE_MS = 60_000;
const MAX_WAITING = 32 * 1024 * 1024;
/** One answer stays well below the 4 MiB that gRPC clients take by default. */
const BATCH = { entries: 1000, characters: 1024 * 1024 };
/** How long suppressed entries are counted before the reader hears of them, when nothing else is to be said. */
const SUPPRESSION_MS = 1000;

interface Held {
  readonly position: string;
  readonly entry: LogEntry;
  readonly size: number;
  /** On the monotonic clock, in ms. */
  readonly arrived: number;
}

/** Opens a tail that asks nothing yet. It learns of entries by the store's commits: nothing polls. */
export function openTail(store: Store, limits: TailLimits = {}): Tail {
  return new StoreTail(store, limits);
}

class StoreTail implements Tail {
  readonly #perMinute: number;
  readonly #maxWaiting: number;
  #stops: (() => void)[] = [];
  #windowMs = 0;
  /** Arrived, not yet old enough; in the order of their arrival. */
  #held: Held[] = [];
  /** To be given out, in order. */
  #due: Held[] = [];
  #size = 0;
  #suppressed = new Map<Suppression['reason'], number>();
  #minute = { began: Number.NEGATIVE_INFINITY, count: 0 };
  #timer: NodeJS.Timeout | undefined;
  #tell: NodeJS.Timeout | undefined;
  #tellNow = false;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(
    readonly store: Store,
    { perMinute = PER_MINUTE, waiting = MAX_WAITING }: TailLimits,
  ) {
    this.#perMinute = perMinute;
    this.#maxWaiting = waiting;
  }

  ask({ projects, filter, bufferWindowMs }: TailQuestion): void {
    const matches = compileFilter(filter);
    this.#stopWatching();
    if (this.#closed) return;
    this.#windowMs = bufferWindowMs;
    for (const project of new Set(projects)) {
      const prefix = entriesPrefix(project);
      this.#stops.push(this.store.watch(prefix, (changes) => this.#take(prefix, changes, matches)));
    }
    this.#release();
  }

  #take(prefix: string, changes: readonly Change[], matches: Matcher): void {
    const arrived = performance.now();
    for (const { key, value } of changes) {
      if (value === undefined) continue;
      // Only log entries lie under the prefix of a project's log.
      const entry = value as LogEntry;
      if (!matches(entry)) continue;
      const size = JSON.stringify(entry).length;
      if (this.#size + size > this.#maxWaiting) this.#suppress('NOT_CONSUMED');
      else if (this.#isOverRate(arrived)) this.#suppress('RATE_LIMIT');
      else {
        this.#held.push({ position: key.slice(prefix.length), entry, size, arrived });
        this.#size += size;
      }
    }
    if (this.#windowMs === 0) this.#release();
    else this.#arm();
  }

  #isOverRate(now: number): boolean {
    if (now - this.#minute.began >= MINUTE_MS) this.#minute = { began: now, count: 0 };
    this.#minute.count += 1;
    return this.#minute.count > this.#perMinute;
  }

  #suppress(reason: Suppression['reason']): void {
    this.#suppressed.set(reason, (this.#suppressed.get(reason) ?? 0) + 1);
    this.#tell ??= setTimeout(() => {
      this.#tellNow = true;
      this.#wake?.();
    }, SUPPRESSION_MS).unref();
  }

  /** Gives out what is old enough, and with it whatever belongs before. */
  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const until = performance.now() - this.#windowMs;
    let last = '';
    for (const { arrived, position } of this.#held) {
      if (arrived <= until && position > last) last = position;
    }
    const due = this.#held.filter(({ position }) => position <= last);
    if (due.length > 0) {
      this.#held = this.#held.filter(({ position }) => position > last);
      due.sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0));
      this.#due.push(...due);
      this.#wake?.();
    }
    this.#arm();
  }

  #arm(): void {
    const [oldest] = this.#held;
    if (!oldest || this.#timer || this.#closed) return;
    const left = oldest.arrived + this.#windowMs - performance.now();
    this.#timer = setTimeout(() => this.#release(), Math.max(1, Math.ceil(left))).unref();
  }

  async next(): Promise<TailBatch | undefined> {
    // A reader that is always behind must not keep everybody else from their turn.
    await setImmediate();
    while (!this.#closed && this.#due.length === 0 && !this.#tellNow) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    if (this.#closed) return undefined;
    return { entries: this.#takeDue(), suppressed: this.#takeSuppressed() };
  }

  #takeDue(): LogEntry[] {
    let characters = 0;
    let count = 0;
    for (const { size } of this.#due) {
      if (count > 0 && (count === BATCH.entries || characters + size > BATCH.characters)) break;
      characters += size;
      count += 1;
    }
    const given = this.#due.slice(0, count);
    this.#due = this.#due.slice(count);
    this.#size -= characters;
    return given.map(({ entry }) => entry);
  }

  #takeSuppressed(): Suppression[] {
    const told = [...this.#suppressed].map(([reason, count]) => ({ reason, count }));
    this.#suppressed.clear();
    clearTimeout(this.#tell);
    this.#tell = undefined;
    this.#tellNow = false;
    return told;
  }

  close(): void {
    this.#closed = true;
    this.#stopWatching();
    clearTimeout(this.#timer);
    clearTimeout(this.#tell);
    this.#held = [];
    this.#due = [];
    this.#wake?.();
  }

  #stopWatching(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
