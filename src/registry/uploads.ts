/**
 * Uploads in progress. The bytes go to a file of their own and are hashed as they come, so that finishing needs
 * no second pass. An upload that a client was told of is a row too, with as many bytes as were acknowledged: it goes on
 * after a restart, when its bytes are hashed once more.
 */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../store/index.js';
import type { BlobStore } from './blob-store.js';
import { UPLOADS, uploadKey } from './keys.js';
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
  /** True when the client knows its id, and so may come back to it. */
  readonly kept: boolean;
}

/** What is stored of a kept upload: these bytes of its file have been acknowledged. */
interface KeptUpload {
  readonly scope: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly touched: number;
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
  readonly #reviving = new Map<string, Promise<void>>();
  #swept: Promise<void> | undefined;

  /** @param directory made when first needed; what a former process left in it for nobody is removed then */
  constructor(
    private readonly directory: string,
    private readonly store: Store,
    private readonly blobs: BlobStore,
    private readonly clock: () => Date,
  ) {}

  /** Removes what a former process left behind, and what nobody came back to. Starting an upload waits for it. */
  sweep(): Promise<void> {
    this.#swept ??= this.#sweep();
    return this.#swept;
  }

  /** @param lifetime `kept`: the client is told of it, and may come back after a restart; `request`: it ends with this one */
  async start(scope: string, lifetime: 'kept' | 'request'): Promise<Upload> {
    await this.sweep();
    await this.#giveUpIdle();
    const id = randomUUID();
    const path = join(this.directory, id);
    const file = await failsAsOci(open(path, 'wx', 0o600));
    const touched = this.clock().getTime();
    const session = {
      id,
      scope,
      path,
      file,
      hash: createHash('sha256'),
      size: 0,
      busy: false,
      touched,
      kept: lifetime === 'kept',
    };
    this.#sessions.set(id, session);
    try {
      await this.#keep(session);
    } catch (error) {
      await this.#drop(session).catch(() => undefined);
      throw error;
    }
    return session;
  }

  /** @throws OciError BLOB_UPLOAD_UNKNOWN */
  async get(id: string, scope: string): Promise<Upload> {
    return this.#session(id, scope);
  }

  /**
   * Appends a chunk, and makes it durable: the client is told how far the upload has come.
   * @throws OciError BLOB_UPLOAD_INVALID; 416 when the chunk does not begin where the upload ends
   */
  append(id: string, scope: string, chunk: AsyncIterable<unknown>, claim: ChunkClaim): Promise<Upload> {
    return this.#append(id, scope, chunk, claim, async (session) => {
      await failsAsOci(session.file.datasync());
      await this.#keep(session);
    });
  }

  /** Appends the chunk with which the upload ends: only finish() makes it durable. @throws OciError as append() */
  appendLast(id: string, scope: string, chunk: AsyncIterable<unknown>, claim: ChunkClaim): Promise<Upload> {
    return this.#append(id, scope, chunk, claim, async () => undefined);
  }

  /** All of the chunk counts or none: after an error the upload is as long as before. */
  async #append(
    id: string,
    scope: string,
    chunk: AsyncIterable<unknown>,
    claim: ChunkClaim,
    written: (session: Session) => Promise<void>,
  ): Promise<Upload> {
    const session = await this.#take(id, scope);
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
      await written(session);
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
    const session = await this.#take(id, scope);
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
    await this.#drop(await this.#take(id, scope));
  }

  /** Lets go of every upload; clients come back to those that they know of. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    await Promise.all(sessions.map((session) => (session.kept ? session.file.close() : this.#drop(session))));
    this.#sessions.clear();
  }

  async #session(id: string, scope: string): Promise<Session> {
    if (!this.#sessions.has(id)) await this.#revive(id);
    const session = this.#sessions.get(id);
    if (session?.scope !== scope) {
      throw new OciError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    }
    return session;
  }

  /** Takes up an upload of a former process, if there is one of this id. Two requests at once share the work. */
  #revive(id: string): Promise<void> {
    const reviving = this.#reviving.get(id) ?? this.#open(id).finally(() => this.#reviving.delete(id));
    this.#reviving.set(id, reviving);
    return reviving;
  }

  async #open(id: string): Promise<void> {
    const row = await this.store.get<KeptUpload>(uploadKey(id));
    if (!row || this.#sessions.has(id)) return;
    const { scope, size, touched } = row.value;
    const path = join(this.directory, id);
    const file = await open(path, 'r+').catch(() => undefined);
    // More than was acknowledged may be there, if the process ended in the middle of a chunk; less never.
    if (!file || (await file.stat()).size < size || touched < this.#idleSince()) {
      await file?.close();
      await this.#forget(id);
      return;
    }
    await file.truncate(size);
    const hash = createHash('sha256');
    for await (const piece of file.createReadStream({ start: 0, autoClose: false })) hash.update(piece);
    const session = { id, scope, path, file, hash, size, busy: false, touched, kept: true };
    this.#sessions.set(id, session);
  }

  /** Makes durable how far a kept upload has come: its bytes must be so already. */
  async #keep({ id, scope, size, touched, kept }: Session): Promise<void> {
    if (!kept) return;
    const value: KeptUpload = { scope, size, touched };
    await this.store.commit([{ op: 'put', key: uploadKey(id), value }]);
  }

  async #forget(id: string): Promise<void> {
    await this.store.commit([{ op: 'delete', key: uploadKey(id) }]);
    await rm(join(this.directory, id), { force: true });
  }

  async #sweep(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const kept = new Set<string>();
    for (const { key, value } of await this.store.list<KeptUpload>(UPLOADS)) {
      const id = key.slice(UPLOADS.length);
      if (value.touched < this.#idleSince()) await this.#forget(id);
      else kept.add(id);
    }
    const others = (await readdir(this.directory)).filter(
      (name) => !kept.has(name) && !this.#sessions.has(name),
    );
    await Promise.all(others.map((name) => rm(join(this.directory, name), { force: true })));
  }

  #idleSince(): number {
    return this.clock().getTime() - IDLE_MS;
  }

  async #take(id: string, scope: string): Promise<Session> {
    const session = await this.#session(id, scope);
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
    if (session.kept) await this.store.commit([{ op: 'delete', key: uploadKey(session.id) }]);
  }

  async #giveUpIdle(): Promise<void> {
    const limit = this.#idleSince();
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
