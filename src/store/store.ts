/** The interface that every backend implements. */

/** A stored row. `version` grows with every write to the store, so it orders writes across keys too. */
export interface Row<T = unknown> {
  readonly key: string;
  readonly version: number;
  readonly value: T;
}

/** One step of a transaction. `ifVersion` is a precondition: 0 means that the key must not exist. */
export type Write =
  | { readonly op: 'put'; readonly key: string; readonly value: unknown; readonly ifVersion?: number }
  | { readonly op: 'delete'; readonly key: string; readonly ifVersion?: number }
  /** Writes nothing; fails the transaction when the row has changed. */
  | { readonly op: 'check'; readonly key: string; readonly ifVersion: number };

export interface ListOptions {
  /** Only keys greater than this one (smaller, when `reverse`). */
  readonly after?: string;
  /** At most this many rows; all when left out. */
  readonly limit?: number;
  readonly reverse?: boolean;
}

export interface Change {
  readonly key: string;
  readonly version: number;
  /** Undefined when the row was deleted. */
  readonly value: unknown;
}

/** A precondition of a commit did not hold: somebody else wrote the row meanwhile. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  constructor(
    readonly key: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${key}: expected version ${expected}, found ${actual}`);
  }
}

/** There is no space left for what was to be written. Nothing of it was; reading goes on, and writing too once there is. */
export class StorageFull extends Error {
  override readonly name = 'StorageFull';
}

export interface Store {
  /** The row under a key. Parsed anew on each call, so the caller may keep it. */
  get<T = unknown>(key: string): Promise<Row<T> | undefined>;
  /** Rows whose keys start with the prefix, in byte order of their keys. */
  list<T = unknown>(prefix: string, options?: ListOptions): Promise<Row<T>[]>;
  /**
   * Writes all or nothing, durable when the promise resolves.
   * @returns the version that every row written by this commit now has
   * @throws VersionConflict when a precondition does not hold, StorageFull when the disk is; nothing is written then
   */
  commit(writes: readonly Write[]): Promise<number>;
  /**
   * Calls back after each commit that touches a key under the prefix, with the commit's changes there, in order.
   * @returns a function that stops the watch
   */
  watch(prefix: string, onChange: (changes: readonly Change[]) => void): () => void;
  close(): Promise<void>;
}
