import type { Row } from '../store/index.js';
import type { RowReader } from './propagation.js';

/** A row as it is kept: what was made of its value, and the version it was made from. */
export interface Kept<T> {
  readonly version: number;
  readonly value: T;
}

/** Names come from requests, so the absence of a row is remembered too, and both within a bound. */
const LIMIT = 20_000;

/**
 * The rows under one prefix, each read and prepared once and kept until a commit touches it. A decision then
 * costs a look into a map instead of a query.
 */
export class WatchedRows<T> {
  readonly #kept = new Map<string, Kept<T> | undefined>();
  #changes = 0;

  /**
   * @param prepare what is kept of a row's value, e.g. the compiled form of a policy
   * @param onChange called after each commit that touches the prefix, once the old rows are forgotten
   */
  constructor(
    private readonly store: RowReader,
    private readonly prefix: string,
    private readonly prepare: (value: unknown, name: string) => T,
    onChange: () => void = () => {},
  ) {
    store.watch(prefix, (changes) => {
      this.#changes++;
      for (const change of changes) this.#kept.delete(change.key.slice(prefix.length));
      onChange();
    });
  }

  /** The row under prefix and name; undefined when there is none. */
  async get(name: string): Promise<Kept<T> | undefined> {
    const kept = this.#kept.get(name);
    if (kept !== undefined || this.#kept.has(name)) return kept;
    const before = this.#changes;
    const row = await this.store.get(this.prefix + name);
    const found = row && { version: row.version, value: this.prepare(row.value, name) };
    // A commit during the read may have made it stale: answer with it, but do not keep it.
    if (before === this.#changes) this.#keep(name, found);
    return found;
  }

  /** Forgets every row: to be called when something else has changed that they are prepared from. */
  forget(): void {
    this.#changes++;
    this.#kept.clear();
  }

  /** Every row of the prefix, in the order of their keys. Not kept: lists are rare. */
  async list(): Promise<{ name: string; value: T; version: number }[]> {
    const rows: Row[] = await this.store.list(this.prefix);
    return rows.map((row) => {
      const name = row.key.slice(this.prefix.length);
      return { name, value: this.prepare(row.value, name), version: row.version };
    });
  }

  #keep(name: string, row: Kept<T> | undefined): void {
    if (this.#kept.size >= LIMIT) {
      const oldest = this.#kept.keys().next();
      if (!oldest.done) this.#kept.delete(oldest.value);
    }
    this.#kept.set(name, row);
  }
}
