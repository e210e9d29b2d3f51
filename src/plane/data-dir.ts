/** The data directory: its lock, and the file that tells commands where the running plane is. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A data directory that cannot be used; the message says why and what to do. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
}

/** What commands need to reach a running plane; `plane.json`, readable by its user only. */
export interface PlaneRecord {
  /** e.g. `http://127.0.0.1:8750` */
  readonly url: string;
  readonly secret: string;
  readonly owner: string;
  readonly pid: number;
}

export interface Lock {
  release(): void;
}

const RECORD = 'plane.json';

/** Makes the directory, private to its user. @throws DataDirError */
export async function prepareDataDir(dir: string): Promise<void> {
  try {
    await mkdir(path.dirname(dir), { recursive: true, mode: 0o700 });
    // Not recursive in its last step: where a file system takes no directories at all, such as /proc, Node.js never
    // comes back from that.
    await mkdir(dir, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' || !(await stat(dir)).isDirectory()) throw error;
    });
    await chmod(dir, 0o700);
  } catch (error) {
    throw new DataDirError(`The data directory ${dir} cannot be used: ${(error as Error).message}`);
  }
}

/**
 * Takes the directory for this process. The lock is SQLite's own file lock, so the kernel gives it back however the
 * process ends; nothing is left to clean up after a crash.
 * @throws DataDirError when another plane runs on it
 */
export async function lockDataDir(dir: string): Promise<Lock> {
  // Only a plane locks; commands that read its record need not load the database.
  const { default: Database } = await import('libsql');
  const db = new Database(path.join(dir, 'lock.db'));
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
  } catch (error) {
    db.close();
    if (!/locked|busy/i.test((error as Error).message)) {
      throw new DataDirError(`The data directory ${dir} cannot be used: ${(error as Error).message}`);
    }
    const record = await readRecord(dir).catch(() => undefined);
    const where = record ? ` (process ${record.pid}, ${record.url})` : '';
    throw new DataDirError(
      `Another plane already runs on the data directory ${dir}${where}. Stop it, or give another one with --data.`,
    );
  }
  return { release: () => db.close() };
}

/** The admin secret of this directory, made at its first use. */
export async function adminSecret(dir: string): Promise<string> {
  const file = path.join(dir, 'admin-secret');
  const stored = await readFile(file, 'utf8').catch(() => '');
  if (/^[\w-]{40,}$/.test(stored)) return stored;
  const secret = randomBytes(32).toString('base64url');
  await writeWhole(file, secret);
  return secret;
}

export async function writeRecord(dir: string, record: PlaneRecord): Promise<void> {
  await writeWhole(path.join(dir, RECORD), `${JSON.stringify(record, null, 2)}\n`);
}

export async function removeRecord(dir: string): Promise<void> {
  await rm(path.join(dir, RECORD), { force: true });
}

/** @throws DataDirError when no plane has been started on the directory, or its record cannot be read */
export async function readRecord(dir: string): Promise<PlaneRecord> {
  const text = await readFile(path.join(dir, RECORD), 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new DataDirError(
      `No plane runs on the data directory ${dir}. Start one: sekisho start --data ${dir}`,
    );
  }
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new DataDirError(`${path.join(dir, RECORD)} is not a plane's record.`);
  return value;
}

function isRecord(value: unknown): value is PlaneRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { url, secret, owner, pid } = value as Record<string, unknown>;
  return (
    typeof url === 'string' &&
    typeof secret === 'string' &&
    typeof owner === 'string' &&
    typeof pid === 'number'
  );
}

/** Writes a private file so that a reader sees the old content or the new, never half of it. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const next = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(next, text, { mode: 0o600 });
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
