/**
 * The time that changes of access take to have an effect
 * (https://cloud.google.com/iam/docs/access-change-propagation): typically 2 minutes, potentially 7 or more. A change
 * is stored, and shown, at once; beside it, in the same transaction, stands what decisions go by until its time has
 * come. Rows `propagating/KEY` hold that for the row KEY.
 */
import { createHash } from 'node:crypto';
import { projectOf, type ResourceName, splitResource } from '../names/index.js';
import {
  type Change,
  type ListOptions,
  type Row,
  type Store,
  VersionConflict,
  type Write,
} from '../store/index.js';

/** How long each change takes, in ms: the same for all, or drawn for each one. */
export interface PropagationDelay {
  readonly minMs: number;
  readonly maxMs: number;
  /** The same seed draws the same delays for the same changes. */
  readonly seed: number;
}

/** What decisions need of a store; a Store is one. */
export interface RowReader {
  get<T = unknown>(key: string): Promise<Row<T> | undefined>;
  list<T = unknown>(prefix: string): Promise<Row<T>[]>;
  /** Calls back whenever a row is no longer what it was, be it by a commit or by the passing of time. */
  watch(prefix: string, onChange: (changes: readonly Pick<Change, 'key'>[]) => void): () => void;
}

/** Rows as they were when what has not yet taken effect was changed. */
export interface EffectiveRows extends RowReader {
  /** To be called before a decision: tells the watchers what has taken effect meanwhile. */
  settle(): void;
}

export interface Propagation {
  /** The store for everybody: what is changed through it takes its time. */
  readonly store: Store;
  /** The same for changes that take effect at once. */
  readonly immediate: Store;
  /** What decisions go by. */
  readonly effective: EffectiveRows;
  /** The times, in ms and in order, at which something takes effect; empty when nothing is on its way. */
  changes(): Promise<readonly number[]>;
  /** What decisions will go by at a time, if nothing else changes. */
  at(time: number): LaterState;
}

/** The plane's rows, and those that decisions will go by. For a look, not for keeping: watchers are not told. */
export interface LaterState {
  readonly store: Store;
  readonly effective: EffectiveRows;
}

export interface PropagationOptions {
  readonly store: Store;
  readonly clock: () => Date;
  readonly delay: PropagationDelay;
  readonly onError: (error: unknown) => void;
}

/** Keys and values of tags say nothing until they are attached: they are there at once, and go after a while. */
const TAG_DEFINITIONS = ['tag-keys/', 'tag-values/'] as const;
/** What goes by its former state for a while: what decisions are made from and IAM calls a policy, and tags. */
const DELAYED = [
  ...['policies/', 'deny-policies/', 'groups/', 'roles/', 'boundaries/', 'tag-bindings/'],
  ...TAG_DEFINITIONS,
] as const;
export const PROPAGATING = 'propagating/';
/** Others change the same row meanwhile: so often it is tried anew. */
const ATTEMPTS = 20;

/** What held before a change, and until when (ms since the epoch). Null: there was no row. */
interface Step {
  readonly value: unknown;
  readonly until: number;
}

/** Oldest first; each step ends no earlier than the one before. */
export type Steps = readonly Step[];

const isDelayed = (key: string): boolean => DELAYED.some((prefix) => key.startsWith(prefix));

/** Opens the propagation of a plane; what has taken effect while it was down is put away. */
export async function openPropagation(options: PropagationOptions): Promise<Propagation> {
  const effective = new StoredEffects(options.store, options.clock, options.onError);
  await effective.begin();
  const draw = drawing(options.delay);
  return {
    store: new DelayingStore(options, effective, draw),
    immediate: new DelayingStore(options, effective, undefined),
    effective,
    async changes() {
      const rows = await options.store.list<Steps>(PROPAGATING);
      const now = options.clock().getTime();
      const times = rows.flatMap(({ value }) => value.map(({ until }) => until));
      return [...new Set(times)].filter((time) => time > now).sort((a, b) => a - b);
    },
    at: (time) => laterState(options.store, time),
  };
}

/** Takes away what a plane with a delay has left, for one without: then everything has taken effect. */
export async function endPropagation(store: Store): Promise<void> {
  const rows = await store.list(PROPAGATING);
  if (rows.length > 0) await store.commit(rows.map(({ key }): Write => ({ op: 'delete', key })));
}

/** Each row's changes have a sequence of their own, so that what happens at the same time draws the same. */
function drawing({ minMs, maxMs, seed }: PropagationDelay): (key: string) => number {
  const drawn = new Map<string, number>();
  return (key) => {
    if (maxMs === minMs) return minMs;
    const count = drawn.get(key) ?? 0;
    drawn.set(key, count + 1);
    const hash = createHash('sha256')
      .update(JSON.stringify([seed, key, count]))
      .digest();
    return minMs + Math.round(((maxMs - minMs) * hash.readUInt32BE(0)) / 0xffff_ffff);
  };
}

function laterState(store: Store, time: number): LaterState {
  const watch = () => () => {};
  return {
    store: {
      get: (key) => store.get(key),
      list: (prefix, listed) => store.list(prefix, listed),
      commit: (writes) => store.commit(writes),
      close: () => store.close(),
      watch,
    },
    effective: {
      get: (key) => effectiveRow(store, key, time),
      list: (prefix) => effectiveList(store, prefix, time),
      settle: () => {},
      watch,
    },
  };
}

/** The row first, then what held before it: a commit in between is then seen by neither, or by what held. */
async function effectiveRow<T>(store: Store, key: string, now: number): Promise<Row<T> | undefined> {
  const row = await store.get<T>(key);
  const waiting = await store.get<Steps>(PROPAGATING + key);
  return asOf(key, row, waiting?.value, now);
}

async function effectiveList<T>(store: Store, prefix: string, now: number): Promise<Row<T>[]> {
  const rows = new Map((await store.list<T>(prefix)).map((row) => [row.key, row]));
  for (const { key, value } of await store.list<Steps>(PROPAGATING + prefix)) {
    const name = key.slice(PROPAGATING.length);
    const row = asOf(name, rows.get(name), value, now);
    if (row) rows.set(name, row);
    else rows.delete(name);
  }
  return [...rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function asOf<T>(key: string, row: Row<T> | undefined, steps: Steps = [], now: number): Row<T> | undefined {
  const step = steps.find(({ until }) => until > now);
  if (!step) return row;
  return step.value === null ? undefined : { key, version: row?.version ?? 0, value: step.value as T };
}

/** The effective rows of a plane, with everybody who keeps something of them. */
class StoredEffects implements EffectiveRows {
  readonly #watchers = new Set<{ prefix: string; tell: (changes: readonly { key: string }[]) => void }>();
  /** When something of a row takes effect, by the row's key: in order, and never empty. */
  readonly #due = new Map<string, readonly number[]>();
  #next = Number.POSITIVE_INFINITY;

  constructor(
    private readonly store: Store,
    private readonly clock: () => Date,
    private readonly onError: (error: unknown) => void,
  ) {
    store.watch(PROPAGATING, (changes) => {
      for (const { key, value } of changes) this.#expect(key.slice(PROPAGATING.length), value as Steps);
      this.#tell(changes.map(({ key }) => key.slice(PROPAGATING.length)));
    });
  }

  async begin(): Promise<void> {
    for (const { key, value } of await this.store.list<Steps>(PROPAGATING)) {
      this.#expect(key.slice(PROPAGATING.length), value);
    }
    this.settle();
  }

  get<T>(key: string): Promise<Row<T> | undefined> {
    return effectiveRow(this.store, key, this.clock().getTime());
  }

  list<T>(prefix: string): Promise<Row<T>[]> {
    return effectiveList(this.store, prefix, this.clock().getTime());
  }

  watch(prefix: string, onChange: (changes: readonly Pick<Change, 'key'>[]) => void): () => void {
    const watcher = { prefix, tell: onChange };
    this.#watchers.add(watcher);
    const unwatch = this.store.watch(prefix, onChange);
    return () => {
      this.#watchers.delete(watcher);
      unwatch();
    };
  }

  settle(): void {
    if (this.#next === Number.POSITIVE_INFINITY) return;
    const now = this.clock().getTime();
    if (now < this.#next) return;
    const settled: string[] = [];
    for (const [key, times] of this.#due) {
      const left = times.filter((time) => time > now);
      if (left.length === times.length) continue;
      settled.push(key);
      if (left.length > 0) this.#due.set(key, left);
      else this.#due.delete(key);
    }
    this.#findNext();
    this.#tell(settled);
    this.#sweep(settled).catch(this.onError);
  }

  #tell(keys: readonly string[]): void {
    for (const { prefix, tell } of [...this.#watchers]) {
      const changes = keys.flatMap((key) => (key.startsWith(prefix) ? [{ key }] : []));
      if (changes.length > 0) tell(changes);
    }
  }

  /** @param steps undefined when nothing waits any more */
  #expect(key: string, steps: Steps | undefined): void {
    if (steps?.length)
      this.#due.set(
        key,
        steps.map(({ until }) => until),
      );
    else this.#due.delete(key);
    this.#findNext();
  }

  #findNext(): void {
    this.#next = Number.POSITIVE_INFINITY;
    for (const [first = Number.POSITIVE_INFINITY] of this.#due.values()) {
      this.#next = Math.min(this.#next, first);
    }
  }

  /** Rows keep nothing that is over. */
  async #sweep(keys: readonly string[]): Promise<void> {
    for (const name of keys) {
      const key = PROPAGATING + name;
      const row = await this.store.get<Steps>(key);
      if (!row) continue;
      const now = this.clock().getTime();
      const left = row.value.filter(({ until }) => until > now);
      const change: Write =
        left.length > 0
          ? { op: 'put', key, value: left, ifVersion: row.version }
          : { op: 'delete', key, ifVersion: row.version };
      try {
        await this.store.commit([change]);
      } catch (error) {
        // Somebody has changed the row again, and has put away what was over.
        if (!(error instanceof VersionConflict)) throw error;
      }
    }
  }
}

/** A store whose changes of access keep what held before for a while, or (without `draw`) end all waiting. */
class DelayingStore implements Store {
  readonly #store: Store;

  constructor(
    private readonly options: PropagationOptions,
    private readonly effects: StoredEffects,
    private readonly draw: ((key: string) => number) | undefined,
  ) {
    this.#store = options.store;
  }

  get<T>(key: string): Promise<Row<T> | undefined> {
    return this.#store.get<T>(key);
  }

  list<T>(prefix: string, options?: ListOptions): Promise<Row<T>[]> {
    return this.#store.list<T>(prefix, options);
  }

  watch(prefix: string, onChange: (changes: readonly Change[]) => void): () => void {
    return this.#store.watch(prefix, onChange);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async commit(writes: readonly Write[]): Promise<number> {
    const delayed = delayedWrites(writes);
    if (delayed.length === 0) return this.#store.commit(writes);
    // What is over must be known to be over before anything is put beside it.
    this.effects.settle();
    for (let attempt = 1; ; attempt++) {
      const { checks, also } = await this.#waiting(delayed, writes);
      try {
        return await this.#store.commit([...checks, ...writes, ...also]);
      } catch (error) {
        const ours =
          error instanceof VersionConflict &&
          checks.some(({ key, ifVersion }) => key === error.key && ifVersion === error.expected);
        if (!ours || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** What goes beside the writes: the rows and what waited for them are as they were read, or all is done anew. */
  async #waiting(
    delayed: readonly DelayedWrite[],
    writes: readonly Write[],
  ): Promise<{ readonly checks: (Write & { op: 'check' })[]; readonly also: Write[] }> {
    const now = this.options.clock().getTime();
    const made = new Set(writes.flatMap((write) => (isCreation(write) ? [write.key] : [])));
    const checks: (Write & { op: 'check' })[] = [];
    const also: Write[] = [];
    for (const write of delayed) {
      const key = PROPAGATING + write.key;
      const row = await this.#store.get(write.key);
      const waiting = await this.#store.get<Steps>(key);
      checks.push({ op: 'check', key: write.key, ifVersion: row?.version ?? 0 });
      checks.push({ op: 'check', key, ifVersion: waiting?.version ?? 0 });
      const steps = (waiting?.value ?? []).filter(({ until }) => until > now);
      const delay = this.draw && !isAtOnce(write, made) ? this.draw(write.key) : 0;
      if (delay > 0) {
        const until = Math.max(now + delay, steps.at(-1)?.until ?? 0);
        also.push({ op: 'put', key, value: [...steps, { value: row?.value ?? null, until }] });
      } else if (waiting) also.push({ op: 'delete', key });
    }
    return { checks, also };
  }
}

type DelayedWrite = Extract<Write, { op: 'put' | 'delete' }>;

/** The last write of each key whose change takes its time. Who writes what waits as well has said what holds meanwhile. */
function delayedWrites(writes: readonly Write[]): readonly DelayedWrite[] {
  const last = new Map<string, DelayedWrite>();
  for (const write of writes) if (write.op !== 'check' && isDelayed(write.key)) last.set(write.key, write);
  for (const { key } of writes) if (key.startsWith(PROPAGATING)) last.delete(key.slice(PROPAGATING.length));
  return [...last.values()];
}

const isCreation = (write: Write): boolean => write.op === 'put' && write.ifVersion === 0;

/**
 * A resource takes its policy and its tags with it when it goes, and whoever makes a project (a folder, an
 * organization) may use it: what comes with it in one transaction holds from the start.
 */
function isAtOnce(write: DelayedWrite, made: ReadonlySet<string>): boolean {
  const { op, key } = write;
  if (TAG_DEFINITIONS.some((prefix) => key.startsWith(prefix))) return op === 'put';
  const [, collection, name] = /^(policies|tag-bindings)\/(.*)$/.exec(key) ?? [];
  if (name === undefined) return false;
  // Who takes the last tag away knows the row; who removes the resource does so whatever is attached to it.
  if (op === 'delete') return collection === 'policies' || write.ifVersion === undefined;
  const resource = name as ResourceName;
  const project = projectOf(resource);
  return made.has(project === undefined ? splitResource(resource).path : `projects/${project}`);
}
