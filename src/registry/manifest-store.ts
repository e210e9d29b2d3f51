/** Manifests, tags, blob links and referrers of the repositories: what pushing writes and pulling reads. */
import { isJsonObject } from '../google/index.js';
import type { Store, Write } from '../store/index.js';
import type { BlobGuard } from './blob-guard.js';
import { type BlobStore, digestOf } from './blob-store.js';
import type { LinkRow, ManifestRow, ReferrerRow, TagRow } from './image-rows.js';
import { cannotUpdateTag } from './immutability.js';
import { linkKey, manifestKey, referrerKey, referrersOf, repositoryKey, tagKey } from './keys.js';
import { type ImageIndex, isRunnable, type Manifest, parseManifest } from './manifest.js';
import { OciError } from './oci-errors.js';
import { retried } from './repositories.js';
import type { Descriptor, Repository, RepositoryId } from './types.js';

/** A manifest as it came in. */
export interface ManifestPush {
  readonly repository: RepositoryId;
  readonly image: string;
  readonly tag?: string;
  /** The digest that the request named; the content must have it. */
  readonly digest?: string;
  readonly contentType: string;
  readonly content: Buffer;
  readonly time: Date;
}

export interface StoredManifest {
  readonly digest: string;
  readonly row: ManifestRow;
}

/** A manifest that has been read and found good. */
interface ReadManifest {
  readonly digest: string;
  readonly content: string;
  readonly manifest: Manifest;
  readonly buildTime: string | undefined;
}

export class ManifestStore {
  constructor(
    private readonly store: Store,
    private readonly blobs: BlobStore,
    private readonly guard: BlobGuard,
  ) {}

  /** The digest behind a tag, or the digest itself. */
  async resolve(id: RepositoryId, image: string, reference: string): Promise<string | undefined> {
    if (reference.includes(':')) return reference;
    return (await this.store.get<TagRow>(tagKey(id, image, reference)))?.value.digest;
  }

  async get(id: RepositoryId, image: string, reference: string): Promise<StoredManifest | undefined> {
    const digest = await this.resolve(id, image, reference);
    if (digest === undefined) return undefined;
    const row = await this.store.get<ManifestRow>(manifestKey(id, image, digest));
    return row && { digest, row: row.value };
  }

  /**
   * Stores a manifest, its tag and its referrer row in one transaction that fails when the repository or
   * anything the manifest refers to is gone.
   * @throws OciError DIGEST_INVALID; MANIFEST_INVALID, also for an immutable tag that names another manifest;
   * MANIFEST_BLOB_UNKNOWN, NAME_UNKNOWN
   */
  async put(push: ManifestPush): Promise<StoredManifest> {
    const content = push.content.toString('utf8');
    if (!Buffer.from(content, 'utf8').equals(push.content)) {
      throw new OciError(400, 'MANIFEST_INVALID', 'the manifest is not UTF-8');
    }
    const digest = digestOf(push.content);
    if (push.digest !== undefined && push.digest !== digest) {
      throw new OciError(
        400,
        'DIGEST_INVALID',
        `the provided digest ${push.digest} did not match the manifest, whose digest is ${digest}`,
      );
    }
    const manifest = parseManifest(content, push.contentType);
    const blobs = blobsOf(manifest).map((blob) => blob.digest);
    return this.guard.whilePinned(blobs, async () => {
      const buildTime = await this.#buildTime(push.repository, manifest);
      return retried(() => this.#write(push, { digest, content, manifest, buildTime }));
    });
  }

  async #write(push: ManifestPush, read: ReadManifest): Promise<StoredManifest> {
    const { digest, content, manifest, buildTime } = read;
    const checks = await this.#presence(push, manifest);
    const key = manifestKey(push.repository, push.image, digest);
    const before = await this.store.get<ManifestRow>(key);
    const now = push.time.toISOString();
    const row: ManifestRow = {
      mediaType: manifest.mediaType,
      content,
      size: push.content.length,
      blobs: blobsOf(manifest),
      manifests: manifest.kind === 'index' ? manifest.manifests.map(listed) : [],
      ...(manifest.subject === undefined ? {} : { subject: manifest.subject }),
      ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
      ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
      ...(buildTime === undefined ? {} : { buildTime }),
      uploadTime: before?.value.uploadTime ?? now,
      updateTime: now,
    };
    const tagged = await this.#tag(push, digest, row.updateTime);
    await this.store.commit([
      ...checks,
      { op: 'put', key, value: row },
      ...tagged,
      ...referral(push, digest, row),
    ]);
    return { digest, row };
  }

  /** The write of the push's tag, if it has one. @throws OciError MANIFEST_INVALID when it may not move */
  async #tag({ repository, image, tag }: ManifestPush, digest: string, updateTime: string): Promise<Write[]> {
    if (tag === undefined) return [];
    const key = tagKey(repository, image, tag);
    const value: TagRow = { digest, updateTime };
    const holder = await this.store.get<Repository>(repositoryKey(repository));
    if (!holder?.value.immutableTags) return [{ op: 'put', key, value }];
    const before = await this.store.get<TagRow>(key);
    if (before?.value.digest === digest) return [{ op: 'check', key, ifVersion: before.version }];
    if (before) throw new OciError(400, 'MANIFEST_INVALID', cannotUpdateTag(tag));
    return [{ op: 'put', key, value, ifVersion: 0 }];
  }

  /** Preconditions that repository, blobs and listed manifests are there, at the versions seen now. */
  async #presence(push: ManifestPush, manifest: Manifest): Promise<Write[]> {
    const { repository, image } = push;
    const writes = [await this.presenceOf(repository)];
    for (const blob of distinct(blobsOf(manifest))) {
      const key = linkKey(repository, blob.digest);
      const link = await this.store.get<LinkRow>(key);
      if (!link) throw unknownBlob(blob.digest);
      if (link.value.size !== blob.size) {
        throw new OciError(
          400,
          'MANIFEST_INVALID',
          `the descriptor of ${blob.digest} says ${blob.size} bytes, but the blob has ${link.value.size}`,
        );
      }
      writes.push(
        link.value.pending === undefined
          ? { op: 'check', key, ifVersion: link.version }
          : { op: 'put', key, value: arrived(link.value), ifVersion: link.version },
      );
    }
    for (const child of manifest.kind === 'index' ? manifest.manifests : []) {
      const key = manifestKey(repository, image, child.digest);
      const row = await this.store.get<ManifestRow>(key);
      if (!row) throw unknownBlob(child.digest);
      writes.push({ op: 'check', key, ifVersion: row.version });
    }
    return writes;
  }

  /** A precondition that the repository is still there. @throws OciError NAME_UNKNOWN */
  async presenceOf(repository: RepositoryId): Promise<Write> {
    const key = repositoryKey(repository);
    const row = await this.store.get(key);
    if (!row) throw new OciError(404, 'NAME_UNKNOWN', 'the repository is gone');
    return { op: 'check', key, ifVersion: row.version };
  }

  async #buildTime(id: RepositoryId, manifest: Manifest): Promise<string | undefined> {
    if (manifest.kind === 'index' || !isRunnable(manifest)) return undefined;
    // A config is small; something big that only claims to be one is not read.
    if (manifest.config.size > 1 << 20 || !(await this.holds(id, manifest.config.digest))) return undefined;
    try {
      const config: unknown = JSON.parse((await this.blobs.read(manifest.config.digest)).toString('utf8'));
      const created = isJsonObject(config) ? config.created : undefined;
      return typeof created === 'string' && !Number.isNaN(Date.parse(created)) ? created : undefined;
    } catch {
      return undefined; // Not JSON: that is for whoever runs the image to complain about.
    }
  }

  /** The blob's size if the repository holds it. */
  async holds(id: RepositoryId, digest: string): Promise<{ readonly size: number } | undefined> {
    return (await this.store.get<LinkRow>(linkKey(id, digest)))?.value;
  }

  /** Records that the repository holds a blob which is on disk and pinned. @throws OciError NAME_UNKNOWN */
  async link(id: RepositoryId, digest: string, size: number, time: Date): Promise<void> {
    const key = linkKey(id, digest);
    await retried(async () => {
      const before = await this.store.get<LinkRow>(key);
      const pushes = (before?.value.pending?.pushes ?? 0) + 1;
      const value: LinkRow = { size, pending: { pushes, since: time.toISOString() } };
      const ifVersion = before?.version ?? 0;
      await this.store.commit([await this.presenceOf(id), { op: 'put', key, value, ifVersion }]);
    });
  }

  /** The manifests that name the digest as their subject. */
  async referrers(id: RepositoryId, image: string, subject: string): Promise<ReferrerRow[]> {
    const rows = await this.store.list<ReferrerRow>(referrersOf(id, image, subject));
    return rows.map((row) => row.value);
  }
}

/** The row that says whose referrer the manifest is, when it has a subject. */
function referral(push: ManifestPush, digest: string, row: ManifestRow): Write[] {
  if (row.subject === undefined) return [];
  const value: ReferrerRow = {
    mediaType: row.mediaType,
    digest,
    size: row.size,
    ...(row.artifactType === undefined ? {} : { artifactType: row.artifactType }),
    ...(row.annotations === undefined ? {} : { annotations: row.annotations }),
  };
  return [{ op: 'put', key: referrerKey(push.repository, push.image, row.subject, digest), value }];
}

function blobsOf(manifest: Manifest): Descriptor[] {
  if (manifest.kind === 'index') return [];
  return [manifest.config, ...manifest.layers.filter((layer) => !layer.foreign)].map(bare);
}

function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function listed(entry: ImageIndex['manifests'][number]): ManifestRow['manifests'][number] {
  return { ...bare(entry), ...(entry.platform === undefined ? {} : { platform: entry.platform }) };
}

/** A link when a manifest has come: what it awaits is one push less. From now on the manifest keeps the blob. */
function arrived({ size, pending }: LinkRow): LinkRow {
  if (pending === undefined || pending.pushes <= 1) return { size };
  return { size, pending: { ...pending, pushes: pending.pushes - 1 } };
}

/** One of each digest and size: an image may have the same layer twice, and a row is written once. */
function distinct(blobs: readonly Descriptor[]): Descriptor[] {
  return [...new Map(blobs.map((blob) => [`${blob.digest} ${blob.size}`, blob])).values()];
}

function unknownBlob(digest: string): OciError {
  return new OciError(400, 'MANIFEST_BLOB_UNKNOWN', `the manifest refers to ${digest}, which is not here`);
}
