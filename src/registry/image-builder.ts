/**
 * Builds OCI images from files, without Docker: layers as reproducible tar.gz, a config, a manifest. The same
 * files give the same digests (OCI image 1.1).
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { digestOf } from './blob-store.js';
import { OCI_MANIFEST } from './manifest.js';
import { type TarContent, type TarEntry, tar } from './tar-writer.js';
import type { Descriptor } from './types.js';

export type ImageFile = TarContent & {
  /** Absolute in the image, e.g. `/app/server.js`. Directories above it are made. */
  readonly path: string;
  /** 0644 for files and 0755 for directories when left out. */
  readonly mode?: number;
  /** 0 when left out. */
  readonly uid?: number;
  readonly gid?: number;
};

/** The config as Docker and OCI spell it. */
export interface BuildConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** A blob of a built image; `open` may be called again and again. */
export interface BuiltBlob extends Descriptor {
  readonly open: () => Readable;
}

export interface BuiltLayer extends BuiltBlob {
  /** Digest of the uncompressed tar. */
  readonly diffId: string;
}

export interface BuiltImage {
  readonly config: BuiltBlob;
  readonly layers: readonly BuiltLayer[];
  readonly manifest: BuiltBlob;
  /** The manifest's digest: the image's. */
  readonly digest: string;
}

export interface BuildOptions {
  /** Layers below the files, lowest first. */
  readonly base?: readonly BuiltLayer[];
  readonly files?: readonly ImageFile[];
  readonly config: BuildConfig;
  /** As Go names it (`amd64`, `arm64`); this machine's when left out. */
  readonly architecture?: string;
  readonly os?: string;
  /** The time that stands in the image and on its files; the same for the same digest. */
  readonly created?: Date;
}

export const LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
/** 1980: some tools take 1970 for "no time". */
const DEFAULT_CREATED = new Date('1980-01-01T00:00:00Z');
const PIECE = 1 << 20;

/** Builds an image. The files of its own layer are kept in memory; big ones belong into a base layer. */
export async function buildImage(options: BuildOptions): Promise<BuiltImage> {
  const created = options.created ?? DEFAULT_CREATED;
  const own = options.files?.length ? [await buildLayer(options.files, { created })] : [];
  const layers = [...(options.base ?? []), ...own];
  const config = jsonBlob(CONFIG, {
    created: created.toISOString(),
    architecture: options.architecture ?? goArchitecture(),
    os: options.os ?? 'linux',
    config: options.config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  });
  const manifest = jsonBlob(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: bare(config),
    layers: layers.map(bare),
  });
  return { config, layers, manifest, digest: manifest.digest };
}

/**
 * Builds one layer.
 * @param options `file`: write the layer there, whatever its size; in memory when left out
 * @throws Error for a path that is not absolute or leads upwards
 */
export async function buildLayer(
  files: readonly ImageFile[],
  options: { readonly created?: Date; readonly file?: string } = {},
): Promise<BuiltLayer> {
  const { file } = options;
  const mtime = Math.floor((options.created ?? DEFAULT_CREATED).getTime() / 1000);
  const diff = createHash('sha256');
  const packed = createHash('sha256');
  const kept: Buffer[] = [];
  let size = 0;
  const compressed = async function* (source: AsyncIterable<Buffer>) {
    for await (const piece of source) {
      packed.update(piece);
      size += piece.length;
      if (file === undefined) kept.push(piece);
      else yield piece;
    }
  };
  await pipeline(
    hashed(tar(entriesOf(files), mtime), diff),
    // Level 1: a big binary packs in half the time of level 6 and comes out a tenth larger.
    createGzip({ level: 1, chunkSize: PIECE }),
    compressed,
    file === undefined ? drain : createWriteStream(file),
  );
  const bytes = Buffer.concat(kept);
  return {
    mediaType: LAYER_GZIP,
    digest: `sha256:${packed.digest('hex')}`,
    diffId: `sha256:${diff.digest('hex')}`,
    size,
    open: () =>
      file === undefined ? Readable.from([bytes]) : createReadStream(file, { highWaterMark: PIECE }),
  };
}

/** The machine's architecture as Go and OCI name it. */
export function goArchitecture(arch: string = process.arch): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return names[arch] ?? arch;
}

async function* hashed(source: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>) {
  for await (const piece of source) {
    hash.update(piece);
    yield piece;
  }
}

async function drain(source: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of source) {
    // The bytes are kept on the way; nothing comes through.
  }
}

/** Entries in order of their paths, missing parent directories added, hard links after what they link to. */
function entriesOf(files: readonly ImageFile[]): TarEntry[] {
  const entries = new Map<string, TarEntry>();
  for (const file of files) {
    const path = relative(file.path);
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      if (!entries.has(parent))
        entries.set(parent, { path: parent, directory: true, mode: 0o755, uid: 0, gid: 0 });
    }
    const mode = file.mode ?? ('directory' in file ? 0o755 : 'symlink' in file ? 0o777 : 0o644);
    const owner = { uid: file.uid ?? 0, gid: file.gid ?? 0 };
    const content = 'hardlink' in file ? { hardlink: relative(file.hardlink) } : contentOf(file);
    entries.set(path, { ...content, path, mode, ...owner });
  }
  const rank = (entry: TarEntry) => ('hardlink' in entry ? 1 : 0);
  return [...entries.values()].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

function contentOf(file: TarContent): TarContent {
  if ('content' in file) return { content: file.content };
  if ('fromFile' in file) return { fromFile: file.fromFile };
  if ('symlink' in file) return { symlink: file.symlink };
  return 'hardlink' in file ? { hardlink: file.hardlink } : { directory: true };
}

function relative(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (
    !path.startsWith('/') ||
    segments.length === 0 ||
    segments.some((part) => part === '..' || part === '.')
  ) {
    throw new Error(`not an absolute path inside an image: ${path}`);
  }
  return segments.join('/');
}

function jsonBlob(mediaType: string, value: unknown): BuiltBlob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { mediaType, digest: digestOf(bytes), size: bytes.length, open: () => Readable.from([bytes]) };
}

function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
