/** Layers made on the spot, for tests: a small tar writer, and images of busybox and of the Node.js that runs us. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { encodeHeader, padding, type TarEntry } from './layers/tar-header.js';
import type { AloneSpec } from './testing-alone.js';
import type { Layer } from './types.js';

export type TestEntry = Partial<Omit<TarEntry, 'size'>> & {
  readonly name: string;
  readonly data?: string | Buffer;
};

/** A tar of the entries as they stand, however odd. */
export function tarOf(entries: readonly TestEntry[]): Buffer {
  const blocks = entries.map(({ data, ...entry }) => {
    const content = Buffer.from(data ?? '');
    const header = encodeHeader({
      type: '0',
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: 0,
      linkname: '',
      xattrs: new Map(),
      ...entry,
      size: content.length,
    });
    return Buffer.concat([header, content, Buffer.alloc(padding(content.length))]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A gzipped layer of a tar. */
export function layerOfTar(tar: Buffer, overrides: Partial<Layer> = {}): Layer {
  const blob = gzipSync(tar, { level: 1 });
  return {
    digest: sha256(blob),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    diffId: sha256(tar),
    size: blob.length,
    open: () => Readable.from([blob]),
    ...overrides,
  };
}

export const layerOf = (entries: readonly TestEntry[]): Layer => layerOfTar(tarOf(entries));

const directory = (name: string, mode = 0o755): TestEntry => ({ name: `${name}/`, type: '5', mode });
const APPLETS = [
  'sh',
  'httpd',
  'cat',
  'echo',
  'id',
  'ls',
  'sleep',
  'pwd',
  'env',
  'seq',
  'nslookup',
  'hostname',
];
const MORE_APPLETS = [
  'wget',
  'dd',
  'mkdir',
  'touch',
  'stat',
  'mount',
  'true',
  'nc',
  'printf',
  'kill',
  'grep',
];

let busybox: Layer | undefined;

/** busybox (`apt-get install busybox-static`) with a passwd, a group and `/www/index.html`. */
export function busyboxLayer(): Layer {
  busybox ??= layerOf([
    ...['bin', 'etc', 'www', 'root', 'home'].map((name) => directory(name)),
    directory('tmp', 0o1777),
    ...programAndLibraries('bin/busybox', busyboxPath()),
    ...[...APPLETS, ...MORE_APPLETS].map((name) => ({
      name: `bin/${name}`,
      type: '1',
      linkname: 'bin/busybox',
      mode: 0o755,
    })),
    { name: 'etc/passwd', data: 'root:x:0:0:root:/root:/bin/sh\napp:x:1234:2345::/home/app:/bin/sh\n' },
    { name: 'etc/group', data: 'root:x:0:\napp:x:2345:\nextra:x:3456:app\n' },
    { name: 'www/index.html', data: 'hello from busybox\n' },
    { name: 'bin/garbage', mode: 0o755, data: 'neither a binary nor a script\n' },
    { name: 'etc/readme', data: 'not executable\n' },
  ]);
  return busybox;
}

let node: Layer | undefined;

/** The Node.js that runs us, with the libraries it needs. */
export function nodeLayer(): Layer {
  node ??= layerOf(programAndLibraries('node', process.execPath));
  return node;
}

function busyboxPath(): string {
  const path = ['/bin/busybox', '/usr/bin/busybox'].find((each) => existsSync(each));
  if (path === undefined) throw new Error('these tests need busybox: apt-get install busybox-static');
  return path;
}

/** Of the C library. */
const LIST_LIBRARIES = 'ldd';

/** Libraries stay where the dynamic linker looks for them; a static program has none. */
function programAndLibraries(name: string, path: string): TestEntry[] {
  const { stdout } = spawnSync(LIST_LIBRARIES, [path], { encoding: 'utf8' });
  const libraries = [...new Set((stdout ?? '').match(/(?<= )\/\S+|(?<=\t)\/\S+/g) ?? [])];
  return [
    { name, mode: 0o755, data: readFileSync(path) },
    ...libraries.map((library) => ({
      name: library.slice(1),
      mode: 0o755,
      data: readFileSync(realpathSync(library)),
    })),
  ];
}

let counter = 0;

/** A busybox container running a shell script, unless said otherwise. */
export function shell(script: string, overrides: Partial<AloneSpec> = {}): AloneSpec {
  return {
    id: `test-${process.pid}-${++counter}`,
    layers: [busyboxLayer()],
    config: { Entrypoint: ['/bin/sh', '-c'], Cmd: [script] },
    env: {},
    cpu: 1,
    memoryBytes: 128 * 2 ** 20,
    hostname: 'localhost',
    onOutput: () => undefined,
    ...overrides,
  };
}

/** By the zstd program: Node.js 20 has none. */
export function zstdCompress(bytes: Buffer): Buffer {
  return execFileSync('zstd', ['-c'], { input: bytes, stdio: ['pipe', 'pipe', 'ignore'] });
}
