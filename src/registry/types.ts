/** Repositories, and pulling from them inside the plane. */
import type { Readable } from 'node:stream';
import type { Principal, RegistryImage } from '../names/index.js';

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
