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

/** What a cleanup policy asks of a version; every part that is given must hold. */
export interface CleanupCondition {
  readonly tagState?: 'TAGGED' | 'UNTAGGED' | 'ANY';
  /** Any of the version's tags begins with any of these. Empty: not asked. */
  readonly tagPrefixes: readonly string[];
  readonly versionNamePrefixes: readonly string[];
  readonly packageNamePrefixes: readonly string[];
  /** Seconds since the version was uploaded. */
  readonly olderThan?: number;
  readonly newerThan?: number;
}

/** When versions are deleted by themselves (docs "Configure cleanup policies"). */
export type CleanupPolicy =
  | { readonly id: string; readonly action: 'DELETE' | 'KEEP'; readonly condition: CleanupCondition }
  | {
      readonly id: string;
      readonly action: 'KEEP';
      /** The newest versions of each package. */
      readonly mostRecent: { readonly packageNamePrefixes: readonly string[]; readonly keepCount: number };
    };

/** What its owner may set and change. */
export interface RepositorySettings {
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Tags are neither moved nor deleted, and what is tagged is not deleted. Absent: they may be. */
  readonly immutableTags?: boolean;
  readonly cleanupPolicies?: readonly CleanupPolicy[];
  readonly cleanupPolicyDryRun?: boolean;
  /** Whether vulnerability scanning follows the project's API or is off for this repository. */
  readonly scanning?: 'INHERITED' | 'DISABLED';
  /** Of a virtual repository: what is behind it. */
  readonly upstreamPolicies?: readonly UpstreamPolicy[];
}

/** A repository behind a virtual one. */
export interface UpstreamPolicy {
  readonly id: string;
  /** `projects/P/locations/L/repositories/R`, as it was written. */
  readonly repository: string;
  /** Those with higher ones are asked first. */
  readonly priority: number;
}

export type RepositoryMode = 'STANDARD_REPOSITORY' | 'VIRTUAL_REPOSITORY';

export interface Repository extends RepositoryId, RepositorySettings {
  readonly format: 'DOCKER';
  readonly mode: RepositoryMode;
  readonly createTime: string;
  readonly updateTime: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** The machine that one manifest of an index is for, by its descriptor's own word. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
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
/** A standard one when no mode is named. */
export type NewRepository = RepositoryId & RepositorySettings & { readonly mode?: RepositoryMode };

/** Rows `repositories/P/L/R`. */
export interface Repositories {
  get(id: RepositoryId): Promise<(Repository & { readonly version: number }) | undefined>;
  /** By name; those of one location when it is given. */
  list(project: string, location?: string): Promise<Repository[]>;
  /** Those of every project. */
  all(): Promise<Repository[]>;
  /**
   * Creates a repository in one transaction with the caller's own writes (service agent, operation).
   * @throws GoogleError ALREADY_EXISTS `the repository already exists`
   */
  create(repository: NewRepository, time: Date, alongside?: readonly Write[]): Promise<Repository>;
  /** @returns undefined when there is no such repository */
  update(id: RepositoryId, change: Partial<RepositorySettings>, time: Date): Promise<Repository | undefined>;
  /** Removes the repository, its policy and everything in it. @returns false when there is none */
  remove(id: RepositoryId): Promise<boolean>;
  /** Bytes of the distinct blobs that the repository's manifests refer to, and of the manifests. */
  sizeBytes(id: RepositoryId): Promise<number>;
}

export interface VersionName {
  /** The image's name in its repository, e.g. `team/app`. */
  readonly image: string;
  readonly digest: string;
}

/** One manifest of an image, as the API lists it: a version of a package. */
export interface ImageVersion extends VersionName {
  readonly mediaType: string;
  /** Config and layers in bytes; for an index, the sum over the manifests it lists. */
  readonly imageSizeBytes: number;
  readonly tags: readonly string[];
  readonly uploadTime: string;
  readonly updateTime: string;
  /** The config's `created`, when it has one. */
  readonly buildTime?: string;
  readonly artifactType?: string;
  /** What an index lists; empty for anything else. */
  readonly manifests: readonly (Descriptor & { readonly platform?: Platform })[];
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

/** A manifest or a blob of a repository: what the API calls a file. */
export interface StoredFile {
  readonly digest: string;
  readonly size: number;
  readonly createTime: string;
  readonly updateTime: string;
  /** The versions it belongs to, oldest first. */
  readonly owners: readonly VersionName[];
}

/**
 * What became of a deletion. `in-use`: an index lists the manifest; `tagged`: the manifest has tags, and the caller
 * did not say that these may go too; `immutable`: the repository keeps its tags and what they name.
 */
export type DeleteOutcome = 'deleted' | 'missing' | 'in-use' | 'tagged' | 'immutable';

/** What became of naming a version: `exists` when the tag is there, `missing` when tag or version is not. */
export type TagOutcome = 'done' | 'exists' | 'missing' | 'immutable';

/** What lies in a repository, for the views of other APIs. No permission is checked here. */
export interface Images {
  packages(id: RepositoryId): Promise<ImagePackage[]>;
  package(id: RepositoryId, image: string): Promise<ImagePackage | undefined>;
  versions(id: RepositoryId, image?: string): Promise<ImageVersion[]>;
  version(id: RepositoryId, image: string, digest: string): Promise<ImageVersion | undefined>;
  tags(id: RepositoryId, image?: string): Promise<ImageTag[]>;
  tag(id: RepositoryId, image: string, tag: string): Promise<ImageTag | undefined>;
  /** Manifests and the blobs that they refer to, by digest. */
  files(id: RepositoryId): Promise<StoredFile[]>;
  /** Removes a manifest and its tags. @param force without it, a manifest that has tags stays */
  removeVersion(id: RepositoryId, image: string, digest: string, force: boolean): Promise<DeleteOutcome>;
  /**
   * Removes several manifests, indexes before what they list. @param force as in removeVersion
   * @returns those that stayed
   */
  removeVersions<V extends VersionName>(id: RepositoryId, wanted: readonly V[], force: boolean): Promise<V[]>;
  /** Those that removeVersions would leave where they are, unless it is forced to. */
  undeletable<V extends VersionName>(id: RepositoryId, wanted: readonly V[]): Promise<V[]>;
  removeTag(id: RepositoryId, image: string, tag: string): Promise<DeleteOutcome>;
  /** Removes an image with all its manifests and tags. */
  removePackage(id: RepositoryId, image: string): Promise<DeleteOutcome>;
  /** Makes a tag; it must not be there. */
  createTag(id: RepositoryId, image: string, tag: string, digest: string, time: Date): Promise<TagOutcome>;
  /** Lets a tag name another version; it must be there. */
  moveTag(id: RepositoryId, image: string, tag: string, digest: string, time: Date): Promise<TagOutcome>;
}

/** One plane's container registry. */
export interface Registry {
  /** The distribution API for `LOCATION-docker.pkg.dev`, `[x.]gcr.io` and `/v2/HOST/…` of the direct form. */
  readonly handle: HttpHandler;
  readonly puller: Puller;
  /** Tells what a pull would find if the puller were allowed to pull; whom it pulls as makes no difference. */
  readonly prober: Puller;
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
  /**
   * Removes the blobs that nothing refers to; done in the background after each deletion.
   * @param seenToo also those that a client was told of in the last hour: right when everything has been removed
   */
  collectGarbage(seenToo?: boolean): Promise<{ readonly unlinked: number; readonly removed: number }>;
  /** Deletes what the cleanup policies of all repositories say, as of that time. */
  runCleanup(now: Date): Promise<void>;
  /** Does all of the above in the background, now and once a day. @param onError hears what failed */
  startUpkeep(onError: (error: unknown) => void): void;
  /** Ends the upkeep and gives up the uploads in progress. */
  close(): Promise<void>;
}
