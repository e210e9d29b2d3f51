/** Manifests, tags, blob links and referrers of the repositories: what pushing and deleting write. */
import { isJsonObject } from '../google/index.js';
import type { Store, Write } from '../store/index.js';
import { type BlobStore, digestOf } from './blob-store.js';
import type { LinkRow, ManifestRow, ReferrerRow, TagRow } from './image-rows.js';
import {
  linkKey,
  manifestKey,
  manifestsPrefix,
  referrerKey,
  referrersOf,
  repositoryKey,
  tagKey,
  tagsPrefix,
} from './keys.js';
import { isRunnable, type Manifest, parseManifest } from './manifest.js';
import { OciError } from './oci-errors.js';
import { retried } from './repositories.js';
import type { DeleteOutcome, Descriptor, RepositoryId } from './types.js';

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

export class ManifestStore {
  constructor(
    private readonly store: Store,
    private readonly blobs: BlobStore,
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
   * @throws OciError DIGEST_INVALID, MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, NAME_UNKNOWN
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
    const buildTime = await this.#buildTime(push.repository, manifest);
    return retried(async () => {
      const checks = await this.#presence(push, manifest);
      const key = manifestKey(push.repository, push.image, digest);
      const before = await this.store.get<ManifestRow>(key);
      const now = push.time.toISOString();
      const row: ManifestRow = {
        mediaType: manifest.mediaType,
        content,
        size: push.content.length,
        blobs: blobsOf(manifest),
        manifests: manifest.kind === 'index' ? manifest.manifests.map(bare) : [],
        ...(manifest.subject === undefined ? {} : { subject: manifest.subject }),
        ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
        ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
        ...(buildTime === undefined ? {} : { buildTime }),
        uploadTime: before?.value.uploadTime ?? now,
        updateTime: now,
      };
      await this.store.commit([...checks, { op: 'put', key, value: row }, ...beside(push, digest, row)]);
      return { digest, row };
    });
  }

  /** Preconditions that repository, blobs and listed manifests are there, at the versions seen now. */
  async #presence(push: ManifestPush, manifest: Manifest): Promise<Write[]> {
    const { repository, image } = push;
    const writes = [await this.presenceOf(repository)];
    for (const blob of blobsOf(manifest)) {
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
      writes.push({ op: 'check', key, ifVersion: link.version });
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

  /** Records that the repository holds a blob which is on disk. @throws OciError NAME_UNKNOWN */
  async link(id: RepositoryId, digest: string, size: number): Promise<void> {
    const value: LinkRow = { size };
    await retried(async () => {
      await this.store.commit([await this.presenceOf(id), { op: 'put', key: linkKey(id, digest), value }]);
    });
  }

  /** @returns `in-use` when a manifest of the repository refers to the blob */
  async unlink(id: RepositoryId, digest: string): Promise<DeleteOutcome> {
    if (!(await this.holds(id, digest))) return 'missing';
    const manifests = await this.store.list<ManifestRow>(manifestsPrefix(id));
    if (manifests.some(({ value }) => value.blobs.some((blob) => blob.digest === digest))) return 'in-use';
    await this.store.commit([{ op: 'delete', key: linkKey(id, digest) }]);
    return 'deleted';
  }

  /** Removes a manifest with its tags. @returns `in-use` when an index lists it */
  async remove(id: RepositoryId, image: string, digest: string): Promise<DeleteOutcome> {
    return retried(async (): Promise<DeleteOutcome> => {
      const key = manifestKey(id, image, digest);
      const row = await this.store.get<ManifestRow>(key);
      if (!row) return 'missing';
      const siblings = await this.store.list<ManifestRow>(manifestsPrefix(id, image));
      if (siblings.some(({ value }) => value.manifests.some((child) => child.digest === digest))) {
        return 'in-use';
      }
      const tags = await this.store.list<TagRow>(tagsPrefix(id, image));
      const { subject } = row.value;
      await this.store.commit([
        { op: 'delete', key, ifVersion: row.version },
        ...tags
          .filter((tag) => tag.value.digest === digest)
          .map((tag): Write => ({ op: 'delete', key: tag.key, ifVersion: tag.version })),
        ...(subject === undefined
          ? []
          : [{ op: 'delete', key: referrerKey(id, image, subject, digest) } as const]),
      ]);
      return 'deleted';
    });
  }

  async removeTag(id: RepositoryId, image: string, tag: string): Promise<boolean> {
    return retried(async () => {
      const key = tagKey(id, image, tag);
      const row = await this.store.get<TagRow>(key);
      if (!row) return false;
      await this.store.commit([{ op: 'delete', key, ifVersion: row.version }]);
      return true;
    });
  }

  /** The manifests that name the digest as their subject. */
  async referrers(id: RepositoryId, image: string, subject: string): Promise<ReferrerRow[]> {
    const rows = await this.store.list<ReferrerRow>(referrersOf(id, image, subject));
    return rows.map((row) => row.value);
  }
}

/** The rows that go with a manifest: its tag, and its place among its subject's referrers. */
function beside(push: ManifestPush, digest: string, row: ManifestRow): Write[] {
  const { repository, image, tag } = push;
  const writes: Write[] = [];
  if (tag !== undefined) {
    const value: TagRow = { digest, updateTime: row.updateTime };
    writes.push({ op: 'put', key: tagKey(repository, image, tag), value });
  }
  if (row.subject !== undefined) {
    const value: ReferrerRow = {
      mediaType: row.mediaType,
      digest,
      size: row.size,
      ...(row.artifactType === undefined ? {} : { artifactType: row.artifactType }),
      ...(row.annotations === undefined ? {} : { annotations: row.annotations }),
    };
    writes.push({ op: 'put', key: referrerKey(repository, image, row.subject, digest), value });
  }
  return writes;
}

function blobsOf(manifest: Manifest): Descriptor[] {
  if (manifest.kind === 'index') return [];
  return [manifest.config, ...manifest.layers.filter((layer) => !layer.foreign)].map(bare);
}

function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function unknownBlob(digest: string): OciError {
  return new OciError(400, 'MANIFEST_BLOB_UNKNOWN', `the manifest refers to ${digest}, which is not here`);
}
