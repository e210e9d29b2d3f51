/** The log of one plane over its store: writing, grouped appending, and queries. */

import { invalidArgument } from '../google/index.js';
import type { Store, Write } from '../store/index.js';
import { containerName } from './containers.js';
import { encodedLogId, entriesPrefix, entryPosition, logMarkPrefix } from './keys.js';
import { mergedEntries } from './merge.js';
import { makePageToken, readPageToken } from './page-token.js';
import { compileExpression, parseFilter, timeBounds } from './query/index.js';
import { openTail } from './tail.js';
import { canonicalTime, displayTime } from './times.js';
import type { Log, LogCatalogue, LogEntry, LogQuery, NewLogEntry, Tail } from './types.js';

export interface LogOptions {
  /** Appended lines are written after this long (milliseconds) at the latest. */
  readonly flushAfterMs?: number;
  /** … and as soon as this many wait. */
  readonly flushAtLines?: number;
  /** While the store takes no lines (a full disk), at most this many wait; the log says how many older ones were lost. */
  readonly maxWaiting?: number;
  /**
   * Appended lines could not be written; they are kept and written with the next group. Without it the error comes
   * out of the next flush().
   */
  readonly onError?: (error: unknown) => void;
}

/** Opens the log that lies in a store. */
export function openLog(store: Store, options: LogOptions = {}): Log & LogCatalogue {
  return new StoredLog(store, options);
}

interface Queued {
  readonly project: string;
  readonly entry: NewLogEntry;
  readonly now: Date;
}

class StoredLog implements Log, LogCatalogue {
  readonly #store: Store;
  readonly #flushAfterMs: number;
  readonly #flushAtLines: number;
  readonly #maxWaiting: number;
  readonly #onError: (error: unknown) => void;
  #queue: Queued[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #sequence = 0;
  #lost = 0;

  constructor(store: Store, options: LogOptions) {
    this.#store = store;
    this.#flushAfterMs = options.flushAfterMs ?? 100;
    this.#flushAtLines = options.flushAtLines ?? 1000;
    this.#maxWaiting = options.maxWaiting ?? 20_000;
    this.#onError = options.onError ?? (() => {});
  }

  async write(project: string, entries: readonly NewLogEntry[], now: Date): Promise<void> {
    await this.writeAll(new Map([[project, entries]]), now);
  }

  async writeAll(entries: ReadonlyMap<string, readonly NewLogEntry[]>, now: Date): Promise<void> {
    const writes = [...entries].flatMap(([project, some]) => this.writes(project, some, now));
    if (writes.length > 0) await this.#store.commit(writes);
  }

  writes(project: string, entries: readonly NewLogEntry[], now: Date): Write[] {
    const complete = entries.map((entry) => this.#complete(entry, now));
    const logs = new Set(complete.map((entry) => encodedLogId(entry.logName)));
    return [
      ...complete.map(
        (value): Write => ({ op: 'put', key: entriesPrefix(project) + entryPosition(value), value }),
      ),
      ...[...logs].map((id): Write => ({ op: 'put', key: logMarkPrefix(project) + id, value: {} })),
    ];
  }

  #complete(entry: NewLogEntry, now: Date): LogEntry {
    const receiveTimestamp = now.toISOString();
    const { timestamp = receiveTimestamp, insertId = this.#newInsertId(now) } = entry;
    const time = canonicalTime(timestamp);
    if (time === undefined) throw invalidArgument(`timestamp: '${timestamp}' is no RFC 3339 time`);
    return { ...entry, insertId, timestamp: displayTime(time), receiveTimestamp };
  }

  /** Ids that grow, since entries of one time are ordered by them: lines of a container keep their order. */
  #newInsertId(now: Date): string {
    this.#sequence = Math.max(this.#sequence + 1, now.getTime() * 1000);
    const random = Math.floor(Math.random() * 36 ** 3);
    return `${this.#sequence.toString(36).padStart(11, '0')}${random.toString(36).padStart(3, '0')}`;
  }

  append(project: string, entry: NewLogEntry, now: Date): void {
    this.#queue.push({ project, entry: { insertId: this.#newInsertId(now), ...entry }, now });
    this.#dropOldest();
    if (this.#queue.length >= this.#flushAtLines) this.#flushInBackground();
    else this.#timer ??= setTimeout(() => this.#flushInBackground(), this.#flushAfterMs).unref();
  }

  #dropOldest(): void {
    const excess = this.#queue.length - this.#maxWaiting;
    if (excess <= 0) return;
    this.#queue.splice(0, excess);
    this.#lost += excess;
  }

  #flushInBackground(): void {
    this.flush().catch(this.#onError);
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const flushed = this.#flushing.then(() => this.#writeQueue());
    this.#flushing = flushed.catch(() => {});
    return flushed;
  }

  async #writeQueue(): Promise<void> {
    const [oldest, ...others] = this.#queue;
    if (!oldest) return;
    const lost = this.#lost;
    const batch = [...(lost > 0 ? [lossNotice(oldest, lost)] : []), oldest, ...others];
    this.#queue = [];
    this.#lost = 0;
    const writes = new Map<string, Write>();
    for (const { project, entry, now } of batch) {
      const value = this.#complete(entry, now);
      const key = entriesPrefix(project) + entryPosition(value);
      writes.set(key, { op: 'put', key, value });
      // Every line marks its log as having entries: one write for all of them.
      const mark = logMarkPrefix(project) + encodedLogId(value.logName);
      if (!writes.has(mark)) writes.set(mark, { op: 'put', key: mark, value: {} });
    }
    try {
      await this.#store.commit([...writes.values()]);
    } catch (error) {
      this.#queue = [oldest, ...others, ...this.#queue];
      this.#lost += lost;
      this.#dropOldest();
      throw error;
    }
  }

  async query(query: LogQuery): Promise<{ entries: LogEntry[]; nextPageToken?: string }> {
    const expression = parseFilter(query.filter);
    const matches = compileExpression(expression, query.filter);
    const after = query.pageToken === undefined ? undefined : readPageToken(query, query.pageToken);
    await this.flush();
    const range = {
      bounds: timeBounds(expression),
      order: query.order,
      ...(after === undefined ? {} : { after }),
    };
    const entries: LogEntry[] = [];
    let end = after;
    for await (const placed of mergedEntries(this.#store, query.projects, range)) {
      const { entry } = placed;
      if (!matches(entry) || query.hide?.(entry)) continue;
      if (entries.length === query.pageSize && end) {
        return { entries, nextPageToken: makePageToken(query, end) };
      }
      entries.push(entry);
      end = placed;
    }
    return { entries };
  }

  tail(): Tail {
    return openTail(this.#store);
  }

  async logs(project: string): Promise<string[]> {
    await this.flush();
    const prefix = logMarkPrefix(project);
    const rows = await this.#store.list(prefix);
    return rows.map((row) => `${containerName(project)}/logs/${row.key.slice(prefix.length)}`);
  }

  async deleteLog(project: string, name: string): Promise<boolean> {
    await this.flush();
    const mark = logMarkPrefix(project) + encodedLogId(name);
    if (!(await this.#store.get(mark))) return false;
    const range = { bounds: {}, order: 'asc' } as const;
    let writes: Write[] = [];
    for await (const { position, entry } of mergedEntries(this.#store, [project], range)) {
      if (entry.logName !== name) continue;
      writes.push({ op: 'delete', key: entriesPrefix(project) + position });
      if (writes.length < 1000) continue;
      await this.#store.commit(writes);
      writes = [];
    }
    await this.#store.commit([...writes, { op: 'delete', key: mark }]);
    return true;
  }
}

function lossNotice({ project, entry, now }: Queued, lost: number): Queued {
  const { logName, resource } = entry;
  const textPayload = `${lost} lines of output were lost: the log could not be written.`;
  return { project, now, entry: { logName, resource, severity: 'WARNING', textPayload } };
}
