/**
 * Images that run a script with this machine's own Node.js: the binary, the shared libraries it is linked with,
 * and nothing else. The layer with the binary is built once and shared by all of them.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../google/index.js';
import { isDigest } from '../names/index.js';
import { baseFiles, binaryFiles } from './binary-files.js';
import {
  type BuiltImage,
  type BuiltLayer,
  buildImage,
  buildLayer,
  type ImageFile,
  LAYER_GZIP,
} from './image-builder.js';

const NODE = '/usr/local/bin/node';
const SCRIPT = '/app/server.mjs';

export interface NodeImageOptions {
  /** An ES module. As PID 1 it gets no default signal handlers: it should end itself on SIGTERM. */
  readonly script: string;
  /** Where the shared layer is kept between calls; made when needed. */
  readonly cacheDir: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Builds an image that runs the script, as user 1000.
 * @throws Error when this machine's Node.js cannot be packed (no Linux, no `ldd`)
 */
export async function nodeServerImage(options: NodeImageOptions): Promise<BuiltImage> {
  return buildImage({
    base: [await nodeLayer(options.cacheDir)],
    files: [{ path: SCRIPT, content: options.script }],
    config: {
      Entrypoint: [NODE],
      Cmd: [SCRIPT],
      Env: [
        'PATH=/usr/local/bin:/usr/bin:/bin',
        ...Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ],
      ExposedPorts: { '8080/tcp': {} },
      User: '1000',
      WorkingDir: '/app',
    },
  });
}

const building = new Map<string, Promise<BuiltLayer>>();

/** The layer with Node.js, from the cache when it is there. Two callers at once share one build. */
function nodeLayer(cacheDir: string): Promise<BuiltLayer> {
  let layer = building.get(cacheDir);
  if (!layer) {
    layer = cachedLayer(cacheDir).finally(() => building.delete(cacheDir));
    building.set(cacheDir, layer);
  }
  return layer;
}

async function cachedLayer(cacheDir: string): Promise<BuiltLayer> {
  const files = await nodeFiles();
  const place = join(cacheDir, `node-${await fingerprint(files)}`);
  const known = await readCached(place);
  if (known) return known;
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const partial = `${place}.${process.pid}.partial`;
  try {
    const { digest, diffId, size } = await buildLayer(files, { file: partial });
    await rename(partial, `${place}.tar.gz`);
    await writeFile(`${place}.json`, JSON.stringify({ digest, diffId, size }));
    return layerAt(place, digest, diffId, size);
  } finally {
    await rm(partial, { force: true });
  }
}

/** The cached layer, if record and file are both there and agree on the size. */
async function readCached(place: string): Promise<BuiltLayer | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(`${place}.json`, 'utf8'));
    if (!isJsonObject(record)) return undefined;
    const { digest, diffId, size } = record;
    if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
    if (typeof diffId !== 'string' || !isDigest(diffId)) return undefined;
    if ((await stat(`${place}.tar.gz`)).size !== size) return undefined;
    return layerAt(place, digest, diffId, size);
  } catch {
    return undefined; // Not cached, or a record cut short: it is built anew.
  }
}

function layerAt(place: string, digest: string, diffId: string, size: number): BuiltLayer {
  const open = () => createReadStream(`${place}.tar.gz`, { highWaterMark: 1 << 20 });
  return { mediaType: LAYER_GZIP, digest, diffId, size, open };
}

async function nodeFiles(): Promise<ImageFile[]> {
  if (process.platform !== 'linux') {
    throw new Error(`an image of this machine's Node.js needs Linux; this is ${process.platform}`);
  }
  return [...(await binaryFiles(process.execPath, NODE)), ...baseFiles('node')];
}

/** Changes when a file to be packed does. */
async function fingerprint(files: readonly ImageFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = 'fromFile' in file ? await stat(file.fromFile) : { size: 0, mtimeMs: 0 };
    hash.update(`${file.path} ${'content' in file ? file.content : size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
