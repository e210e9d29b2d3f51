/** Taking things out of repositories: manifests, tags, images, blobs. What they leave behind is collected later. */
import type { Store, Write } from '../store/index.js';
import type { BlobGuard } from './blob-guard.js';
import type { ManifestRow, TagRow } from './image-rows.js';
import {
  linkKey,
  manifestKey,
  manifestsPrefix,
  referrerKey,
  referrersPrefix,
  repositoryKey,
  tagKey,
  tagsPrefix,
} from './keys.js';
import { retried } from './repositories.js';
import type { DeleteOutcome, Repository, RepositoryId, VersionName } from './types.js';

export class Removals {
  /** @param onRemoved called after something went that may have been the last to refer to a blob */
  constructor(
    private readonly store: Store,
    private readonly guard: BlobGuard,
    private readonly onRemoved: () => void,
  ) {}

  /**
   * Removes a manifest with its tags and its place among its subject's referrers.
   * @param force without it, a manifest that has tags stays
   */
  version(id: RepositoryId, image: string, digest: string, force: boolean): Promise<DeleteOutcome> {
    return this.#removing(async () => {
      const key = manifestKey(id, image, digest);
      const row = await this.store.get<ManifestRow>(key);
      if (!row) return 'missing';
      const siblings = await this.store.list<ManifestRow>(manifestsPrefix(id, image));
      if (siblings.some(({ value }) => value.manifests.some((child) => child.digest === digest))) {
        return 'in-use';
      }
      const tags = (await this.store.list<TagRow>(tagsPrefix(id, image))).filter(
        (tag) => tag.value.digest === digest,
      );
      if (tags.length > 0 && !force) return 'tagged';
      const { check, immutableTags } = await this.#repository(id);
      if (tags.length > 0 && immutableTags) return 'immutable';
      const { subject } = row.value;
      return [
        ...check,
        { op: 'delete', key, ifVersion: row.version },
        ...tags.map((tag): Write => ({ op: 'delete', key: tag.key, ifVersion: tag.version })),
        ...(subject === undefined
          ? []
          : [{ op: 'delete', key: referrerKey(id, image, subject, digest) } as const]),
      ];
    });
  }

  /**
   * Removes several. What an index lists can go when the index has gone, so one round may clear the way for the next.
   * @returns those that stayed
   */
  async versions<V extends VersionName>(
    id: RepositoryId,
    wanted: readonly V[],
    force: boolean,
  ): Promise<V[]> {
    const kept: V[] = [];
    for (let left = wanted; left.length > 0; ) {
      const waiting: V[] = [];
      for (const version of left) {
        const outcome = await this.version(id, version.image, version.digest, force);
        if (outcome === 'in-use') waiting.push(version);
        else if (outcome !== 'deleted') kept.push(version);
      }
      if (waiting.length === left.length) return [...kept, ...waiting];
      left = waiting;
    }
    return kept;
  }

  tag(id: RepositoryId, image: string, tag: string): Promise<DeleteOutcome> {
    return this.#removing(async () => {
      const key = tagKey(id, image, tag);
      const row = await this.store.get<TagRow>(key);
      if (!row) return 'missing';
      const { check, immutableTags } = await this.#repository(id);
      return immutableTags ? 'immutable' : [...check, { op: 'delete', key, ifVersion: row.version }];
    });
  }

  /** Removes an image with all its manifests and tags. */
  image(id: RepositoryId, image: string): Promise<DeleteOutcome> {
    return this.#removing(async () => {
      const manifests = await this.store.list(manifestsPrefix(id, image));
      if (manifests.length === 0) return 'missing';
      const tags = await this.store.list(tagsPrefix(id, image));
      const { check, immutableTags } = await this.#repository(id);
      if (tags.length > 0 && immutableTags) return 'immutable';
      const rows = [...manifests, ...tags, ...(await this.store.list(referrersPrefix(id, image)))];
      return [
        ...check,
        ...rows.map(({ key, version }): Write => ({ op: 'delete', key, ifVersion: version })),
      ];
    });
  }

  /** Takes a blob out of a repository. `in-use` when one of its manifests, or a push under way, refers to it. */
  blob(id: RepositoryId, digest: string): Promise<DeleteOutcome> {
    return this.guard.exclusively([digest], (free) =>
      this.#removing(async () => {
        const key = linkKey(id, digest);
        const row = await this.store.get(key);
        if (!row) return 'missing';
        const manifests = await this.store.list<ManifestRow>(manifestsPrefix(id));
        const needed = manifests.some(({ value }) => value.blobs.some((blob) => blob.digest === digest));
        return needed || !free.has(digest) ? 'in-use' : [{ op: 'delete', key, ifVersion: row.version }];
      }),
    );
  }

  /** Commits what the plan says, and plans anew when somebody else wrote meanwhile. */
  async #removing(plan: () => Promise<Exclude<DeleteOutcome, 'deleted'> | Write[]>): Promise<DeleteOutcome> {
    const outcome = await retried(async () => {
      const planned = await plan();
      if (typeof planned === 'string') return planned;
      await this.store.commit(planned);
      return 'deleted';
    });
    if (outcome === 'deleted') this.onRemoved();
    return outcome;
  }

  /** Whether the repository keeps its tags, and the precondition that this stays so. */
  async #repository(id: RepositoryId): Promise<{ immutableTags: boolean; check: Write[] }> {
    const key = repositoryKey(id);
    const row = await this.store.get<Repository>(key);
    return {
      immutableTags: row?.value.immutableTags === true,
      check: row ? [{ op: 'check', key, ifVersion: row.version }] : [],
    };
  }
}
