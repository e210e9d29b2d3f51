/** SQLite through libsql: WAL, synchronous FULL, one row per key. */
import Database from 'libsql';
import {
  type Change,
  type ListOptions,
  type Row,
  StorageFull,
  type Store,
  VersionConflict,
  type Write,
} from './store.js';

type Statement = Database.Statement;

interface RawRow {
  key: string;
  version: number;
  value: string;
}

function isRawRow(row: unknown): row is RawRow {
  return typeof row === 'object' && row !== null && 'key' in row && 'version' in row && 'value' in row;
}

/** Greater than every key that starts with the prefix: no key holds the last code point, a noncharacter. */
function prefixEnd(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** Before, in the byte order of UTF-8, which JavaScript's own (UTF-16) leaves for characters beyond U+FFFF. */
function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

interface Watcher {
  readonly prefix: string;
  readonly onChange: (changes: readonly Change[]) => void;
}

/** What a commit wrote; `json` is undefined for a deletion. */
interface Written {
  readonly key: string;
  readonly version: number;
  readonly json: string | undefined;
}

class SqliteStore implements Store {
  readonly #db: Database.Database;
  readonly #select: Statement;
  readonly #upsert: Statement;
  readonly #remove: Statement;
  readonly #range: Readonly<Record<'from' | 'after' | 'down', Statement>>;
  readonly #watchers = new Set<Watcher>();
  /** Commits whose watchers have not been told yet, oldest first. */
  readonly #untold: (readonly Written[])[] = [];
  #telling = false;
  #version: number;

  constructor(db: Database.Database) {
    this.#db = db;
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;');
    db.exec(`CREATE TABLE IF NOT EXISTS rows (
      key TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
      INSERT OR IGNORE INTO meta VALUES ('version', 0);`);
    this.#select = db.prepare('SELECT key, version, value FROM rows WHERE key = ?');
    this.#upsert = db.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?, ?)');
    this.#remove = db.prepare('DELETE FROM rows WHERE key = ?');
    this.#range = {
      from: db.prepare(
        'SELECT key, version, value FROM rows WHERE key >= ? AND key < ? ORDER BY key LIMIT ?',
      ),
      after: db.prepare(
        'SELECT key, version, value FROM rows WHERE key > ? AND key < ? ORDER BY key LIMIT ?',
      ),
      down: db.prepare(
        'SELECT key, version, value FROM rows WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?',
      ),
    };
    // A counter of its own, not max(version): a deleted newest row must not give its version away again.
    const counter = db.prepare("SELECT value FROM meta WHERE name = 'version'").get() as { value: number };
    this.#version = counter.value;
  }

  #read(key: string): RawRow | undefined {
    const row: unknown = this.#select.get(key);
    return isRawRow(row) ? row : undefined;
  }

  async get<T>(key: string): Promise<Row<T> | undefined> {
    const row = this.#read(key);
    return row && { key: row.key, version: row.version, value: JSON.parse(row.value) as T };
  }

  async list<T>(prefix: string, options: ListOptions = {}): Promise<Row<T>[]> {
    return this.#rows(prefix, options)
      .filter(isRawRow)
      .map((row) => ({ key: row.key, version: row.version, value: JSON.parse(row.value) as T }));
  }

  /** `after` may lie outside of the prefix; the bounds handed to SQLite never do, so that LIMIT counts only rows of it. */
  #rows(prefix: string, { after, limit = -1, reverse = false }: ListOptions): unknown[] {
    const end = prefixEnd(prefix);
    if (reverse) {
      return this.#range.down.all(prefix, after !== undefined && isBefore(after, end) ? after : end, limit);
    }
    return after === undefined || isBefore(after, prefix)
      ? this.#range.from.all(prefix, end, limit)
      : this.#range.after.all(after, end, limit);
  }

  async commit(writes: readonly Write[]): Promise<number> {
    const version = this.#version + 1;
    const written: Written[] = [];
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      for (const write of writes) {
        if (write.ifVersion !== undefined) {
          const actual = this.#read(write.key)?.version ?? 0;
          if (actual !== write.ifVersion) throw new VersionConflict(write.key, write.ifVersion, actual);
        }
        if (write.op === 'put') {
          const json = JSON.stringify(write.value);
          this.#upsert.run(write.key, version, json);
          written.push({ key: write.key, version, json });
        } else if (write.op === 'delete') {
          this.#remove.run(write.key);
          written.push({ key: write.key, version, json: undefined });
        }
      }
      this.#db.exec(`UPDATE meta SET value = ${version} WHERE name = 'version'`);
      this.#db.exec('COMMIT');
    } catch (error) {
      // A failed COMMIT may have rolled back by itself; a second ROLLBACK would hide why.
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw isFull(error) ? new StorageFull('The disk is full.', { cause: error }) : error;
    }
    this.#version = version;
    this.#untold.push(written);
    this.#tellWatchers();
    return version;
  }

  /**
   * Tells the watchers commit by commit. One that commits while it is told only adds to the queue, so that all of
   * them see the commits in order. One that throws is reported: the commit is done and must not seem to fail.
   */
  #tellWatchers(): void {
    if (this.#telling) return;
    this.#telling = true;
    for (let written = this.#untold.shift(); written; written = this.#untold.shift()) {
      for (const watcher of [...this.#watchers]) {
        const seen = written.filter((change) => change.key.startsWith(watcher.prefix));
        if (seen.length === 0 || !this.#watchers.has(watcher)) continue;
        try {
          watcher.onChange(seen.map(asChange));
        } catch (error) {
          process.emitWarning(error instanceof Error ? error : String(error));
        }
      }
    }
    this.#telling = false;
  }

  watch(prefix: string, onChange: (changes: readonly Change[]) => void): () => void {
    const watcher: Watcher = { prefix, onChange };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async close(): Promise<void> {
    this.#watchers.clear();
    this.#db.close();
  }
}

/** SQLITE_FULL, by its name (https://www.sqlite.org/rescode.html#full). */
function isFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'SQLITE_FULL';
}

/** Parsed anew for each watcher: none of them shares an object with the writer or with another. */
function asChange({ key, version, json }: Written): Change {
  return { key, version, value: json === undefined ? undefined : (JSON.parse(json) as unknown) };
}

/**
 * Opens the store in a file, or in memory.
 * @param path the database file, created when absent; `:memory:` keeps everything in RAM
 */
export function openSqlite(path: string): Store {
  return new SqliteStore(new Database(path));
}
