/** Pulls inside the plane: reference → digest → the platform's manifest → config and layers. */
import { isJsonObject, type JsonObject } from '../google/index.js';
import {
  isDigest,
  manifestReference,
  type Principal,
  type RegistryImage,
  registryPath,
} from '../names/index.js';
import type { Authorizer } from './authorization.js';
import type { BlobGuard } from './blob-guard.js';
import { type BlobStore, digestOf } from './blob-store.js';
import type { Caller } from './exchange.js';
import { type ImageIndex, type ImageManifest, isRunnable, type Manifest, parseManifest } from './manifest.js';
import type { ManifestStore } from './manifest-store.js';
import { OciError } from './oci-errors.js';
import type { PublicImages } from './public-images.js';
import type { Descriptor, PulledImage, Puller, PullFailure, PullResult, RepositoryId } from './types.js';
import type { Upstreams } from './upstreams.js';

/** Layers that can be unpacked (OCI image 1.1, "Layers"; Docker's own). */
const LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.v1\.tar(?:\+gzip|\+zstd)?|docker\.image\.rootfs\.diff\.tar(?:\.gzip|\.zstd)?)$/;
/** Indexes may list indexes; nobody nests them deeper than this on purpose. */
const MAX_DEPTH = 3;
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/** Why a pull ended early. Caught by pull(). */
class Failed extends Error {
  constructor(readonly failure: PullFailure) {
    super(failure.kind);
  }
}

const invalid = (message: string) => new Failed({ kind: 'invalid', message });

interface Found {
  readonly digest: string;
  readonly manifest: ImageManifest;
  readonly config: JsonObject;
}

interface Place {
  readonly repository: RepositoryId;
  readonly image: string;
  readonly platform: string;
}

class StoredPuller implements Puller {
  constructor(
    private readonly authorizer: Pick<Authorizer, 'check'>,
    private readonly manifests: ManifestStore,
    private readonly blobs: BlobStore,
    private readonly publicImages: PublicImages,
    private readonly guard: BlobGuard,
    private readonly upstreams: Upstreams,
  ) {}

  async pull(image: RegistryImage, as: Principal, platform: string, time: Date): Promise<PullResult> {
    try {
      return { ok: true, image: await this.#pull(image, as, platform, time) };
    } catch (error) {
      if (error instanceof Failed) return { ok: false, failure: error.failure };
      throw error;
    }
  }

  async #pull(image: RegistryImage, as: Principal, platform: string, time: Date): Promise<PulledImage> {
    const { project, location, repository: name } = image;
    const named = { project, location, repository: name };
    const reference = manifestReference(image);
    const caller: Caller = { principal: as, reach: 'read', time };
    const answer = await this.authorizer.check(caller, ['download'], named);
    if (!answer.granted) {
      if (answer.refusal.code === 'NAME_UNKNOWN') throw new Failed({ kind: 'missing' });
      const url = `https://${image.host}/v2/${registryPath(image)}/manifests/${reference}`;
      throw new Failed({ kind: 'forbidden', url, body: answer.refusal.body() });
    }
    const { repository } = answer;
    await this.publicImages.ensure(repository, image.image);
    const holder = await this.upstreams.first(repository, time, async (each) =>
      (await this.manifests.get(each, image.image, reference)) ? each : undefined,
    );
    if (!holder) throw new Failed({ kind: 'missing' });
    const place: Place = { repository: holder, image: image.image, platform };
    const { digest, manifest } = await this.#manifest(place, reference);
    const found = await this.#forPlatform(place, digest, manifest, 0);
    if (!found) throw new Failed({ kind: 'platform', mediaType: manifest.mediaType });
    // Cloud Run copies the image next: what it was told is here must not go meanwhile.
    this.guard.saw(
      [found.manifest.config, ...found.manifest.layers].map((blob) => blob.digest),
      time,
    );
    return {
      digest,
      manifestDigest: found.digest,
      config: found.config,
      layers: await this.#layers(holder, found),
    };
  }

  async #manifest(place: Place, reference: string): Promise<{ digest: string; manifest: Manifest }> {
    const stored = await this.manifests.get(place.repository, place.image, reference);
    if (!stored) throw new Failed({ kind: 'missing' });
    try {
      return { digest: stored.digest, manifest: parseManifest(stored.row.content, stored.row.mediaType) };
    } catch (error) {
      if (error instanceof OciError) throw invalid(error.message);
      throw error;
    }
  }

  /** The image for the platform, or undefined when there is none. */
  async #forPlatform(
    place: Place,
    digest: string,
    manifest: Manifest,
    depth: number,
  ): Promise<Found | undefined> {
    if (manifest.kind === 'index') return this.#fromIndex(place, manifest, depth);
    if (!isRunnable(manifest))
      throw invalid(`${manifest.config.mediaType} is not the config of a container image`);
    const config = await this.#config(place.repository, manifest.config);
    const own = `${String(config.os)}/${String(config.architecture)}`;
    return own === place.platform ? { digest, manifest, config } : undefined;
  }

  /** The first entry that is for the platform by its own word or, where it says nothing, by its config's. */
  async #fromIndex(place: Place, index: ImageIndex, depth: number): Promise<Found | undefined> {
    if (depth >= MAX_DEPTH) throw invalid('indexes are nested too deeply');
    for (const entry of index.manifests) {
      const { platform } = entry;
      if (platform && `${platform.os}/${platform.architecture}` !== place.platform) continue;
      const { manifest } = await this.#manifest(place, entry.digest);
      if (!platform && manifest.kind === 'image' && !isRunnable(manifest)) continue; // An attestation, say.
      const found = await this.#forPlatform(place, entry.digest, manifest, depth + 1);
      if (found) return found;
    }
    return undefined;
  }

  async #config(repository: RepositoryId, descriptor: Descriptor): Promise<JsonObject> {
    if (descriptor.size > MAX_CONFIG_BYTES) throw invalid(`the image config has ${descriptor.size} bytes`);
    await this.#mustHold(repository, descriptor.digest);
    const bytes = await this.blobs.read(descriptor.digest);
    if (digestOf(bytes) !== descriptor.digest) throw invalid(`the blob ${descriptor.digest} is damaged`);
    try {
      const config: unknown = JSON.parse(bytes.toString('utf8'));
      if (isJsonObject(config)) return config;
    } catch {
      throw invalid('the image config is not JSON');
    }
    throw invalid('the image config is not a JSON object');
  }

  async #layers(repository: RepositoryId, { manifest, config }: Found): Promise<PulledImage['layers']> {
    const diffIds = diffIdsOf(config);
    if (diffIds.length !== manifest.layers.length) {
      throw invalid(`the manifest has ${manifest.layers.length} layers, the config ${diffIds.length}`);
    }
    return Promise.all(
      manifest.layers.map(async ({ mediaType, digest, size }, index) => {
        if (!LAYER.test(mediaType)) throw invalid(`layers of type ${mediaType} are not supported`);
        await this.#mustHold(repository, digest);
        const diffId = diffIds[index] ?? '';
        return { mediaType, digest, size, diffId, open: () => this.blobs.open(digest) };
      }),
    );
  }

  async #mustHold(repository: RepositoryId, digest: string): Promise<void> {
    const held = await this.manifests.holds(repository, digest);
    if (!held || (await this.blobs.size(digest)) === undefined) throw invalid(`the blob ${digest} is gone`);
  }
}

function diffIdsOf(config: JsonObject): string[] {
  const ids = isJsonObject(config.rootfs) ? config.rootfs.diff_ids : undefined;
  if (!Array.isArray(ids)) throw invalid('the image config lists no layers (rootfs.diff_ids)');
  return ids.map((id: unknown) => {
    if (typeof id !== 'string' || !isDigest(id))
      throw invalid('rootfs.diff_ids holds what is no sha256 digest');
    return id;
  });
}

/** Pulls from the stored manifests and blobs. */
export function openPuller(
  authorizer: Pick<Authorizer, 'check'>,
  manifests: ManifestStore,
  blobs: BlobStore,
  publicImages: PublicImages,
  guard: BlobGuard,
  upstreams: Upstreams,
): Puller {
  return new StoredPuller(authorizer, manifests, blobs, publicImages, guard, upstreams);
}
