/** A container's file system: its image's layers, read-only, below a writable layer in memory. */
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Footing } from '../footing.js';
import { chdir, fchdir, MS_NODEV, MS_NOSUID, mount, unmount } from '../linux/index.js';

export interface Rootfs {
  /** The merged tree; visible in the private mount namespace only. */
  readonly path: string;
  /** Directory with the files that the container gets in its `/etc`. */
  readonly etc: string;
  unmount(): void;
}

/**
 * Mounts the tree in `directory`. As on Cloud Run, what the container writes lives in memory and counts towards its
 * limit (https://cloud.google.com/run/docs/container-contract#filesystem); nothing of it ever reaches the disk.
 * @param layers unpacked layers, the lowest first
 * @param options `etc` holds texts of files by their names
 * @throws SystemCallError
 */
export function mountRootfs(
  directory: string,
  layers: readonly string[],
  { memoryBytes, etc }: { readonly memoryBytes: number; readonly etc: Readonly<Record<string, string>> },
  footing: Footing,
): Rootfs {
  const lowers = join(directory, 'l');
  const memory = join(directory, 'm');
  mkdirSync(lowers);
  mkdirSync(memory);
  const names = linkLayers(lowers, layers);
  mount('tmpfs', memory, 'tmpfs', MS_NOSUID | MS_NODEV, `size=${memoryBytes},mode=755`);
  try {
    for (const name of ['upper', 'work', 'root', 'etc']) {
      mkdirSync(join(memory, name));
      chmodSync(join(memory, name), 0o755); // `upper` becomes the container's `/`: no umask
    }
    mountOverlay(lowers, names, footing);
    writeEtc(join(memory, 'etc'), etc);
  } catch (error) {
    unmount(memory);
    throw error;
  }
  const path = join(memory, 'root');
  return {
    path,
    etc: join(memory, 'etc'),
    unmount: () => {
      unmount(path);
      unmount(memory);
    },
  };
}

/**
 * Short names for the layers, the highest first: mount options are limited to one page. A layer that occurs twice is
 * needed once only, where it is highest, and overlayfs refuses the same directory twice.
 */
function linkLayers(directory: string, layers: readonly string[]): string[] {
  const distinct = [...new Set([...layers].reverse())];
  distinct.forEach((layer, index) => {
    symlinkSync(layer, join(directory, `${index}`));
  });
  if (distinct.length > 0) return distinct.map((_, index) => `${index}`);
  mkdirSync(join(directory, 'empty'));
  return ['empty'];
}

/** From within the directory of names, and back, with no await in between. */
function mountOverlay(lowers: string, names: readonly string[], footing: Footing): void {
  const back = openSync('.', 'r');
  try {
    chdir(lowers);
    const options = `lowerdir=${names.join(':')},upperdir=../m/upper,workdir=../m/work`;
    // In a user namespace overlayfs keeps its marks in attributes that ordinary users may write.
    const more = footing.kind === 'root' ? '' : ',userxattr';
    mount('overlay', '../m/root', 'overlay', MS_NODEV, `${options}${more}`);
  } finally {
    fchdir(back);
    closeSync(back);
  }
}

function writeEtc(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), 0o644);
  }
}
