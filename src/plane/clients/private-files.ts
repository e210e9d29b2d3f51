/** Files that only their owner reads, replaced whole: a reader sees the old content or the new, never half of it. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The file's text; undefined when it cannot be read. */
export async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/**
 * Writes a file, and the directories above it with mode 0700, unless it has that content already.
 * @param mode 0600 when left out
 */
export async function writePrivate(file: string, text: string, mode = 0o600): Promise<void> {
  if ((await readText(file)) === text) return;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(next, text, { mode });
  await rename(next, file);
}
