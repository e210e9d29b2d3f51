/** Repositories, what lies in them, and pulling from them inside the plane. */
import type { Readable } from 'node:stream';
import type { HttpHandler } from '../google/index.js';
import type { Principal, RegistryImage } from '../names/index.js';
import type { Write } from '../store/index.js';

/** A repository by its place. `project` is always the id, never the number. */
export interface RepositoryId {
  readonly project: string;
  readonly location: string;
  readonly repository: string;
}

export interface Repository {
  readonly project: string;
  readonly location: string;
  readonly repository: string;
  readonly format: 'DOCKER';
  readonly mode: 'STANDARD_REPOSITORY';
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createTime: string;
  readonly updateTime: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What a pull resolved a reference to: one platform's manifest, pinned by digest. */
export interface PulledImage {
  /** Digest of the manifest the reference named (the index, when it is one). */
  readonly digest: string;
  /** Digest of the platform's own manifest. */
  readonly manifestDigest: string;
  /** The image config, verified against its digest. */
  readonly config: unknown;
  readonly layers: readonly (Descriptor & { readonly diffId: string; readonly open: () => Readable })[];
}

/** A registry's refusal, as its HTTP API answers it. */
export type PullFailure =
  /** 403; `body` is the JSON text of the answer, which Cloud Run quotes in its own message. */
  | { readonly kind: 'forbidden'; readonly url: string; readonly body: string }
  | { readonly kind: 'missing' }
  /** No manifest for the platform; `mediaType` is that of the manifest that was found. */
  | { readonly kind: 'platform'; readonly mediaType: string }
  | { readonly kind: 'invalid'; readonly message: string };

export type PullResult =
  | { readonly ok: true; readonly image: PulledImage }
  | { readonly ok: false; readonly failure: PullFailure };

/** Pulls as a principal, through the same authorization as any client of the registry. */
export interface Puller {
  pull(image: RegistryImage, as: Principal, platform: string, time: Date): Promise<PullResult>;
}

/** What may be said about a new repository; the rest is the registry's to fill in. */
export type NewRepository = RepositoryId & Pick<Repository, 'description' | 'labels'>;

/** Rows `repositories/P/L/R`. */
export interface Repositories {
  get(id: RepositoryId): Promise<(Repository & { readonly version: number }) | undefined>;
  /** By name; those of one location when it is given. */
  list(project: string, location?: string): Promise<Repository[]>;
  /**
   * Creates a repository in one transaction with the caller's own writes (service agent, operation).
   * @throws GoogleError ALREADY_EXISTS `the repository already exists`
   */
  create(repository: NewRepository, time: Date, alongside?: readonly Write[]): Promise<Repository>;
  /** @returns undefined when there is no such repository */
  update(
    id: RepositoryId,
    change: Partial<Pick<Repository, 'description' | 'labels'>>,
    time: Date,
  ): Promise<Repository | undefined>;
  /** Removes the repository, its policy and everything in it. @returns false when there is none */
  remove(id: RepositoryId): Promise<boolean>;
  /** Bytes of the distinct blobs that the repository's manifests refer to, and of the manifests. */
  sizeBytes(id: RepositoryId): Promise<number>;
}

/** One manifest of an image, as the API lists it: a version of a package. */
export interface ImageVersion {
  /** The image's name in its repository, e.g. `team/app`. */
  readonly image: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Config and layers in bytes; for an index, the sum over the manifests it lists. */
  readonly imageSizeBytes: number;
  readonly tags: readonly string[];
  readonly uploadTime: string;
  readonly updateTime: string;
  /** The config's `created`, when it has one. */
  readonly buildTime?: string;
  readonly artifactType?: string;
}

export interface ImageTag {
  readonly image: string;
  readonly tag: string;
  readonly digest: string;
  readonly updateTime: string;
}

/** An image's name with the times of its oldest and its newest manifest. */
export interface ImagePackage {
  readonly image: string;
  readonly createTime: string;
  readonly updateTime: string;
}

/** Why a manifest could not be deleted. */
export type DeleteOutcome = 'deleted' | 'missing' | 'in-use';

/** What lies in a repository, for the views of other APIs. No permission is checked here. */
export interface Images {
  packages(id: RepositoryId): Promise<ImagePackage[]>;
  versions(id: RepositoryId, image?: string): Promise<ImageVersion[]>;
  version(id: RepositoryId, image: string, digest: string): Promise<ImageVersion | undefined>;
  tags(id: RepositoryId, image?: string): Promise<ImageTag[]>;
  tag(id: RepositoryId, image: string, tag: string): Promise<ImageTag | undefined>;
  /** Removes a manifest and its tags. `in-use`: an index still lists it. */
  removeVersion(id: RepositoryId, image: string, digest: string): Promise<DeleteOutcome>;
  removeTag(id: RepositoryId, image: string, tag: string): Promise<boolean>;
  /** Removes an image with all its manifests and tags. @returns false when there is none */
  removePackage(id: RepositoryId, image: string): Promise<boolean>;
}

/** One plane's container registry. */
export interface Registry {
  /** The distribution API for `LOCATION-docker.pkg.dev`, `[x.]gcr.io` and `/v2/HOST/…` of the direct form. */
  readonly handle: HttpHandler;
  readonly puller: Puller;
  readonly repositories: Repositories;
  readonly images: Images;
  /** Makes Google's public sample images known; each is built when somebody first asks for it. */
  seedPublicImages(): Promise<void>;
  /**
   * A blob by its digest, for what has been pulled and pinned already; no permission is asked. A missing blob
   * shows as an error of the stream.
   */
  openBlob(digest: string): Readable;
  /** Removes the uploads that a former process left unfinished. The first upload does it too. */
  sweepUploads(): Promise<void>;
  /** Gives up the uploads in progress. */
  close(): Promise<void>;
}
