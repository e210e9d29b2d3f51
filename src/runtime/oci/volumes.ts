/** Volumes that the containers of one sandbox share: trees in memory, mounted in the private mount namespace. */
import { chmodSync, closeSync, fchmodSync, fstatSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MS_BIND, MS_NODEV, MS_NOSUID, mount, openInRoot, SystemCallError, unmount } from '../linux/index.js';
import { type ContainerSpec, type SharedVolume, StartFailure } from '../types.js';
import type { Undo } from './take-down.js';

/** Where the sandbox's volumes are mounted, by their names. */
export type VolumeTrees = ReadonlyMap<string, { readonly path: string; readonly kind: SharedVolume['kind'] }>;

/** A volume, or a part of it, in a container. */
export interface VolumeMount {
  /** In the private mount namespace. */
  readonly source: string;
  /** In the container. */
  readonly destination: string;
  readonly readOnly: boolean;
}

/** In Kubernetes, whose volumes these are, an emptyDir may be written by whoever the container runs as. */
const MEMORY_MODE = '777';
const DIRECTORY_MODE = 0o755;
const SUBPATH_MODE = 0o777;

/**
 * Mounts the volumes of a sandbox below `directory`, which exists. Files are in ramfs, which unlike tmpfs is never
 * swapped to disk (https://docs.kernel.org/filesystems/ramfs-rootfs-initramfs.html).
 * @throws SystemCallError
 */
export function makeVolumes(directory: string, volumes: readonly SharedVolume[], undo: Undo[]): VolumeTrees {
  const trees = new Map<string, { path: string; kind: SharedVolume['kind'] }>();
  for (const [index, volume] of volumes.entries()) {
    const path = join(directory, `${index}`);
    mkdirSync(path);
    const flags = MS_NOSUID | MS_NODEV;
    if (volume.kind === 'memory') {
      const size = volume.sizeBytes === undefined ? '' : `,size=${volume.sizeBytes}`;
      mount('tmpfs', path, 'tmpfs', flags, `mode=${MEMORY_MODE}${size}`);
    } else {
      mount('ramfs', path, 'ramfs', flags, 'mode=755');
    }
    undo.push(() => unmount(path));
    if (volume.kind === 'files') for (const file of volume.files) writeFile(path, file);
    trees.set(volume.name, { path, kind: volume.kind });
  }
  return trees;
}

type VolumeFile = Extract<SharedVolume, { kind: 'files' }>['files'][number];

function writeFile(root: string, { path, mode, contents }: VolumeFile): void {
  const parts = partsOf(path);
  if (parts === undefined) throw new StartFailure(`${path} is not a path in a volume`);
  const target = join(root, ...parts);
  makeDirectories(root, parts.slice(0, -1));
  writeFileSync(target, contents, { flag: 'wx' });
  chmodSync(target, mode); // no umask
}

function makeDirectories(root: string, parts: readonly string[]): void {
  let path = root;
  for (const part of parts) {
    path = join(path, part);
    mkdirSync(path, { recursive: true });
    chmodSync(path, DIRECTORY_MODE);
  }
}

/**
 * What a container mounts, those that others lie in first. A part of a volume is bound below `directory`, by a
 * descriptor: a container that shares the volume may put a link where the part is, at any time.
 * @throws StartFailure when there is no such volume, or no such part of it
 */
export function mountVolumes(
  directory: string,
  mounts: ContainerSpec['mounts'],
  volumes: VolumeTrees,
  undo: Undo[],
): VolumeMount[] {
  const made = mounts.map(({ volume, path, subPath }, index): VolumeMount => {
    const tree = volumes.get(volume);
    if (tree === undefined) throw new StartFailure(`there is no volume ${volume}`);
    const readOnly = tree.kind === 'files';
    if (subPath === undefined || subPath === '') {
      return { source: tree.path, destination: path, readOnly };
    }
    const fd = openPart(tree.path, subPath, !readOnly);
    try {
      const source = join(directory, 'v', `${index}`);
      bind(fd, source, undo);
      return { source, destination: path, readOnly };
    } finally {
      closeSync(fd);
    }
  });
  return made.sort((one, other) => depth(one.destination) - depth(other.destination));
}

const depth = (path: string): number => path.split('/').filter(Boolean).length;

/** The parts of a relative path; undefined when it leads out of its root, or nowhere. */
function partsOf(path: string): string[] | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return path.startsWith('/') || path.includes('\0') || parts.includes('..') || parts.length === 0
    ? undefined
    : parts;
}

/**
 * A descriptor of a file or directory in a volume; links in it lead nowhere else.
 * @param make directories where they are missing
 */
function openPart(root: string, subPath: string, make: boolean): number {
  const parts = partsOf(subPath);
  if (parts === undefined) throw new StartFailure(`${subPath} is not a path in a volume`);
  const rootFd = openSync(root, 'r');
  let fd = rootFd;
  try {
    for (const [index, part] of parts.entries()) {
      const next = openOrMake(
        rootFd,
        parts.slice(0, index + 1).join('/'),
        make ? `${fd}/${part}` : undefined,
      );
      if (fd !== rootFd) closeSync(fd);
      fd = next;
    }
    return fd;
  } catch (error) {
    if (fd !== rootFd) closeSync(fd);
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw new StartFailure(`the volume's ${subPath} cannot be mounted: ${code}`);
  } finally {
    closeSync(rootFd);
  }
}

/** @param missing to be made, as an open directory's descriptor and a name in it: what is made follows no link */
function openOrMake(rootFd: number, path: string, missing: string | undefined): number {
  try {
    return openInRoot(rootFd, path);
  } catch (error) {
    if (!(error instanceof SystemCallError && error.code === 'ENOENT') || missing === undefined) throw error;
    const directory = `/proc/self/fd/${missing}`;
    mkdirSync(directory);
    const fd = openInRoot(rootFd, path);
    fchmodSync(fd, SUBPATH_MODE); // no umask
    return fd;
  }
}

/** Mounts what is open at a path that is made for it. */
function bind(fd: number, target: string, undo: Undo[]): void {
  mkdirSync(dirname(target), { recursive: true });
  if (fstatSync(fd).isDirectory()) mkdirSync(target);
  else writeFileSync(target, '');
  mount(`/proc/self/fd/${fd}`, target, null, MS_BIND, null);
  undo.push(() => unmount(target));
}
