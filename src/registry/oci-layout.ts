/** OCI image layouts on disk (OCI image 1.1, "Image Layout"), which skopeo reads as `oci:DIR:TAG`. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BuiltImage } from './image-builder.js';
import { OCI_INDEX } from './manifest.js';

/** Writes an image into a directory, which is made; an index that is there already is replaced. */
export async function writeOciLayout(image: BuiltImage, directory: string, tag: string): Promise<void> {
  const blobs = join(directory, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const blob of [image.manifest, image.config, ...image.layers]) {
    await pipeline(blob.open(), createWriteStream(join(blobs, blob.digest.slice('sha256:'.length))));
  }
  const { mediaType, digest, size } = image.manifest;
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [{ mediaType, digest, size, annotations }],
  };
  await writeFile(join(directory, 'index.json'), JSON.stringify(index));
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}
