/** `blobs/DIGEST`: reading a blob or a part of it, and taking it out of a repository. */
import type { Authorizer } from './authorization.js';
import type { BlobGuard } from './blob-guard.js';
import type { BlobStore, ByteRange } from './blob-store.js';
import { answer, answerStream, type SignedExchange } from './exchange.js';
import type { ManifestStore } from './manifest-store.js';
import { OciError } from './oci-errors.js';
import type { Removals } from './removals.js';
import type { ImagePath } from './route.js';
import type { Upstreams } from './upstreams.js';

export class BlobDoor {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly manifests: ManifestStore,
    private readonly blobs: BlobStore,
    private readonly removals: Removals,
    private readonly guard: BlobGuard,
    private readonly upstreams: Upstreams,
  ) {}

  /** HEAD is part of pushing too: a client asks what it need not send. */
  async head(exchange: SignedExchange, path: ImagePath, digest: string): Promise<void> {
    const size = await this.#size(exchange, path, digest, ['download', 'upload']);
    this.guard.saw([digest], exchange.time);
    answer(exchange, 200, { ...blobHeaders(digest), 'Content-Length': size });
  }

  async get(exchange: SignedExchange, path: ImagePath, digest: string): Promise<void> {
    const size = await this.#size(exchange, path, digest, ['download']);
    const range = rangeOf(exchange.request.headers.range, size);
    if (!range) {
      const headers = { ...blobHeaders(digest), 'Content-Length': size };
      return answerStream(exchange, 200, headers, this.blobs.open(digest));
    }
    const headers = {
      ...blobHeaders(digest),
      'Content-Length': range.end - range.start + 1,
      'Content-Range': `bytes ${range.start}-${range.end}/${size}`,
    };
    return answerStream(exchange, 206, headers, this.blobs.open(digest, range));
  }

  async delete(exchange: SignedExchange, path: ImagePath, digest: string): Promise<void> {
    const repository = await this.authorizer.require(exchange, ['delete'], path.repository);
    const outcome = await this.removals.blob(repository, digest);
    if (outcome === 'missing') throw unknown(digest);
    if (outcome !== 'deleted') throw new OciError(405, 'UNSUPPORTED', `a manifest still refers to ${digest}`);
    answer(exchange, 202, { 'Docker-Content-Digest': digest });
  }

  /** The size of a blob that the caller may see. @throws OciError DENIED, BLOB_UNKNOWN */
  async #size(
    exchange: SignedExchange,
    path: ImagePath,
    digest: string,
    actions: readonly ['download'] | readonly ['download', 'upload'],
  ): Promise<number> {
    const repository = await this.authorizer.require(exchange, actions, path.repository);
    const held = await this.upstreams.first(repository, exchange.time, (each) =>
      this.manifests.holds(each, digest),
    );
    const size = held && (await this.blobs.size(digest));
    if (size === undefined) throw unknown(digest);
    return size;
  }
}

function unknown(digest: string): OciError {
  return new OciError(404, 'BLOB_UNKNOWN', `blob unknown to registry: ${digest}`);
}

function blobHeaders(digest: string): Record<string, string> {
  return {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
    ETag: `"${digest}"`,
  };
}

/**
 * The one part that a Range header asks for; undefined for none, for several, and for units other than bytes,
 * which RFC 9110 lets a server answer with the whole.
 * @throws OciError 416 when nothing of the blob lies in it
 */
function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || end < start) {
    throw new OciError(416, 'SIZE_INVALID', `the blob has ${size} bytes`, {
      'Content-Range': `bytes */${size}`,
    });
  }
  return { start, end };
}
