/**
 * Whiteouts: how a layer says that a file of the layers below is gone
 * (https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts), and how overlayfs says it
 * (https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories).
 */
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import type { Footing } from '../footing.js';
import { makeWhiteout, setxattr } from '../linux/index.js';
import { EntryRefused, readable } from './entry-rules.js';

const PREFIX = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** Paths as in CheckedEntry. 'ignored' is AUFS's own book-keeping, which other drivers skip too. */
export type Whiteout =
  | { readonly kind: 'removed'; readonly path: string }
  | { readonly kind: 'opaque'; readonly path: string }
  | { readonly kind: 'ignored' };

/** What a path says as a whiteout; undefined when it is an ordinary file. */
export function whiteoutOf(path: string): Whiteout | undefined {
  const slash = path.lastIndexOf('/');
  const base = path.slice(slash + 1);
  const parent = slash < 0 ? '' : path.slice(0, slash);
  if (!base.startsWith(PREFIX)) return undefined;
  if (base === OPAQUE) return { kind: 'opaque', path: parent };
  if (base.startsWith('.wh..wh.')) return { kind: 'ignored' };
  const name = base.slice(PREFIX.length);
  if (name === '' || name === '.' || name === '..') {
    throw new EntryRefused(`${readable(path)} is a whiteout of nothing`);
  }
  return { kind: 'removed', path: parent === '' ? name : `${parent}/${name}` };
}

/**
 * Writes overlayfs's marks into an unpacked layer. A name that the same layer also brings anew stays: whiteouts hide
 * the layers below only, so a directory becomes opaque and a file hides what is below by being there.
 * @throws EntryRefused when a whiteout lies behind a symbolic link
 */
export async function applyWhiteouts(
  directory: string,
  whiteouts: readonly Whiteout[],
  footing: Footing,
): Promise<void> {
  const opaque = footing.kind === 'root' ? 'trusted.overlay.opaque' : 'user.overlay.opaque';
  for (const whiteout of whiteouts) {
    if (whiteout.kind === 'ignored') continue;
    const parts = whiteout.path.split('/').filter((part) => part !== '');
    const parent = await ensureDirectories(
      directory,
      whiteout.kind === 'opaque' ? parts : parts.slice(0, -1),
    );
    if (whiteout.kind === 'opaque') {
      setxattr(parent, opaque, 'y');
      continue;
    }
    const path = Buffer.concat([parent, Buffer.from(`/${parts.at(-1) ?? ''}`, 'latin1')]);
    const existing = await lstatIfThere(path);
    if (existing === undefined) makeWhiteout(path);
    else if (existing.isDirectory()) setxattr(path, opaque, 'y');
  }
}

async function ensureDirectories(directory: string, parts: readonly string[]): Promise<Buffer> {
  let path = Buffer.from(directory);
  for (const part of parts) {
    path = Buffer.concat([path, Buffer.from(`/${part}`, 'latin1')]);
    const existing = await lstatIfThere(path);
    if (existing === undefined) {
      await mkdir(path);
      await chmod(path, 0o755);
    } else if (!existing.isDirectory()) {
      throw new EntryRefused(`${parts.map(readable).join('/')}: a whiteout lies behind a link or a file`);
    }
  }
  return path;
}

async function lstatIfThere(path: Buffer): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
