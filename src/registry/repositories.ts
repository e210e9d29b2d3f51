/** Repository rows: create, read, change, remove with everything inside. */
import type { AccessControl } from '../access/index.js';
import { alreadyExists } from '../google/index.js';
import { repositoryName } from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import type { ManifestRow } from './image-rows.js';
import {
  ALL_REPOSITORIES,
  linksPrefix,
  manifestsPrefix,
  referrersPrefix,
  repositoriesPrefix,
  repositoryKey,
  tagsPrefix,
} from './keys.js';
import type { NewRepository, Repositories, Repository, RepositoryId, RepositorySettings } from './types.js';

/** How often a read-modify-write is tried again when somebody else wrote meanwhile. */
const ATTEMPTS = 8;

/** Runs a read-modify-write until no other writer gets in between. @throws VersionConflict when one always does */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}

class StoredRepositories implements Repositories {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly onRemoved: () => void,
  ) {}

  async get(id: RepositoryId): Promise<(Repository & { readonly version: number }) | undefined> {
    const row = await this.store.get<Repository>(repositoryKey(id));
    return row && { ...row.value, version: row.version };
  }

  async list(project: string, location?: string): Promise<Repository[]> {
    const rows = await this.store.list<Repository>(repositoriesPrefix(project, location));
    return rows.map((row) => row.value);
  }

  async all(): Promise<Repository[]> {
    return (await this.store.list<Repository>(ALL_REPOSITORIES)).map((row) => row.value);
  }

  async create(request: NewRepository, time: Date, alongside: readonly Write[] = []): Promise<Repository> {
    const now = time.toISOString();
    const value: Repository = {
      ...request,
      format: 'DOCKER',
      mode: request.mode ?? 'STANDARD_REPOSITORY',
      createTime: now,
      updateTime: now,
    };
    const key = repositoryKey(request);
    try {
      await this.store.commit([{ op: 'put', key, value, ifVersion: 0 }, ...alongside]);
    } catch (error) {
      if (error instanceof VersionConflict && error.key === key) {
        throw alreadyExists('the repository already exists');
      }
      throw error;
    }
    return value;
  }

  async update(
    id: RepositoryId,
    change: Partial<RepositorySettings>,
    time: Date,
  ): Promise<Repository | undefined> {
    return retried(async () => {
      const current = await this.get(id);
      if (!current) return undefined;
      const { version, ...repository } = current;
      const value: Repository = { ...repository, ...change, updateTime: time.toISOString() };
      await this.store.commit([{ op: 'put', key: repositoryKey(id), value, ifVersion: version }]);
      return value;
    });
  }

  async remove(id: RepositoryId): Promise<boolean> {
    const removed = await retried(async () => {
      const current = await this.get(id);
      if (!current) return false;
      await this.store.commit([
        { op: 'delete', key: repositoryKey(id), ifVersion: current.version },
        ...this.access.removals(repositoryName(id.project, id.location, id.repository)),
        ...(await this.#removalOfContents(id)),
      ]);
      return true;
    });
    if (removed) {
      await this.#removeLatecomers(id);
      this.onRemoved();
    }
    return removed;
  }

  /**
   * A push that was committed between our listing and our commit has left rows. No further ones can come, for
   * every push checks that the repository's row is there.
   */
  async #removeLatecomers(id: RepositoryId): Promise<void> {
    const writes = await this.#removalOfContents(id);
    if (writes.length === 0) return;
    try {
      await this.store.commit([{ op: 'check', key: repositoryKey(id), ifVersion: 0 }, ...writes]);
    } catch (error) {
      // Created again meanwhile: the rows are now the new repository's.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }

  async #removalOfContents(id: RepositoryId): Promise<Write[]> {
    const prefixes = [manifestsPrefix(id), tagsPrefix(id), linksPrefix(id), referrersPrefix(id)];
    const rows = await Promise.all(prefixes.map((prefix) => this.store.list(prefix)));
    return rows.flat().map(({ key }): Write => ({ op: 'delete', key }));
  }

  async sizeBytes(id: RepositoryId): Promise<number> {
    const sizes = new Map<string, number>();
    for (const { key, value } of await this.store.list<ManifestRow>(manifestsPrefix(id))) {
      sizes.set(key.slice(key.lastIndexOf('/') + 1), value.size);
      for (const blob of value.blobs) sizes.set(blob.digest, blob.size);
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }
}

/** The repositories of one plane. @param onRemoved called after one went with all that lay in it */
export function openRepositories(
  store: Store,
  access: AccessControl,
  onRemoved: () => void = () => {},
): Repositories {
  return new StoredRepositories(store, access, onRemoved);
}
