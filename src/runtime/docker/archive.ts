/** An image as `docker load` takes it: https://github.com/moby/docker-image-spec/blob/main/spec.md, "Combined Image JSON + Filesystem Changeset Format". */
import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { decompressor, encodeHeader, padding } from '../layers/index.js';
import type { Layer } from '../types.js';

export interface ArchiveLayer {
  readonly layer: Layer;
  /** Of its tar; undefined for a layer that the daemon has already, which is only named. */
  readonly bytes: number | undefined;
}

export interface ArchivedImage {
  /** `repository:tag` */
  readonly name: string;
  readonly os: string;
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The lowest first. */
  readonly layers: readonly ArchiveLayer[];
}

/** The archive, made as it is read: layers stream from their blobs, uncompressed, since every Docker takes that. */
export function imageArchive(image: ArchivedImage): Readable {
  return Readable.from(entries(image), { objectMode: false });
}

async function* entries({ name, os, architecture, labels, layers }: ArchivedImage): AsyncGenerator<Buffer> {
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os,
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: layers.map(({ layer }) => layer.diffId) },
    }),
  );
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  yield* file(configName, config);
  const written = new Set<string>();
  for (const { layer, bytes } of layers) {
    if (bytes === undefined || written.has(layer.diffId)) continue;
    written.add(layer.diffId);
    yield header(fileOf(layer), bytes);
    yield* contents(layer, bytes);
    yield Buffer.alloc(padding(bytes));
  }
  const manifest = [
    { Config: configName, RepoTags: [name], Layers: layers.map(({ layer }) => fileOf(layer)) },
  ];
  yield* file('manifest.json', Buffer.from(JSON.stringify(manifest)));
  yield Buffer.alloc(1024);
}

const fileOf = ({ diffId }: Layer) => `${diffId.replace(/^sha256:/, '')}/layer.tar`;

function* file(name: string, data: Buffer): Generator<Buffer> {
  yield header(name, data.length);
  yield data;
  yield Buffer.alloc(padding(data.length));
}

function header(name: string, size: number): Buffer {
  const owner = { uid: 0, gid: 0, mtime: 0, linkname: '', xattrs: new Map() };
  return encodeHeader({ name, type: '0', mode: 0o644, size, ...owner });
}

/** The layer's tar. @throws when it is not as long as it was when it was checked */
async function* contents(layer: Layer, bytes: number): AsyncGenerator<Buffer> {
  const tar = decompressor(layer.digest, layer.mediaType);
  // Errors reach whoever reads the tar.
  pipeline(layer.open(), tar, () => undefined);
  let read = 0;
  for await (const chunk of tar) {
    read += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (read !== bytes) throw new Error(`layer ${layer.digest} has changed: ${read} bytes instead of ${bytes}`);
}
