/**
 * Uploads in progress. The bytes go to a file of their own and are hashed as they come, so that finishing needs
 * no second pass. Sessions live in this process only: after a restart their files are removed and clients begin
 * again, as the protocol lets them.
 */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from './blob-store.js';
import { OciError } from './oci-errors.js';

/** Small pieces from the socket are gathered into writes of this size. */
const WRITE_SIZE = 1 << 20;
/** An upload that nobody has touched for this long is given up. */
const IDLE_MS = 60 * 60 * 1000;

export interface Upload {
  readonly id: string;
  /** The repository and image it was started for; it cannot be continued elsewhere. */
  readonly scope: string;
  /** Bytes received so far. */
  readonly size: number;
}

interface Session {
  readonly id: string;
  readonly scope: string;
  readonly path: string;
  readonly file: FileHandle;
  hash: Hash;
  size: number;
  busy: boolean;
  touched: number;
}

/** What a chunk says of itself. */
export interface ChunkClaim {
  /** Where it begins, from Content-Range. */
  readonly start?: number;
  /** How many bytes it has, from Content-Range or Content-Length. */
  readonly length?: number;
}

export class Uploads {
  readonly #sessions = new Map<string, Session>();
  #swept: Promise<void> | undefined;

  /** @param directory made when first needed; files of a former process in it are removed then */
  constructor(
    private readonly directory: string,
    private readonly blobs: BlobStore,
    private readonly clock: () => Date,
  ) {}

  /** Removes what a former process left behind. Starting an upload waits for it. */
  sweep(): Promise<void> {
    this.#swept ??= sweepDirectory(this.directory);
    return this.#swept;
  }

  async start(scope: string): Promise<Upload> {
    await this.sweep();
    await this.#giveUpIdle();
    const id = randomUUID();
    const path = join(this.directory, id);
    const file = await failsAsOci(open(path, 'wx', 0o600));
    const session: Session = {
      id,
      scope,
      path,
      file,
      hash: createHash('sha256'),
      size: 0,
      busy: false,
      touched: this.clock().getTime(),
    };
    this.#sessions.set(id, session);
    return session;
  }

  /** @throws OciError BLOB_UPLOAD_UNKNOWN */
  get(id: string, scope: string): Upload {
    return this.#session(id, scope);
  }

  /**
   * Appends a chunk. All of it counts or none: after an error the upload is as long as before.
   * @throws OciError BLOB_UPLOAD_INVALID; 416 when the chunk does not begin where the upload ends
   */
  async append(id: string, scope: string, chunk: AsyncIterable<unknown>, claim: ChunkClaim): Promise<Upload> {
    const session = this.#take(id, scope);
    try {
      if (claim.start !== undefined && claim.start !== session.size) {
        throw new OciError(
          416,
          'BLOB_UPLOAD_INVALID',
          `the chunk starts at ${claim.start}, but the upload has ${session.size} bytes`,
          { Range: receivedRange(session.size) },
        );
      }
      await this.#write(session, chunk, claim.length);
      return session;
    } finally {
      this.#release(session);
    }
  }

  /**
   * Ends an upload: checks the digest, makes the bytes durable and takes the blob in.
   * @returns the blob's size
   * @throws OciError DIGEST_INVALID when the bytes are not what the digest says; the upload is gone then
   */
  async finish(id: string, scope: string, digest: string): Promise<number> {
    const session = this.#take(id, scope);
    try {
      const actual = `sha256:${session.hash.digest('hex')}`;
      if (actual !== digest) {
        throw new OciError(
          400,
          'DIGEST_INVALID',
          `the provided digest ${digest} did not match the uploaded content, whose digest is ${actual}`,
        );
      }
      await failsAsOci(session.file.datasync());
      await session.file.close();
      await failsAsOci(this.blobs.adopt(session.path, digest));
      return session.size;
    } finally {
      await this.#drop(session);
    }
  }

  async cancel(id: string, scope: string): Promise<void> {
    await this.#drop(this.#take(id, scope));
  }

  /** Ends every upload without keeping anything. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => this.#drop(session)));
  }

  #session(id: string, scope: string): Session {
    const session = this.#sessions.get(id);
    if (session?.scope !== scope) {
      throw new OciError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    }
    return session;
  }

  #take(id: string, scope: string): Session {
    const session = this.#session(id, scope);
    if (session.busy) {
      throw new OciError(416, 'BLOB_UPLOAD_INVALID', 'another request is writing to this upload');
    }
    session.busy = true;
    session.touched = this.clock().getTime();
    return session;
  }

  #release(session: Session): void {
    session.busy = false;
    session.touched = this.clock().getTime();
  }

  /** Writes while the next piece is being read and hashed; on any error the file is cut back. */
  async #write(session: Session, chunk: AsyncIterable<unknown>, length: number | undefined): Promise<void> {
    const hash = session.hash.copy();
    let received = 0;
    let pending: Promise<void> = Promise.resolve();
    try {
      for await (const batch of batches(chunk)) {
        await pending;
        pending = writeAll(session.file, batch, session.size + received);
        pending.catch(() => {}); // Seen by the await of the next turn.
        for (const piece of batch) {
          hash.update(piece);
          received += piece.length;
        }
        if (length !== undefined && received > length) throw wrongLength(length, received);
      }
      await pending;
      if (length !== undefined && received !== length) throw wrongLength(length, received);
    } catch (error) {
      await pending.catch(() => {});
      await session.file.truncate(session.size);
      throw error instanceof OciError ? error : storageError(error);
    }
    session.hash = hash;
    session.size += received;
  }

  async #drop(session: Session): Promise<void> {
    this.#sessions.delete(session.id);
    await session.file.close().catch(() => {}); // Closed already when the blob was taken in.
    await rm(session.path, { force: true });
  }

  async #giveUpIdle(): Promise<void> {
    const limit = this.clock().getTime() - IDLE_MS;
    const idle = [...this.#sessions.values()].filter((session) => !session.busy && session.touched < limit);
    await Promise.all(idle.map((session) => this.#drop(session)));
  }
}

/** The Range header for what has been received: `0-(n-1)`, and `0-0` for nothing, as registries have it. */
export function receivedRange(size: number): string {
  return `0-${Math.max(0, size - 1)}`;
}

async function* batches(source: AsyncIterable<unknown>): AsyncGenerator<Buffer[]> {
  let batch: Buffer[] = [];
  let size = 0;
  for await (const piece of source) {
    if (!(piece instanceof Buffer)) throw new Error('the body is not a stream of bytes');
    batch.push(piece);
    size += piece.length;
    if (size >= WRITE_SIZE) {
      yield batch;
      batch = [];
      size = 0;
    }
  }
  if (size > 0) yield batch;
}

/** writev may write less than asked when the disk is nearly full; the next try then says why. */
async function writeAll(file: FileHandle, pieces: readonly Buffer[], position: number): Promise<void> {
  let rest: readonly Buffer[] = pieces;
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at);
    at += bytesWritten;
    rest = skip(rest, bytesWritten);
  }
}

function skip(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let left = bytes;
  return pieces.flatMap((piece) => {
    const used = Math.min(left, piece.length);
    left -= used;
    return used === piece.length ? [] : [piece.subarray(used)];
  });
}

function wrongLength(expected: number, received: number): OciError {
  return new OciError(400, 'SIZE_INVALID', `expected ${expected} bytes, received ${received}`);
}

/** What the client hears when its bytes cannot be kept, or stopped coming. */
function storageError(error: unknown): OciError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new OciError(507, 'UNAVAILABLE', 'the registry has no space left for this blob');
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new OciError(400, 'BLOB_UPLOAD_INVALID', 'the upload was cut off');
  }
  return new OciError(500, 'UNAVAILABLE', `the registry could not store this blob (${code || 'I/O error'})`);
}

async function failsAsOci<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof OciError ? error : storageError(error);
  }
}

async function sweepDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const left = await readdir(directory);
  await Promise.all(left.map((name) => rm(join(directory, name), { force: true })));
}
