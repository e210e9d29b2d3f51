/** What lies in a repository, for the views of other APIs: packages, versions, tags. */
import type { Row, Store } from '../store/index.js';
import type { ManifestRow, TagRow } from './image-rows.js';
import { manifestKey, manifestsPrefix, repositoryKey, splitImageKey, tagKey, tagsPrefix } from './keys.js';
import type { PublicImages } from './public-images.js';
import type { Removals } from './removals.js';
import { retried } from './repositories.js';
import type {
  DeleteOutcome,
  ImagePackage,
  Images,
  ImageTag,
  ImageVersion,
  Repository,
  RepositoryId,
  StoredFile,
  TagOutcome,
  VersionName,
} from './types.js';

class StoredImages implements Images {
  constructor(
    private readonly store: Store,
    private readonly removals: Removals,
    private readonly publicImages: PublicImages,
  ) {}

  async packages(id: RepositoryId): Promise<ImagePackage[]> {
    return packagesOf(await this.versions(id));
  }

  async package(id: RepositoryId, image: string): Promise<ImagePackage | undefined> {
    return packagesOf(await this.versions(id, image))[0];
  }

  async versions(id: RepositoryId, image?: string): Promise<ImageVersion[]> {
    const tags = namesByVersion(await this.tags(id, image));
    const prefix = manifestsPrefix(id);
    const rows = await this.store.list<ManifestRow>(manifestsPrefix(id, image));
    const byKey = new Map(rows.map((row) => [row.key, row.value]));
    return rows.map(({ key, value }) => {
      const { image: name, last: digest } = splitImageKey(key, prefix);
      const size = imageSize(value, (child) => byKey.get(manifestKey(id, name, child)));
      return versionOf(name, digest, value, tags.get(`${name} ${digest}`) ?? [], size);
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

  async files(id: RepositoryId): Promise<StoredFile[]> {
    await this.publicImages.ensure(id);
    return filesOf(await this.store.list<ManifestRow>(manifestsPrefix(id)), manifestsPrefix(id));
  }

  removeVersion(id: RepositoryId, image: string, digest: string, force: boolean): Promise<DeleteOutcome> {
    return this.removals.version(id, image, digest, force);
  }

  removeVersions<V extends VersionName>(
    id: RepositoryId,
    wanted: readonly V[],
    force: boolean,
  ): Promise<V[]> {
    return this.removals.versions(id, wanted, force);
  }

  async undeletable<V extends VersionName>(id: RepositoryId, wanted: readonly V[]): Promise<V[]> {
    const versions = await this.versions(id);
    const going = new Set(wanted.map(nameOf));
    const byName = new Map(versions.map((version) => [nameOf(version), version]));
    return wanted.filter((each) => {
      const version = byName.get(nameOf(each));
      const listed = versions.some(
        (other) =>
          other.image === each.image &&
          !going.has(nameOf(other)) &&
          other.manifests.some(({ digest }) => digest === each.digest),
      );
      return !version || version.tags.length > 0 || listed;
    });
  }

  removeTag(id: RepositoryId, image: string, tag: string): Promise<DeleteOutcome> {
    return this.removals.tag(id, image, tag);
  }

  removePackage(id: RepositoryId, image: string): Promise<DeleteOutcome> {
    return this.removals.image(id, image);
  }

  createTag(id: RepositoryId, image: string, tag: string, digest: string, time: Date): Promise<TagOutcome> {
    return this.#name(id, image, { tag, digest }, time, (before) => (before ? 'exists' : 'done'));
  }

  moveTag(id: RepositoryId, image: string, tag: string, digest: string, time: Date): Promise<TagOutcome> {
    return this.#name(id, image, { tag, digest }, time, (before, { immutableTags }) => {
      if (!before) return 'missing';
      return immutableTags && before.digest !== digest ? 'immutable' : 'done';
    });
  }

  /** Lets a tag name a version that is there, if the decision over tag and repository is `done`. */
  #name(
    id: RepositoryId,
    image: string,
    { tag, digest }: { readonly tag: string; readonly digest: string },
    time: Date,
    decide: (before: TagRow | undefined, repository: Repository) => TagOutcome,
  ): Promise<TagOutcome> {
    return retried(async (): Promise<TagOutcome> => {
      const repository = await this.store.get<Repository>(repositoryKey(id));
      const manifest = await this.store.get<ManifestRow>(manifestKey(id, image, digest));
      const key = tagKey(id, image, tag);
      const before = await this.store.get<TagRow>(key);
      if (!repository || !manifest) return 'missing';
      const decision = decide(before?.value, repository.value);
      if (decision !== 'done') return decision;
      const value: TagRow = { digest, updateTime: time.toISOString() };
      await this.store.commit([
        { op: 'check', key: repository.key, ifVersion: repository.version },
        { op: 'check', key: manifest.key, ifVersion: manifest.version },
        { op: 'put', key, value, ifVersion: before?.version ?? 0 },
      ]);
      return 'done';
    });
  }
}

const nameOf = ({ image, digest }: VersionName): string => `${image}@${digest}`;

/** By name, each with the times of its oldest and its newest version. */
function packagesOf(versions: readonly ImageVersion[]): ImagePackage[] {
  const packages = new Map<string, ImagePackage>();
  for (const { image, uploadTime, updateTime } of versions) {
    const known = packages.get(image);
    packages.set(image, {
      image,
      createTime: known && known.createTime < uploadTime ? known.createTime : uploadTime,
      updateTime: known && known.updateTime > updateTime ? known.updateTime : updateTime,
    });
  }
  return [...packages.values()].sort((a, b) => (a.image < b.image ? -1 : 1));
}

/** Tags by the image and the digest that they name. */
function namesByVersion(tags: readonly ImageTag[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { image, digest, tag } of tags) {
    const key = `${image} ${digest}`;
    names.set(key, [...(names.get(key) ?? []), tag]);
  }
  return names;
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
    manifests: row.manifests,
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

/** Manifests and the blobs that they refer to, each once, in the order of their digests. */
function filesOf(rows: readonly Row<ManifestRow>[], prefix: string): StoredFile[] {
  const files = new Map<string, StoredFile>();
  const oldestFirst = [...rows].sort((a, b) => (a.value.uploadTime < b.value.uploadTime ? -1 : 1));
  for (const { key, value } of oldestFirst) {
    const { image, last } = splitImageKey(key, prefix);
    const owner = { image, digest: last };
    for (const { digest, size } of [{ digest: last, size: value.size }, ...value.blobs]) {
      const known = files.get(digest);
      const owners = known?.owners ?? [];
      const again = owners.some((each) => each.image === image && each.digest === last);
      files.set(digest, {
        digest,
        size,
        createTime: known?.createTime ?? value.uploadTime,
        updateTime: value.uploadTime,
        owners: again ? owners : [...owners, owner],
      });
    }
  }
  return [...files.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

export function openImages(store: Store, removals: Removals, publicImages: PublicImages): Images {
  return new StoredImages(store, removals, publicImages);
}
