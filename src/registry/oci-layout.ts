/** OCI image layouts on disk (OCI image 1.1, "Image Layout"), which skopeo reads as `oci:DIR:TAG`. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isJsonObject, type JsonObject, type JsonValue } from '../google/index.js';
import { isDigest } from '../names/index.js';
import { digestOf } from './blob-store.js';
import type { BuiltBlob, BuiltImage } from './image-builder.js';
import { OCI_INDEX } from './manifest.js';

const REF_NAME = 'org.opencontainers.image.ref.name';

/** A directory is no image layout, or one that misses what was asked for; the message says what is wrong where. */
export class BadLayout extends Error {
  override readonly name = 'BadLayout';
}

/** An image on disk: what a push needs of it. */
export interface LaidOutImage extends Pick<BuiltImage, 'config' | 'manifest' | 'digest'> {
  readonly layers: readonly BuiltBlob[];
}

/** Writes an image into a directory, which is made; an index that is there already is replaced. */
export async function writeOciLayout(image: BuiltImage, directory: string, tag: string): Promise<void> {
  const blobs = join(directory, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const blob of [image.manifest, image.config, ...image.layers]) {
    await pipeline(blob.open(), createWriteStream(join(blobs, blob.digest.slice('sha256:'.length))));
  }
  const { mediaType, digest, size } = image.manifest;
  const annotations = { [REF_NAME]: tag };
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [{ mediaType, digest, size, annotations }],
  };
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  // Last, and whole or not at all: who finds the index finds everything that it names.
  const draft = join(directory, `index.json.${process.pid}`);
  await writeFile(draft, JSON.stringify(index));
  await rename(draft, join(directory, 'index.json'));
}

/**
 * Reads an image from a layout.
 * @param tag which one, by its name in the index; may be left out where there is one only
 * @throws BadLayout
 */
export async function readOciLayout(directory: string, tag?: string): Promise<LaidOutImage> {
  const index = await readJson(join(directory, 'index.json'));
  const manifests = (Array.isArray(index.manifests) ? index.manifests : []).filter(isJsonObject);
  const named = manifests.filter(({ annotations }) =>
    tag === undefined ? true : isJsonObject(annotations) && annotations[REF_NAME] === tag,
  );
  const [entry] = named;
  if (entry === undefined || named.length > 1) {
    const which = tag === undefined ? 'to be told apart without a tag' : `named ${tag}`;
    throw new BadLayout(`${directory} holds ${named.length} images ${which}.`);
  }
  const manifest = await blobOf(directory, entry, 'the manifest');
  const content = await readJson(blobPath(directory, manifest.digest), manifest.digest);
  if (!isJsonObject(content.config) || !Array.isArray(content.layers)) {
    throw new BadLayout(`${directory}: ${manifest.digest} is no image manifest (${manifest.mediaType}).`);
  }
  return {
    manifest,
    digest: manifest.digest,
    config: await blobOf(directory, content.config, 'the config'),
    layers: await Promise.all(
      content.layers.map((layer, number) => blobOf(directory, layer, `layer ${number}`)),
    ),
  };
}

function blobPath(directory: string, digest: string): string {
  return join(directory, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

/** A descriptor's blob, if it is there with the size that was announced. */
async function blobOf(
  directory: string,
  descriptor: JsonValue | undefined,
  what: string,
): Promise<BuiltBlob> {
  const { mediaType, digest, size } = isJsonObject(descriptor) ? descriptor : {};
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest)) {
    throw new BadLayout(`${directory}: the descriptor of ${what} has no media type or no sha256 digest.`);
  }
  const file = blobPath(directory, digest);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || found.size !== size) {
    throw new BadLayout(`${directory}: ${what} (${digest}) is not there, or not ${String(size)} bytes long.`);
  }
  return {
    mediaType,
    digest,
    size: found.size,
    open: () => createReadStream(file, { highWaterMark: 1 << 20 }),
  };
}

/** @param digest what the bytes must hash to, where that is known */
async function readJson(file: string, digest?: string): Promise<JsonObject> {
  try {
    const bytes = await readFile(file);
    if (digest !== undefined && digestOf(bytes) !== digest) throw new Error('its bytes have another digest');
    const value: unknown = JSON.parse(bytes.toString());
    if (isJsonObject(value)) return value;
    throw new Error('it is no JSON object');
  } catch (error) {
    throw new BadLayout(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
