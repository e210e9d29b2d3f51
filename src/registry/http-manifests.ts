/** `manifests/REFERENCE`, `tags/list` and `referrers/DIGEST`. */
import type { Authorizer } from './authorization.js';
import { answer, answerJson, readBody, type SignedExchange, urlOf } from './exchange.js';
import { MAX_MANIFEST_BYTES, OCI_INDEX } from './manifest.js';
import type { ManifestStore } from './manifest-store.js';
import { OciError } from './oci-errors.js';
import type { PublicImages } from './public-images.js';
import type { ImagePath } from './route.js';
import type { Images } from './types.js';

export class ManifestDoor {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly manifests: ManifestStore,
    private readonly images: Images,
    private readonly publicImages: PublicImages,
  ) {}

  /** GET and HEAD. */
  async read(exchange: SignedExchange, path: ImagePath, reference: string): Promise<void> {
    const { principal, time } = exchange;
    const repository = await this.authorizer.require(principal, ['download'], path.repository, time);
    await this.publicImages.ensure(repository, path.image);
    const found = await this.manifests.get(repository, path.image, reference);
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
    const { principal, time, request } = exchange;
    const repository = await this.authorizer.require(principal, ['upload'], path.repository, time);
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
    const { principal, time } = exchange;
    const repository = await this.authorizer.require(principal, ['delete'], path.repository, time);
    const outcome = reference.includes(':')
      ? await this.manifests.remove(repository, path.image, reference)
      : (await this.manifests.removeTag(repository, path.image, reference))
        ? 'deleted'
        : 'missing';
    switch (outcome) {
      case 'missing':
        throw unknown(path, reference);
      case 'in-use':
        throw new OciError(
          400,
          'GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE',
          'Manifest is still referenced by one or more parent images.',
        );
      case 'deleted':
        answer(exchange, 202, {});
    }
  }

  /** Tags in order, a page at a time when `n` says so. */
  async tags(exchange: SignedExchange, path: ImagePath): Promise<void> {
    const { principal, time, query, context } = exchange;
    const repository = await this.authorizer.require(principal, ['download'], path.repository, time);
    await this.publicImages.ensure(repository, path.image);
    const all = (await this.images.tags(repository, path.image)).map(({ tag }) => tag).sort();
    if (all.length === 0 && (await this.images.versions(repository, path.image)).length === 0) {
      throw new OciError(404, 'NAME_UNKNOWN', `repository name not known to registry: ${path.canonical}`);
    }
    const after = query.get('last');
    const rest = after === null ? all : all.filter((tag) => tag > after);
    const page = rest.slice(0, pageSize(query.get('n')));
    const last = page.at(-1);
    const more = page.length < rest.length && last !== undefined;
    const next = new URLSearchParams({ n: query.get('n') ?? '', last: last ?? '' });
    answerJson(
      exchange,
      200,
      { name: path.name, tags: page },
      more ? { Link: `<${urlOf(context, path, `tags/list?${next}`)}>; rel="next"` } : {},
    );
  }

  /** An index of the manifests that name the digest as their subject; empty when none does. */
  async referrers(exchange: SignedExchange, path: ImagePath, digest: string): Promise<void> {
    const { principal, time, query } = exchange;
    const repository = await this.authorizer.require(principal, ['download'], path.repository, time);
    const wanted = query.get('artifactType');
    const all = await this.manifests.referrers(repository, path.image, digest);
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

/** @throws OciError UNSUPPORTED */
function pageSize(text: string | null): number {
  if (text === null) return Number.POSITIVE_INFINITY;
  if (!/^\d{1,9}$/.test(text)) throw new OciError(400, 'UNSUPPORTED', `n must be a number: ${text}`);
  return Number(text);
}
