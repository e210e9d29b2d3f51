/** Puts the registry's parts together. */
import { join } from 'node:path';
import type { AccessControl, Project } from '../access/index.js';
import type { Log } from '../audit/index.js';
import { GoogleError } from '../google/index.js';
import type { Identity } from '../identity/index.js';
import type { Store } from '../store/index.js';
import { Authorizer, type CreateOnPush } from './authorization.js';
import { BlobGuard } from './blob-guard.js';
import { BlobStore } from './blob-store.js';
import { Cleanup } from './cleanup.js';
import { Collector } from './collector.js';
import { Credentials } from './credentials.js';
import { recordDataAccess } from './data-access.js';
import { registryHandler } from './handler.js';
import { BlobDoor } from './http-blobs.js';
import { CatalogDoor } from './http-catalog.js';
import { ManifestDoor } from './http-manifests.js';
import { TokenDoor } from './http-token.js';
import { UploadDoor } from './http-uploads.js';
import { openImages } from './images.js';
import { ManifestStore } from './manifest-store.js';
import { OciError } from './oci-errors.js';
import { PublicImages } from './public-images.js';
import { openPuller } from './puller.js';
import { RegistryTokens } from './registry-token.js';
import { Removals } from './removals.js';
import { openRepositories } from './repositories.js';
import type { NewRepository, Registry } from './types.js';
import { Upkeep } from './upkeep.js';
import { Uploads } from './uploads.js';
import { Upstreams } from './upstreams.js';

export interface RegistryOptions {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: Pick<Identity, 'mayAct' | 'verifyAccessToken' | 'verifyKeyFile'>;
  /** Where cleanup policies say what they deleted, and data access is told where that is turned on. */
  readonly log: Pick<Log, 'write'>;
  /** Blobs lie in `registry/blobs` under it, uploads in progress in `registry/uploads`. */
  readonly dataDir: string;
  readonly clock: () => Date;
  /** Hears what goes wrong after a request has been served: that stands. */
  readonly onError: (error: unknown) => void;
  /** @throws GoogleError whose message says that the project has not enabled the API */
  readonly requireEnabled: (project: Project) => void;
  /**
   * Makes the repository of a gcr.io host on its first push, with all that comes with a repository.
   * @throws GoogleError as creating one does; ALREADY_EXISTS is no failure
   */
  readonly createRepository: (repository: NewRepository, time: Date) => Promise<unknown>;
  /** Where the layer with Node.js for the sample images is kept; `registry/cache` under the data dir otherwise. */
  readonly cacheDir?: string;
}

/**
 * Opens the registry of a plane. Nothing is read from disk before the first request. Pushing and pulling are data
 * access: they leave entries in the log where a policy turns these on.
 */
export function openRegistry(options: RegistryOptions): Registry {
  const { store, access, identity, log, clock, requireEnabled, onError } = options;
  const root = join(options.dataDir, 'registry');
  const guard = new BlobGuard();
  const blobs = new BlobStore(join(root, 'blobs', 'sha256'));
  const collector = new Collector({ store, blobs, guard, clock });
  const onRemoved = () => collector.request();
  const uploads = new Uploads(join(root, 'uploads'), store, blobs, clock);
  const repositories = openRepositories(store, access, onRemoved);
  const manifests = new ManifestStore(store, blobs, guard);
  const removals = new Removals(store, guard, onRemoved);
  const cacheDir = options.cacheDir ?? join(root, 'cache');
  const parts = { store, access, repositories, manifests, uploads, guard };
  const publicImages = new PublicImages({ ...parts, cacheDir, clock });
  const authorizer = new Authorizer({
    access,
    repositories,
    requireEnabled,
    createOnPush: createOnPush(options),
  });
  const upstreams = new Upstreams({ access, repositories });
  const tokens = new RegistryTokens(store);
  const images = openImages(store, removals, publicImages);
  const cleanup = new Cleanup({ access, log, repositories, images });
  const upkeep = new Upkeep({ uploads, collector, cleanup, clock });
  const handle = registryHandler(
    {
      credentials: new Credentials(identity, tokens),
      token: new TokenDoor(authorizer, tokens),
      blobs: new BlobDoor(authorizer, manifests, blobs, removals, guard, upstreams),
      uploads: new UploadDoor(authorizer, uploads, manifests, blobs, guard),
      manifests: new ManifestDoor(authorizer, manifests, images, removals, publicImages, upstreams),
      catalog: new CatalogDoor(authorizer, repositories, images),
      record: (...served) => recordDataAccess({ access, log }, ...served).catch(onError),
    },
    clock,
  );
  return {
    handle,
    puller: openPuller(authorizer, manifests, blobs, publicImages, guard, upstreams),
    prober: openPuller(authorizer.forEverybody(), manifests, blobs, publicImages, guard, upstreams),
    repositories,
    images,
    seedPublicImages: () => publicImages.seed(),
    sweepUploads: () => uploads.sweep(),
    collectGarbage: (seenToo) => collector.collect(seenToo),
    runCleanup: (now) => cleanup.run(now),
    startUpkeep: (onError) => upkeep.start(onError),
    openBlob: (digest) => blobs.open(digest),
    async close() {
      await upkeep.close();
      await collector.close();
      await uploads.close();
    },
  };
}

/** Two pushes may begin at the same time: whoever comes second finds the repository made. */
function createOnPush({ createRepository }: RegistryOptions): CreateOnPush {
  return async (id, time) => {
    const description = 'Created by the first push';
    try {
      await createRepository({ ...id, description, labels: {} }, time);
    } catch (error) {
      if (!(error instanceof GoogleError)) throw error;
      if (error.status !== 'ALREADY_EXISTS') throw new OciError(403, 'DENIED', error.message);
    }
  };
}
