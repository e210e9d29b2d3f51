/** What lies in a repository, for the views of other APIs: packages, versions, tags. */
import type { Store } from '../store/index.js';
import type { ManifestRow, TagRow } from './image-rows.js';
import { manifestKey, manifestsPrefix, referrersPrefix, splitImageKey, tagsPrefix } from './keys.js';
import type { ManifestStore } from './manifest-store.js';
import type { PublicImages } from './public-images.js';
import { retried } from './repositories.js';
import type { DeleteOutcome, ImagePackage, Images, ImageTag, ImageVersion, RepositoryId } from './types.js';

class StoredImages implements Images {
  constructor(
    private readonly store: Store,
    private readonly manifests: ManifestStore,
    private readonly publicImages: PublicImages,
  ) {}

  async packages(id: RepositoryId): Promise<ImagePackage[]> {
    const packages = new Map<string, ImagePackage>();
    for (const { image, uploadTime, updateTime } of await this.versions(id)) {
      const known = packages.get(image);
      packages.set(image, {
        image,
        createTime: known && known.createTime < uploadTime ? known.createTime : uploadTime,
        updateTime: known && known.updateTime > updateTime ? known.updateTime : updateTime,
      });
    }
    return [...packages.values()].sort((a, b) => (a.image < b.image ? -1 : 1));
  }

  async versions(id: RepositoryId, image?: string): Promise<ImageVersion[]> {
    const tags = await this.tags(id, image);
    const prefix = manifestsPrefix(id);
    const rows = await this.store.list<ManifestRow>(manifestsPrefix(id, image));
    const byKey = new Map(rows.map((row) => [row.key, row.value]));
    return rows.map(({ key, value }) => {
      const { image: name, last: digest } = splitImageKey(key, prefix);
      const size = imageSize(value, (child) => byKey.get(manifestKey(id, name, child)));
      const own = tags.filter((tag) => tag.image === name && tag.digest === digest).map(({ tag }) => tag);
      return versionOf(name, digest, value, own, size);
    });
  }

  async version(id: RepositoryId, image: string, digest: string): Promise<ImageVersion | undefined> {
    return (await this.versions(id, image)).find((version) => version.digest === digest);
  }

  async tags(id: RepositoryId, image?: string): Promise<ImageTag[]> {
    await this.publicImages.ensure(id, image);
    const prefix = tagsPrefix(id);
    const rows = await this.store.list<TagRow>(tagsPrefix(id, image));
    return rows.map(({ key, value }) => {
      const { image: name, last: tag } = splitImageKey(key, prefix);
      return { image: name, tag, ...value };
    });
  }

  async tag(id: RepositoryId, image: string, tag: string): Promise<ImageTag | undefined> {
    return (await this.tags(id, image)).find((candidate) => candidate.tag === tag);
  }

  removeVersion(id: RepositoryId, image: string, digest: string): Promise<DeleteOutcome> {
    return this.manifests.remove(id, image, digest);
  }

  removeTag(id: RepositoryId, image: string, tag: string): Promise<boolean> {
    return this.manifests.removeTag(id, image, tag);
  }

  async removePackage(id: RepositoryId, image: string): Promise<boolean> {
    return retried(async () => {
      const prefixes = [manifestsPrefix(id, image), tagsPrefix(id, image), referrersPrefix(id, image)];
      const rows = await Promise.all(prefixes.map((prefix) => this.store.list(prefix)));
      if (rows[0]?.length === 0) return false;
      await this.store.commit(
        rows.flat().map(({ key, version }) => ({ op: 'delete', key, ifVersion: version })),
      );
      return true;
    });
  }
}

function versionOf(
  image: string,
  digest: string,
  row: ManifestRow,
  tags: readonly string[],
  imageSizeBytes: number,
): ImageVersion {
  return {
    image,
    digest,
    mediaType: row.mediaType,
    imageSizeBytes,
    tags,
    uploadTime: row.uploadTime,
    updateTime: row.updateTime,
    ...(row.buildTime === undefined ? {} : { buildTime: row.buildTime }),
    ...(row.artifactType === undefined ? {} : { artifactType: row.artifactType }),
  };
}

/** Config and layers; of an index, those of the manifests it lists. Indexes of indexes add up likewise. */
function imageSize(row: ManifestRow, child: (digest: string) => ManifestRow | undefined, depth = 0): number {
  const own = row.blobs.reduce((sum, blob) => sum + blob.size, 0);
  if (depth > 3) return own;
  return row.manifests.reduce((sum, { digest }) => {
    const listed = child(digest);
    return listed ? sum + imageSize(listed, child, depth + 1) : sum;
  }, own);
}

export function openImages(store: Store, manifests: ManifestStore, publicImages: PublicImages): Images {
  return new StoredImages(store, manifests, publicImages);
}
