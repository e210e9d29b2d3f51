/** A directory of this machine as files of an image. */
import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { ImageFile } from './image-builder.js';

/**
 * Everything below a directory, with its modes; symbolic links as they are. All of it belongs to root in the image.
 * @param place where the directory stands in the image, e.g. `/app`
 * @throws Error naming what is neither file, directory nor link; the system's error for what cannot be read
 */
export async function directoryFiles(directory: string, place: string): Promise<ImageFile[]> {
  const names = (await readdir(directory)).sort();
  const below = await Promise.all(
    names.map((name) => filesAt(path.join(directory, name), path.posix.join(place, name))),
  );
  const { mode } = await lstat(directory);
  return [{ path: place, directory: true, mode: mode & 0o7777 }, ...below.flat()];
}

async function filesAt(source: string, place: string): Promise<ImageFile[]> {
  const stats = await lstat(source);
  if (stats.isDirectory()) return directoryFiles(source, place);
  if (stats.isSymbolicLink()) return [{ path: place, symlink: await readlink(source) }];
  if (stats.isFile()) return [{ path: place, fromFile: source, mode: stats.mode & 0o7777 }];
  throw new Error(`${source} is neither a file, a directory nor a link: images cannot hold it`);
}
