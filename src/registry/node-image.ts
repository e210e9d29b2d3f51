/**
 * Images that run a script with this machine's own Node.js: the binary, the shared libraries it is linked with,
 * and nothing else. The layer with the binary is built once and shared by all of them.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isJsonObject } from '../google/index.js';
import { isDigest } from '../names/index.js';
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
  const libraries = await sharedLibraries(process.execPath);
  return [
    { path: NODE, fromFile: await realpath(process.execPath), mode: 0o755 },
    ...(await Promise.all(
      libraries.map(async (path) => ({ path, fromFile: await realpath(path), mode: 0o755 })),
    )),
    { path: '/tmp', directory: true, mode: 0o1777 },
    { path: '/etc/passwd', content: 'root:x:0:0:root:/:/bin/false\nnode:x:1000:1000:node:/:/bin/false\n' },
    { path: '/etc/group', content: 'root:x:0:\nnode:x:1000:\n' },
  ];
}

/** Where the dynamic linker finds a binary's libraries, and the linker itself. */
async function sharedLibraries(binary: string): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)('ldd', [binary], { env: { ...process.env, LC_ALL: 'C' } });
    return parseLdd(stdout);
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (/not a dynamic executable|Not a valid dynamic program/i.test(text)) return [];
    throw new Error(`ldd could not list the libraries of ${binary}`, { cause: error });
  }
}

/**
 * Reads ldd's output.
 * @throws Error naming a library that was not found
 */
export function parseLdd(output: string): string[] {
  const paths = new Set<string>();
  for (const line of output.split('\n')) {
    const missing = /^\s*(\S+) => not found/.exec(line)?.[1];
    if (missing !== undefined) throw new Error(`the library ${missing} was not found`);
    const path = /^\s*(?:\S+ => )?(\/\S+)(?: \(0x[0-9a-f]+\))?\s*$/.exec(line)?.[1];
    if (path !== undefined) paths.add(path);
  }
  return [...paths];
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
