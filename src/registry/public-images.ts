/**
 * The public sample images that tutorials deploy: `us-docker.pkg.dev/cloudrun/container/{hello,job,worker-pool}` and
 * `gcr.io/cloudrun/hello`. Repositories and policies are made at once, which is cheap; an image is built from
 * this machine's Node.js when somebody first asks for it.
 */
import type { AccessControl } from '../access/index.js';
import { repositoryName } from '../names/index.js';
import type { Store } from '../store/index.js';
import type { BlobGuard } from './blob-guard.js';
import type { BuiltBlob, BuiltImage } from './image-builder.js';
import type { ManifestStore } from './manifest-store.js';
import { nodeServerImage } from './node-image.js';
import { HELLO_SCRIPT, JOB_SCRIPT, WORKER_POOL_SCRIPT } from './sample-scripts.js';
import type { Repositories, RepositoryId } from './types.js';
import type { Uploads } from './uploads.js';

const PROJECT = { projectId: 'cloudrun', number: '105551234567', name: 'Cloud Run samples' };

/** The id of the project that holds the sample images: Google's, and so nobody's to change. */
export const PUBLIC_PROJECT = PROJECT.projectId;

interface PublicImage extends RepositoryId {
  readonly image: string;
  readonly script: string;
}

const CONTAINER = { project: 'cloudrun', location: 'us', repository: 'container' };

const PUBLIC_IMAGES: readonly PublicImage[] = [
  { ...CONTAINER, image: 'hello', script: HELLO_SCRIPT },
  { ...CONTAINER, image: 'job', script: JOB_SCRIPT },
  { ...CONTAINER, image: 'worker-pool', script: WORKER_POOL_SCRIPT },
  { project: 'cloudrun', location: 'us', repository: 'gcr.io', image: 'hello', script: HELLO_SCRIPT },
];

export interface PublicImagesOptions {
  readonly store: Store;
  readonly access: AccessControl;
  readonly repositories: Repositories;
  readonly manifests: ManifestStore;
  readonly uploads: Uploads;
  readonly guard: BlobGuard;
  readonly cacheDir: string;
  readonly clock: () => Date;
}

export class PublicImages {
  readonly #options: PublicImagesOptions;
  readonly #building = new Map<PublicImage, Promise<void>>();

  constructor(options: PublicImagesOptions) {
    this.#options = options;
  }

  /** Creates the project, owned by nobody, and its repositories, readable by all. Nothing when they exist. */
  async seed(): Promise<void> {
    const { access, store, repositories, clock } = this.#options;
    const time = clock();
    if (!(await access.projects.get(PROJECT.projectId))) {
      const createTime = time.toISOString();
      const services = { 'artifactregistry.googleapis.com': createTime };
      await store.commit(
        access.projects.creation({ ...PROJECT, state: 'ACTIVE', createTime, labels: {}, services }),
      );
    }
    for (const { project, location, repository } of PUBLIC_IMAGES) {
      if (await repositories.get({ project, location, repository })) continue;
      const name = repositoryName(project, location, repository);
      const grant = await access.grantWrite(name, 'roles/artifactregistry.reader', 'allUsers');
      const description = 'Public sample images';
      await repositories.create({ project, location, repository, description, labels: {} }, time, [grant]);
    }
  }

  /** Builds the images meant here that are not there yet; those of the whole repository without `image`. */
  async ensure(id: RepositoryId, image?: string): Promise<void> {
    if (id.project !== PROJECT.projectId) return;
    const meant = PUBLIC_IMAGES.filter(
      (candidate) =>
        candidate.location === id.location &&
        candidate.repository === id.repository &&
        (image === undefined || candidate.image === image),
    );
    for (const candidate of meant) await this.#ensureOne(candidate);
  }

  async #ensureOne(wanted: PublicImage): Promise<void> {
    const { manifests, repositories } = this.#options;
    if ((await manifests.resolve(wanted, wanted.image, 'latest')) !== undefined) return;
    if (!(await repositories.get(wanted))) return;
    let build = this.#building.get(wanted);
    if (!build) {
      build = this.#build(wanted).finally(() => this.#building.delete(wanted));
      this.#building.set(wanted, build);
    }
    await build;
  }

  async #build(wanted: PublicImage): Promise<void> {
    const { cacheDir, clock, manifests } = this.#options;
    const image: BuiltImage = await nodeServerImage({ script: wanted.script, cacheDir });
    for (const blob of [image.config, ...image.layers]) await this.#store(wanted, blob);
    const pieces: Buffer[] = [];
    for await (const piece of image.manifest.open()) pieces.push(Buffer.from(piece));
    await manifests.put({
      repository: wanted,
      image: wanted.image,
      tag: 'latest',
      contentType: image.manifest.mediaType,
      content: Buffer.concat(pieces),
      time: clock(),
    });
  }

  /** Takes a blob in the way a push does, digest check included. */
  async #store(wanted: PublicImage, blob: BuiltBlob): Promise<void> {
    const { uploads, manifests, guard, clock } = this.#options;
    const scope = 'public-images';
    const { id } = await uploads.start(scope, 'request');
    try {
      await uploads.appendLast(id, scope, blob.open(), { length: blob.size });
    } catch (error) {
      await uploads.cancel(id, scope);
      throw error;
    }
    await guard.whilePinned([blob.digest], async () => {
      await uploads.finish(id, scope, blob.digest);
      await manifests.link(wanted, blob.digest, blob.size, clock());
    });
  }
}
