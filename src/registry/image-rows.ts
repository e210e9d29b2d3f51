/** The shapes of the registry's rows other than repositories. */
import type { Descriptor, Platform } from './types.js';

/** `manifests/P/L/R/IMAGE/DIGEST` */
export interface ManifestRow {
  readonly mediaType: string;
  /** The manifest byte for byte: its digest is over these bytes. */
  readonly content: string;
  /** Bytes of `content`. */
  readonly size: number;
  /** Config and layers that the repository must hold. */
  readonly blobs: readonly Descriptor[];
  /** The manifests that an index lists. */
  readonly manifests: readonly (Descriptor & { readonly platform?: Platform })[];
  readonly subject?: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `created` of the image config. */
  readonly buildTime?: string;
  readonly uploadTime: string;
  readonly updateTime: string;
}

/** `tags/P/L/R/IMAGE/TAG` */
export interface TagRow {
  readonly digest: string;
  readonly updateTime: string;
}

/** `blob-links/P/L/R/DIGEST` */
export interface LinkRow {
  readonly size: number;
  /** How many pushes sent the blob whose manifests are still awaited, and when the last of them did. */
  readonly pending?: { readonly pushes: number; readonly since: string };
}

/** `referrers/P/L/R/IMAGE/SUBJECT/DIGEST`: a descriptor as the referrers API lists it. */
export interface ReferrerRow extends Descriptor {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}
