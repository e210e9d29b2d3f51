import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../footing.js';
import { layerOf, layerOfTar, sha256, type TestEntry, tarOf, zstdCompress } from '../testing-images.js';
import { BadLayer, type Layer } from '../types.js';
import { LayerStore } from './store.js';

let root: string;
let store: LayerStore;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layers-'));
  store = new LayerStore(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const unpacked = (): string[] => (existsSync(join(root, 'sha256')) ? readdirSync(join(root, 'sha256')) : []);

async function unpack(entries: readonly TestEntry[]): Promise<string> {
  const layer = layerOf(entries);
  await store.prepare([layer]);
  return store.pathOf(layer);
}

const asRoot = process.geteuid?.() === 0;

describe.runIf(asRoot)('unpacking, as root', () => {
  it('keeps contents, modes, owners and links', async () => {
    const before = process.umask(0o077);
    const path = await unpack([
      { name: './', type: '5', mode: 0o751 },
      { name: 'deep/er/file', data: 'content', mode: 0o4755, uid: 1234, gid: 2345, mtime: 1_500_000_000 },
      { name: 'hard', type: '1', linkname: './deep/er/file' },
      { name: 'sh', type: '2', linkname: '/bin/busybox' },
    ]).finally(() => process.umask(before));
    const file = statSync(join(path, 'deep/er/file'));
    expect(readFileSync(join(path, 'hard'), 'utf8')).toBe('content');
    expect({
      mode: file.mode & 0o7777,
      uid: file.uid,
      gid: file.gid,
      mtime: file.mtimeMs,
      links: file.nlink,
    }).toEqual({ mode: 0o4755, uid: 1234, gid: 2345, mtime: 1_500_000_000_000, links: 2 });
    expect(readlinkSync(join(path, 'sh'))).toBe('/bin/busybox');
    expect(statSync(path).mode & 0o7777).toBe(0o751);
    expect(statSync(join(path, 'deep/er')).mode & 0o7777).toBe(0o755);
  });

  it('gives a layer without an entry for its root the mode 0755', async () => {
    expect(statSync(await unpack([{ name: 'file' }])).mode & 0o7777).toBe(0o755);
  });

  it('keeps long names, names that are not UTF-8, and file capabilities', async () => {
    const long = `${'directory/'.repeat(40)}file`;
    const capability = '\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00';
    const path = await unpack([
      { name: long, data: 'long' },
      { name: 'latin-\xe9', data: 'latin' },
      { name: 'server', data: 'x', xattrs: new Map([['security.capability', capability]]) },
    ]);
    expect(readFileSync(join(path, long), 'utf8')).toBe('long');
    expect(readFileSync(Buffer.from(`${path}/latin-\xe9`, 'latin1'), 'utf8')).toBe('latin');
    const header = execFileSync('tar', ['-cf', '-', '--xattrs', '--xattrs-include=*', '-C', path, 'server']);
    expect(header.includes('SCHILY.xattr.security.capability')).toBe(true);
  });

  it('turns whiteouts into what overlayfs understands', async () => {
    const path = await unpack([
      { name: 'a/.wh.gone', data: '' },
      { name: 'b/.wh..wh..opq', data: '' },
      { name: 'b/new', data: 'new' },
      { name: '.wh.replaced' },
      { name: 'replaced', data: 'by this' },
    ]);
    const gone = lstatSync(join(path, 'a/gone'));
    expect(gone.isCharacterDevice() && gone.rdev === 0).toBe(true);
    const header = execFileSync('tar', ['-cf', '-', '--xattrs', '--xattrs-include=*', '-C', path, 'b']);
    expect(header.includes('SCHILY.xattr.trusted.overlay.opaque=y')).toBe(true);
    expect(readFileSync(join(path, 'replaced'), 'utf8')).toBe('by this');
  });

  it('refuses a whiteout behind a symbolic link', async () => {
    const refused = unpack([{ name: 'etc', type: '2', linkname: '/etc' }, { name: 'etc/.wh.passwd' }]);
    await expect(refused).rejects.toThrow(BadLayer);
    expect(existsSync('/etc/passwd')).toBe(true);
    expect(unpacked()).toEqual([]);
  });
});

it.each<[string, (tar: Buffer) => Layer]>([
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', (tar) => layerOfTar(tar)],
  ['application/vnd.oci.image.layer.v1.tar', (tar) => blob(tar, tar)],
  ['application/vnd.oci.image.layer.v1.tar+zstd', (tar) => blob(zstdCompress(tar), tar)],
])('unpacks %s', async (mediaType, make) => {
  const layer = { ...make(tarOf([{ name: 'file', data: 'x'.repeat(300_000) }])), mediaType };
  await store.prepare([layer]);
  expect(statSync(join(store.pathOf(layer), 'file')).size).toBe(300_000);
});

describe('a bad layer leaves nothing behind and is named', () => {
  const tar = tarOf([{ name: 'file', data: 'x'.repeat(100_000) }]);
  const good = layerOfTar(tar);
  const zeros = `sha256:${'0'.repeat(64)}`;

  it.each<[string, Layer, RegExp]>([
    ['another digest', { ...good, digest: zeros }, /should have \d+ bytes, but its content is sha256:/],
    ['another size', { ...good, size: 5 }, /should have 5 bytes/],
    ['another diff id', { ...good, diffId: zeros }, /but the image config says sha256:000/],
    ['a digest that is none', { ...good, digest: 'sha256:../../x' }, /is not a sha256 digest/],
    ['a diff id that is none', { ...good, diffId: '../../x' }, /is not a sha256 digest/],
    ['an unknown media type', { ...good, mediaType: 'text/html' }, /media type text\/html/],
    ['no gzip', layerOfTar(tar, { open: () => Readable.from([tar]) }), /not valid gzip/],
    ['an entry that leads out', layerOf([{ name: '../x' }]), /\.\.\/x has "\.\." in its name/],
    ['no tar', layerOfTar(Buffer.alloc(600, 'x')), /not a valid tar/],
    [
      'a hard link to nothing',
      layerOf([{ name: 'x', type: '1', linkname: 'absent' }]),
      /x: Cannot hard link/,
    ],
    [
      'a file in the place of a directory',
      layerOf([{ name: 'd/x' }, { name: 'd' }]),
      /cannot be unpacked: d:/,
    ],
  ])('%s', async (_what, layer, message) => {
    const outcome = store.prepare([layer]);
    await expect(outcome).rejects.toThrow(message);
    await expect(outcome).rejects.toThrow(layer.digest);
    await expect(outcome).rejects.toBeInstanceOf(BadLayer);
    expect(unpacked()).toEqual([]);
  });

  it('a blob that is cut off', async () => {
    const bytes = Buffer.concat(await layerOfTar(tar).open().toArray());
    const cut = layerOfTar(tar, { open: () => Readable.from([bytes.subarray(0, -20)]) });
    await expect(store.prepare([cut])).rejects.toBeInstanceOf(BadLayer);
    expect(unpacked()).toEqual([]);
  });

  it('a compressed bomb ends at the limit', async () => {
    const small = new LayerStore(root, ROOT, { maxBytes: 1_000_000, maxEntries: 10 });
    const bomb = layerOf([{ name: 'zeros', data: Buffer.alloc(5_000_000) }]);
    await expect(small.prepare([bomb])).rejects.toThrow(/more than 1000000 bytes/);
    expect(unpacked()).toEqual([]);
  });
});

it('passes on errors of the blob store as they are', async () => {
  const missing = { ...layerOf([{ name: 'x' }]), open: () => Readable.from(failing()) };
  await expect(store.prepare([missing])).rejects.toThrow(/disk on fire/);
  await expect(store.prepare([missing])).rejects.not.toBeInstanceOf(BadLayer);
  expect(unpacked()).toEqual([]);
});

it('unpacks a layer once, however many ask for it', async () => {
  const layer = layerOf([{ name: 'file', data: 'x'.repeat(200_000) }]);
  let opened = 0;
  const counting = {
    ...layer,
    open: () => {
      opened++;
      return layer.open();
    },
  };
  const again = new LayerStore(root);
  await Promise.all([store.prepare([counting, counting]), store.prepare([counting])]);
  await again.prepare([counting]);
  expect(opened).toBe(1);
});

it('tries again after a failure', async () => {
  const layer = layerOf([{ name: 'file' }]);
  await expect(store.prepare([{ ...layer, size: 1 }])).rejects.toBeInstanceOf(BadLayer);
  await store.prepare([layer]);
  expect(unpacked()).toEqual([layer.diffId.slice('sha256:'.length)]);
});

it('reaps half-unpacked layers and keeps complete ones', async () => {
  await store.reap();
  const path = await unpack([{ name: 'file' }]);
  mkdirSync(`${path}.99-1.tmp`);
  await new LayerStore(root).reap();
  await vi.waitFor(() => expect(unpacked()).toEqual([path.slice(-64)]));
});

it('drops the layers of an earlier boot, which may not have reached the disk', async () => {
  await store.reap();
  await unpack([{ name: 'file' }]);
  writeFileSync(join(root, 'boot-id'), 'another\n');
  await new LayerStore(root).reap();
  expect(unpacked()).toEqual([]);
  await vi.waitFor(() => expect(readdirSync(root).sort()).toEqual(['boot-id', 'sha256']));
});

function blob(bytes: Buffer, tar: Buffer): Layer {
  return layerOfTar(tar, { digest: sha256(bytes), size: bytes.length, open: () => Readable.from([bytes]) });
}

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(10);
  throw new Error('disk on fire');
}
