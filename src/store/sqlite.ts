/** SQLite through libsql: WAL, synchronous FULL, one row per key. */
import Database from 'libsql';
import { type Change, type ListOptions, type Row, type Store, VersionConflict, type Write } from './store.js';

type Statement = Database.Statement;

interface RawRow {
  key: string;
  version: number;
  value: string;
}

function isRawRow(row: unknown): row is RawRow {
  return typeof row === 'object' && row !== null && 'key' in row && 'version' in row && 'value' in row;
}

/** The smallest string greater than every string that starts with the prefix. */
function prefixEnd(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

class SqliteStore implements Store {
  readonly #db: Database.Database;
  readonly #select: Statement;
  readonly #upsert: Statement;
  readonly #remove: Statement;
  readonly #range: Readonly<Record<'up' | 'down', Statement>>;
  readonly #watchers = new Set<{ prefix: string; onChange: (changes: readonly Change[]) => void }>();
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
      up: db.prepare('SELECT key, version, value FROM rows WHERE key > ? AND key < ? ORDER BY key LIMIT ?'),
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
    const limit = options.limit ?? -1;
    const end = prefixEnd(prefix);
    const rows: unknown[] = options.reverse
      ? this.#range.down.all(prefix, options.after ?? end, limit)
      : // `key > ''` would skip nothing that exists; the prefix itself counts as a key when stored.
        this.#range.up.all(options.after ?? previous(prefix), end, limit);
    return rows
      .filter(isRawRow)
      .filter((row) => row.key.startsWith(prefix))
      .map((row) => ({ key: row.key, version: row.version, value: JSON.parse(row.value) as T }));
  }

  async commit(writes: readonly Write[]): Promise<number> {
    const version = this.#version + 1;
    const changes: Change[] = [];
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const write of writes) {
        if (write.ifVersion !== undefined) {
          const actual = this.#read(write.key)?.version ?? 0;
          if (actual !== write.ifVersion) throw new VersionConflict(write.key, write.ifVersion, actual);
        }
        if (write.op === 'put') {
          this.#upsert.run(write.key, version, JSON.stringify(write.value));
          changes.push({ key: write.key, version, value: write.value });
        } else if (write.op === 'delete') {
          this.#remove.run(write.key);
          changes.push({ key: write.key, version, value: undefined });
        }
      }
      this.#db.exec(`UPDATE meta SET value = ${version} WHERE name = 'version'`);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
    this.#version = version;
    for (const watcher of this.#watchers) {
      const seen = changes.filter((change) => change.key.startsWith(watcher.prefix));
      if (seen.length > 0) watcher.onChange(seen);
    }
    return version;
  }

  watch(prefix: string, onChange: (changes: readonly Change[]) => void): () => void {
    const watcher = { prefix, onChange };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async close(): Promise<void> {
    this.#watchers.clear();
    this.#db.close();
  }
}

/** A key just below the prefix, so that `key > ?` includes the prefix itself. */
function previous(prefix: string): string {
  return prefix === ''
    ? ''
    : prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) - 1) + '\uffff';
}

/**
 * Opens the store in a file, or in memory.
 * @param path the database file, created when absent; `:memory:` keeps everything in RAM
 */
export function openSqlite(path: string): Store {
  return new SqliteStore(new Database(path));
}
