/**
 * Blobs on disk, named by their digest: `blobs/sha256/ab/abcdef…`. A file is there whole or not at all: it is
 * written elsewhere, hashed on the way, made durable and then renamed.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isDigest } from '../names/index.js';

/** Big reads keep the number of system calls and callbacks per gigabyte low. */
const READ_SIZE = 1 << 20;

/** The first and the last byte of a part, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export class BlobStore {
  readonly #root: string;

  /** @param root the directory `blobs/sha256`; made when first needed */
  constructor(root: string) {
    this.#root = root;
  }

  #place(digest: string): { directory: string; path: string } {
    if (!isDigest(digest)) throw new Error(`not a digest: ${digest}`);
    const hex = digest.slice('sha256:'.length);
    const directory = join(this.#root, hex.slice(0, 2));
    return { directory, path: join(directory, hex) };
  }

  /** Bytes of a blob, or undefined when there is none. */
  async size(digest: string): Promise<number | undefined> {
    try {
      return (await stat(this.#place(digest).path)).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Streams a blob or a part of it. A missing one shows as an error of the stream. */
  open(digest: string, range?: ByteRange): Readable {
    return createReadStream(this.#place(digest).path, { highWaterMark: READ_SIZE, ...range });
  }

  /** Reads a small blob whole. */
  async read(digest: string): Promise<Buffer> {
    return readFile(this.#place(digest).path);
  }

  /**
   * Takes a finished file in under its digest. The caller has hashed it and made its contents durable; the
   * file's old name is gone afterwards.
   */
  async adopt(file: string, digest: string): Promise<void> {
    const { directory, path } = this.#place(digest);
    if ((await this.size(digest)) !== undefined) {
      // Young again: whoever clears unreferenced blobs must not take one that has just been pushed anew.
      const now = new Date();
      await utimes(path, now, now);
      await rm(file, { force: true });
      return;
    }
    if ((await mkdir(directory, { recursive: true })) !== undefined) await syncDirectory(this.#root);
    await rename(file, path);
    await syncDirectory(directory);
  }

  /** The digests of all blobs on disk. */
  async list(): Promise<string[]> {
    const digests: string[] = [];
    for (const directory of await namesIn(this.#root)) {
      for (const name of await namesIn(join(this.#root, directory))) {
        const digest = `sha256:${name}`;
        if (isDigest(digest)) digests.push(digest);
      }
    }
    return digests;
  }

  async remove(digest: string): Promise<void> {
    await rm(this.#place(digest).path, { force: true });
  }
}

/** Makes a directory's entries durable, so that a renamed file is still there after a power cut. */
async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

/** What lies in a directory; nothing when it was never made. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The digest of bytes in memory, e.g. `sha256:9f86d081…`. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
