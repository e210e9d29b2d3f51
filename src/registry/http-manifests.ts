/** `manifests/REFERENCE`, `tags/list` and `referrers/DIGEST`. */
import type { Authorizer } from './authorization.js';
import { answer, answerJson, readBody, type SignedExchange, urlOf } from './exchange.js';
import { cannotDeleteTag, cannotDeleteTagged } from './immutability.js';
import { pageOf } from './list-pages.js';
import { MAX_MANIFEST_BYTES, OCI_INDEX } from './manifest.js';
import type { ManifestStore } from './manifest-store.js';
import { OciError } from './oci-errors.js';
import type { PublicImages } from './public-images.js';
import type { Removals } from './removals.js';
import type { ImagePath } from './route.js';
import type { Images } from './types.js';
import type { Upstreams } from './upstreams.js';

export class ManifestDoor {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly manifests: ManifestStore,
    private readonly images: Images,
    private readonly removals: Removals,
    private readonly publicImages: PublicImages,
    private readonly upstreams: Upstreams,
  ) {}

  /** GET and HEAD. */
  async read(exchange: SignedExchange, path: ImagePath, reference: string): Promise<void> {
    const repository = await this.authorizer.require(exchange, ['download'], path.repository);
    await this.publicImages.ensure(repository, path.image);
    const found = await this.upstreams.first(repository, exchange.time, (each) =>
      this.manifests.get(each, path.image, reference),
    );
    if (!found) throw unknown(path, reference);
    answer(
      exchange,
      200,
      {
        'Content-Type': found.row.mediaType,
        'Content-Length': found.row.size,
        'Docker-Content-Digest': found.digest,
        ETag: `"${found.digest}"`,
      },
      found.row.content,
    );
  }

  async put(exchange: SignedExchange, path: ImagePath, reference: string): Promise<void> {
    const { time, request } = exchange;
    const repository = await this.authorizer.requireForPush(exchange, path.repository);
    const content = await readBody(request, MAX_MANIFEST_BYTES);
    const { digest, row } = await this.manifests.put({
      repository,
      image: path.image,
      ...(reference.includes(':') ? { digest: reference } : { tag: reference }),
      contentType: request.headers['content-type'] ?? '',
      content,
      time,
    });
    answer(exchange, 201, {
      Location: urlOf(exchange.context, path, `manifests/${digest}`),
      'Docker-Content-Digest': digest,
      ...(row.subject === undefined ? {} : { 'OCI-Subject': row.subject }),
    });
  }

  /** By tag removes the tag, by digest the manifest and its tags. */
  async delete(exchange: SignedExchange, path: ImagePath, reference: string): Promise<void> {
    const repository = await this.authorizer.require(exchange, ['delete'], path.repository);
    const byDigest = reference.includes(':');
    const outcome = byDigest
      ? await this.removals.version(repository, path.image, reference, true)
      : await this.removals.tag(repository, path.image, reference);
    switch (outcome) {
      case 'missing':
        throw unknown(path, reference);
      case 'in-use':
        throw new OciError(
          400,
          'GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE',
          'Manifest is still referenced by one or more parent images.',
        );
      case 'tagged':
      case 'immutable': {
        const message = byDigest ? cannotDeleteTagged(reference) : cannotDeleteTag(reference);
        throw new OciError(400, 'MANIFEST_INVALID', message);
      }
      case 'deleted':
        answer(exchange, 202, {});
    }
  }

  /** Tags in order, a page at a time when `n` says so. */
  async tags(exchange: SignedExchange, path: ImagePath): Promise<void> {
    const { query } = exchange;
    const repository = await this.authorizer.require(exchange, ['download'], path.repository);
    await this.publicImages.ensure(repository, path.image);
    const holders = await this.upstreams.behind(repository, exchange.time);
    const tags = await Promise.all(holders.map((each) => this.images.tags(each, path.image)));
    const all = [...new Set(tags.flat().map(({ tag }) => tag))].sort();
    const versions = await Promise.all(holders.map((each) => this.images.versions(each, path.image)));
    if (all.length === 0 && versions.flat().length === 0) {
      throw new OciError(404, 'NAME_UNKNOWN', `repository name not known to registry: ${path.canonical}`);
    }
    const { items, next } = pageOf(all, query);
    const link = `<${urlOf(exchange.context, path, `tags/list?${next}`)}>; rel="next"`;
    answerJson(exchange, 200, { name: path.name, tags: items }, next === undefined ? {} : { Link: link });
  }

  /** An index of the manifests that name the digest as their subject; empty when none does. */
  async referrers(exchange: SignedExchange, path: ImagePath, digest: string): Promise<void> {
    const { query } = exchange;
    const repository = await this.authorizer.require(exchange, ['download'], path.repository);
    const wanted = query.get('artifactType');
    const holders = await this.upstreams.behind(repository, exchange.time);
    const all = (
      await Promise.all(holders.map((each) => this.manifests.referrers(each, path.image, digest)))
    ).flat();
    const manifests = wanted === null ? all : all.filter((row) => row.artifactType === wanted);
    answerJson(
      exchange,
      200,
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
      { 'Content-Type': OCI_INDEX, ...(wanted === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }) },
    );
  }
}

/** Artifact Registry's words for a manifest that is not there. */
function unknown(path: ImagePath, reference: string): OciError {
  return new OciError(
    404,
    'MANIFEST_UNKNOWN',
    `Failed to fetch "${reference}" from request "/v2/${path.canonical}/manifests/${reference}".`,
  );
}
