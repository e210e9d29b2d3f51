/** The files that a path leads to. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

export interface FoundFile {
  readonly name: string;
  /** Where it lies below the directory that was named, with `/`; undefined for a file that was named itself. */
  readonly below?: string;
  /** Bytes, as they lie there. */
  readonly size: number;
}

/**
 * The file itself, or the files of a directory and of those in it, in the order of their names. Links are followed;
 * hidden files, and what is no file, such as a socket, are passed over.
 * @throws Error of the system for a path that is not there, or may not be read
 */
export async function filesAt(name: string): Promise<readonly FoundFile[]> {
  const found = await stat(name);
  if (!found.isDirectory()) return [{ name, size: found.size }];
  return filesIn(name, '', []);
}

/** @param above the directories that lead here, for links that lead back to one of them */
async function filesIn(root: string, below: string, above: readonly string[]): Promise<readonly FoundFile[]> {
  const folder = path.join(root, below);
  const real = await realpath(folder);
  if (above.includes(real)) return [];
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  const inside = await Promise.all(
    names.map(async (each): Promise<readonly FoundFile[]> => {
      const place = below === '' ? each : `${below}/${each}`;
      const name = path.join(root, place);
      const found = await stat(name);
      if (found.isDirectory()) return filesIn(root, place, [...above, real]);
      return found.isFile() ? [{ name, below: place, size: found.size }] : [];
    }),
  );
  return inside.flat();
}
