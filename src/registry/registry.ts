/** Puts the registry's parts together. */
import { join } from 'node:path';
import type { AccessControl } from '../access/index.js';
import type { Identity } from '../identity/index.js';
import type { Store } from '../store/index.js';
import { Authorizer } from './authorization.js';
import { BlobStore } from './blob-store.js';
import { Credentials } from './credentials.js';
import { registryHandler } from './handler.js';
import { BlobDoor } from './http-blobs.js';
import { ManifestDoor } from './http-manifests.js';
import { TokenDoor } from './http-token.js';
import { UploadDoor } from './http-uploads.js';
import { openImages } from './images.js';
import { ManifestStore } from './manifest-store.js';
import { PublicImages } from './public-images.js';
import { openPuller } from './puller.js';
import { RegistryTokens } from './registry-token.js';
import { openRepositories } from './repositories.js';
import type { Registry } from './types.js';
import { Uploads } from './uploads.js';

export interface RegistryOptions {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: Identity;
  /** Blobs lie in `registry/blobs` under it, uploads in progress in `registry/uploads`. */
  readonly dataDir: string;
  readonly clock: () => Date;
  /** Where the layer with Node.js for the sample images is kept; `registry/cache` under the data dir otherwise. */
  readonly cacheDir?: string;
}

/**
 * Opens the registry of a plane. Nothing is read from disk before the first request. Its calls leave no entries
 * in the log: pushing and pulling are data access, whose audit logs are off unless a project turns them on.
 */
export function openRegistry(options: RegistryOptions): Registry {
  const { store, access, identity, clock } = options;
  const root = join(options.dataDir, 'registry');
  const blobs = new BlobStore(join(root, 'blobs', 'sha256'));
  const uploads = new Uploads(join(root, 'uploads'), blobs, clock);
  const repositories = openRepositories(store, access);
  const manifests = new ManifestStore(store, blobs);
  const cacheDir = options.cacheDir ?? join(root, 'cache');
  const publicImages = new PublicImages({ store, access, repositories, manifests, uploads, cacheDir, clock });
  const authorizer = new Authorizer(access, repositories);
  const tokens = new RegistryTokens(store);
  const images = openImages(store, manifests, publicImages);
  const handle = registryHandler(
    {
      credentials: new Credentials(identity, tokens),
      token: new TokenDoor(authorizer, tokens),
      blobs: new BlobDoor(authorizer, manifests, blobs),
      uploads: new UploadDoor(authorizer, uploads, manifests, blobs),
      manifests: new ManifestDoor(authorizer, manifests, images, publicImages),
    },
    clock,
  );
  return {
    handle,
    puller: openPuller(authorizer, manifests, blobs, publicImages),
    repositories,
    images,
    seedPublicImages: () => publicImages.seed(),
    sweepUploads: () => uploads.sweep(),
    openBlob: (digest) => blobs.open(digest),
    close: () => uploads.close(),
  };
}
