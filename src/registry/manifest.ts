/**
 * Manifests, read and validated: Docker image manifest v2 schema 2 and manifest list, OCI image manifest and
 * index (OCI image 1.1; https://distribution.github.io/distribution/spec/manifest-v2-2/).
 */
import { isJsonObject, type JsonObject } from '../google/index.js';
import { isDigest } from '../names/index.js';
import { OciError } from './oci-errors.js';
import type { Descriptor, Platform } from './types.js';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** Config types of runnable images, as against those of charts and other artifacts. */
const IMAGE_CONFIGS: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** The largest manifest a registry must take (OCI distribution, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

interface ManifestCommon {
  readonly mediaType: string;
  readonly subject?: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageManifest extends ManifestCommon {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly (Descriptor & { readonly foreign: boolean })[];
}

export interface ImageIndex extends ManifestCommon {
  readonly kind: 'index';
  readonly manifests: readonly (Descriptor & { readonly platform?: Platform })[];
}

export type Manifest = ImageManifest | ImageIndex;

const invalid = (message: string) => new OciError(400, 'MANIFEST_INVALID', message);

/**
 * Reads a manifest that came from outside.
 * @param contentType the Content-Type it was sent with; '' when there was none
 * @throws OciError MANIFEST_INVALID
 */
export function parseManifest(content: string, contentType: string): Manifest {
  const json = parseObject(content);
  const declared = typeof json.mediaType === 'string' ? json.mediaType : undefined;
  const sent = contentType.split(';', 1)[0]?.trim() ?? '';
  const mediaType = sent === '' ? declared : sent;
  if (mediaType === undefined) throw invalid('the manifest has no media type');
  if (declared !== undefined && declared !== mediaType) {
    throw invalid(`the manifest's mediaType ${declared} differs from its Content-Type ${mediaType}`);
  }
  if (json.schemaVersion !== 2) throw invalid('schemaVersion must be 2');
  const common: ManifestCommon = { mediaType, ...optionalParts(json) };
  switch (mediaType) {
    case OCI_MANIFEST:
    case DOCKER_MANIFEST:
      if (json.manifests !== undefined) throw invalid('an image manifest lists no manifests');
      return {
        ...common,
        kind: 'image',
        config: descriptor(json.config, 'config'),
        layers: list(json.layers, 'layers').map(layer),
      };
    case OCI_INDEX:
    case DOCKER_LIST:
      if (json.layers !== undefined || json.config !== undefined) throw invalid('an index has no layers');
      return { ...common, kind: 'index', manifests: list(json.manifests, 'manifests').map(listed) };
    default:
      throw invalid(`manifests of type ${mediaType} are not supported`);
  }
}

/** True when the config's type is that of a container image. */
export function isRunnable(manifest: ImageManifest): boolean {
  return IMAGE_CONFIGS.includes(manifest.config.mediaType);
}

function parseObject(content: string): JsonObject {
  try {
    const json: unknown = JSON.parse(content);
    if (isJsonObject(json)) return json;
  } catch {
    throw invalid('the manifest is not JSON');
  }
  throw invalid('the manifest is not a JSON object');
}

function list(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(`${field} must be a list`);
  return value;
}

function descriptor(value: unknown, field: string): Descriptor {
  if (!isJsonObject(value)) throw invalid(`${field} must be a descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || mediaType === '') throw invalid(`${field} has no mediaType`);
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${field} has no valid sha256 digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`${field} has no valid size`);
  }
  return { mediaType, digest, size };
}

/** A layer with `urls` lies elsewhere and need not be pushed: Windows base layers are such. */
function layer(value: unknown, index: number): Descriptor & { foreign: boolean } {
  const base = descriptor(value, `layers[${index}]`);
  const urls = isJsonObject(value) ? value.urls : undefined;
  const foreign = /\b(?:foreign|nondistributable)\b/.test(base.mediaType) && Array.isArray(urls);
  return { ...base, foreign };
}

function listed(value: unknown, index: number): Descriptor & { platform?: Platform } {
  const base = descriptor(value, `manifests[${index}]`);
  const platform = isJsonObject(value) ? value.platform : undefined;
  if (platform === undefined) return base;
  if (
    !isJsonObject(platform) ||
    typeof platform.os !== 'string' ||
    typeof platform.architecture !== 'string'
  ) {
    throw invalid(`manifests[${index}].platform must name os and architecture`);
  }
  const { os, architecture, variant, 'os.version': osVersion, 'os.features': osFeatures } = platform;
  const texts = Array.isArray(osFeatures) ? osFeatures.filter((each) => typeof each === 'string') : [];
  return {
    ...base,
    platform: {
      os,
      architecture,
      ...(typeof variant === 'string' ? { variant } : {}),
      ...(typeof osVersion === 'string' ? { osVersion } : {}),
      ...(texts.length > 0 ? { osFeatures: texts } : {}),
    },
  };
}

function optionalParts(json: JsonObject): Omit<ManifestCommon, 'mediaType'> {
  const subject = json.subject === undefined ? undefined : descriptor(json.subject, 'subject').digest;
  const config = isJsonObject(json.config) ? json.config.mediaType : undefined;
  const artifactType = json.artifactType ?? config;
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {}),
    ...(json.annotations === undefined ? {} : { annotations: annotationsOf(json.annotations) }),
  };
}

function annotationsOf(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) throw invalid('annotations must be a map');
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string') throw invalid(`annotations[${key}] must be a string`);
      return [key, text];
    }),
  );
}
