/** `blobs/uploads/`: starting, continuing, finishing and cancelling the upload of a blob, and mounting one. */
import type { Authorizer } from './authorization.js';
import type { BlobGuard } from './blob-guard.js';
import type { BlobStore } from './blob-store.js';
import { answer, bodyOf, contentLength, type SignedExchange, urlOf } from './exchange.js';
import type { ManifestStore } from './manifest-store.js';
import { OciError } from './oci-errors.js';
import { type ImagePath, parseDigest, parseName } from './route.js';
import type { RepositoryId } from './types.js';
import { type ChunkClaim, receivedRange, type Upload, type Uploads } from './uploads.js';

export class UploadDoor {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly uploads: Uploads,
    private readonly manifests: ManifestStore,
    private readonly blobs: BlobStore,
    private readonly guard: BlobGuard,
  ) {}

  /** POST: begins an upload, or does all of it when `digest` is given, or mounts a blob from elsewhere. */
  async start(exchange: SignedExchange, path: ImagePath): Promise<void> {
    const repository = await this.#mayUpload(exchange, path);
    const { query } = exchange;
    const mount = query.get('mount');
    if (mount !== null && (await this.#mount(exchange, repository, parseDigest(mount)))) {
      return answerCreated(exchange, path, mount);
    }
    const digest = query.get('digest');
    if (digest === null)
      return this.#accepted(exchange, path, await this.uploads.start(scopeOf(repository, path), 'kept'));
    const expected = parseDigest(digest);
    const scope = scopeOf(repository, path);
    const upload = await this.uploads.start(scope, 'request');
    await this.#finish(exchange, path, repository, upload.id, expected);
  }

  /** PATCH: appends. */
  async append(exchange: SignedExchange, path: ImagePath, id: string): Promise<void> {
    const repository = await this.#mayUpload(exchange, path);
    const upload = await this.uploads.append(
      id,
      scopeOf(repository, path),
      bodyOf(exchange.request),
      claimOf(exchange),
    );
    this.#accepted(exchange, path, upload);
  }

  /** PUT: appends what the body holds and ends the upload. */
  async finish(exchange: SignedExchange, path: ImagePath, id: string): Promise<void> {
    const repository = await this.#mayUpload(exchange, path);
    const digest = exchange.query.get('digest');
    if (digest === null) throw new OciError(400, 'DIGEST_INVALID', 'the digest parameter is missing');
    await this.uploads.get(id, scopeOf(repository, path));
    await this.#finish(exchange, path, repository, id, parseDigest(digest));
  }

  /** GET: how much has been received. */
  async status(exchange: SignedExchange, path: ImagePath, id: string): Promise<void> {
    const repository = await this.#mayUpload(exchange, path);
    const upload = await this.uploads.get(id, scopeOf(repository, path));
    answer(exchange, 204, uploadHeaders(exchange, path, upload));
  }

  async cancel(exchange: SignedExchange, path: ImagePath, id: string): Promise<void> {
    const repository = await this.#mayUpload(exchange, path);
    await this.uploads.cancel(id, scopeOf(repository, path));
    answer(exchange, 204, {});
  }

  #mayUpload(exchange: SignedExchange, path: ImagePath): Promise<RepositoryId> {
    return this.authorizer.requireForPush(exchange, path.repository);
  }

  /** Takes the body as the upload's (last) chunk and ends it; an upload that fails here leaves nothing. */
  async #finish(
    exchange: SignedExchange,
    path: ImagePath,
    repository: RepositoryId,
    id: string,
    digest: string,
  ): Promise<void> {
    const scope = scopeOf(repository, path);
    try {
      await this.uploads.appendLast(id, scope, bodyOf(exchange.request), claimOf(exchange));
    } catch (error) {
      // A chunk at the wrong place can be sent again; a body that broke off makes the upload worthless.
      if (!(error instanceof OciError && error.status === 416)) await this.uploads.cancel(id, scope);
      throw error;
    }
    await this.guard.whilePinned([digest], async () => {
      const size = await this.uploads.finish(id, scope, digest);
      await this.manifests.link(repository, digest, size, exchange.time);
    });
    answerCreated(exchange, path, digest);
  }

  /**
   * Makes a blob of another repository readable through this one, when the caller may read it there.
   * @returns false when not: the client then uploads it
   */
  async #mount(exchange: SignedExchange, repository: RepositoryId, digest: string): Promise<boolean> {
    const from = exchange.query.get('from');
    const source = from === null ? repository : await this.#readableSource(exchange, from);
    if (!source) return false;
    return this.guard.whilePinned([digest], async () => {
      const held = await this.manifests.holds(source, digest);
      if (!held || (await this.blobs.size(digest)) === undefined) return false;
      await this.manifests.link(repository, digest, held.size, exchange.time);
      return true;
    });
  }

  async #readableSource(exchange: SignedExchange, from: string): Promise<RepositoryId | undefined> {
    const path = parseName(exchange.context.host, from);
    const answer = await this.authorizer.check(exchange, ['download'], path.repository);
    return answer.granted ? answer.repository : undefined;
  }

  #accepted(exchange: SignedExchange, path: ImagePath, upload: Upload): void {
    answer(exchange, 202, uploadHeaders(exchange, path, upload));
  }
}

function uploadHeaders(exchange: SignedExchange, path: ImagePath, upload: Upload): Record<string, string> {
  return {
    Location: urlOf(exchange.context, path, `blobs/uploads/${upload.id}`),
    'Docker-Upload-UUID': upload.id,
    Range: receivedRange(upload.size),
  };
}

function answerCreated(exchange: SignedExchange, path: ImagePath, digest: string): void {
  answer(exchange, 201, {
    Location: urlOf(exchange.context, path, `blobs/${digest}`),
    'Docker-Content-Digest': digest,
  });
}

/** An upload belongs to one image of one repository. */
function scopeOf(repository: RepositoryId, path: ImagePath): string {
  return `${repository.project}/${repository.location}/${repository.repository}/${path.image}`;
}

/**
 * What the request says of its chunk: `Content-Range: START-END`, Content-Length.
 * @throws OciError BLOB_UPLOAD_INVALID
 */
function claimOf(exchange: SignedExchange): ChunkClaim {
  const { request } = exchange;
  const header = request.headers['content-range'];
  const length = contentLength(request);
  if (header === undefined) return length === undefined ? {} : { length };
  const match = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(header);
  const [start, end] = [Number(match?.[1]), Number(match?.[2])];
  // An empty last PUT may say `0-0` or repeat what the upload has: with no body there is nothing to place.
  if (length === 0) return { length };
  if (!match || end < start) throw new OciError(400, 'BLOB_UPLOAD_INVALID', `bad Content-Range: ${header}`);
  const ranged = end - start + 1;
  if (length !== undefined && length !== ranged) {
    throw new OciError(400, 'SIZE_INVALID', `Content-Range says ${ranged} bytes, Content-Length ${length}`);
  }
  return { start, length: ranged };
}
