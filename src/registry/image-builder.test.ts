import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from './blob-store.js';
import { buildImage, buildLayer } from './image-builder.js';
import { writeOciLayout } from './oci-layout.js';
import { tar } from './tar-writer.js';
import { bytesOf } from './test-registry.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sekisho-builder-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What GNU tar makes of a layer: one line per entry. */
async function listing(layer: Buffer, ...options: string[]): Promise<string[]> {
  const file = join(directory, 'layer.tar.gz');
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' };
  await writeFile(file, layer);
  const text = execFileSync('tar', ['--numeric-owner', ...options, '-tzf', file], { encoding: 'utf8', env });
  return text.split('\n').slice(0, -1);
}

describe('a layer', () => {
  it('holds files, links and directories with their modes and owners, parents first', async () => {
    const layer = await buildLayer([
      { path: '/bin/sh', hardlink: '/bin/busybox', mode: 0o755 },
      { path: '/bin/busybox', content: 'binary', mode: 0o4755 },
      { path: '/home/app/link', symlink: '../../bin/busybox' },
      { path: '/home/app/own', content: '', uid: 1000, gid: 1001 },
      { path: '/tmp', directory: true, mode: 0o1777 },
    ]);
    const lines = await listing(await bytesOf(layer), '-v');
    expect(lines.map((line) => line.replace(/ +\d+ 1980-01-01 \d\d:\d\d /, ' '))).toEqual([
      'drwxr-xr-x 0/0 bin/',
      '-rwsr-xr-x 0/0 bin/busybox',
      'drwxr-xr-x 0/0 home/',
      'drwxr-xr-x 0/0 home/app/',
      'lrwxrwxrwx 0/0 home/app/link -> ../../bin/busybox',
      '-rw-r--r-- 1000/1001 home/app/own',
      'drwxrwxrwt 0/0 tmp/',
      'hrwxr-xr-x 0/0 bin/sh link to bin/busybox',
    ]);
  });

  it('is the same for the same files, in whatever order, and states its digests truly', async () => {
    const files = [
      { path: '/a', content: 'one' },
      { path: '/b/c', content: Buffer.from('two') },
    ];
    const one = await buildLayer(files);
    const other = await buildLayer([...files].reverse());
    expect(one.digest).toBe(other.digest);
    const bytes = await bytesOf(one);
    expect([digestOf(bytes), bytes.length]).toEqual([one.digest, one.size]);
    expect(digestOf(gunzipSync(bytes))).toBe(one.diffId);
  });

  it('written to a file is the one made in memory', async () => {
    const source = join(directory, 'source');
    await writeFile(source, Buffer.alloc(2_500_000, 'x'));
    const files = [{ path: '/big', fromFile: source }];
    const inMemory = await buildLayer(files);
    const file = join(directory, 'big.tar.gz');
    const onDisk = await buildLayer(files, { file });
    expect(onDisk.digest).toBe(inMemory.digest);
    expect(digestOf(await readFile(file))).toBe(onDisk.digest);
  });

  it.each(['relative', '/../etc/passwd', '/a/../../b', '/./a', '/'])('refuses the path %s', async (path) => {
    await expect(buildLayer([{ path, content: '' }])).rejects.toThrow('not an absolute path inside an image');
  });

  it('keeps paths of any length and alphabet', async () => {
    const segment = fc
      .stringMatching(/^[A-Za-z0-9é日_-][A-Za-z0-9é日 ._-]{0,70}$/)
      .filter((text) => text !== '.' && text !== '..');
    const paths = fc.uniqueArray(fc.array(segment, { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 5,
      selector: (parts) => parts[0],
    });
    await fc.assert(
      fc.asyncProperty(paths, async (all) => {
        const files = all.map((parts) => ({ path: `/${parts.join('/')}`, content: 'x' }));
        const layer = await buildLayer(files);
        const names = await listing(await bytesOf(layer), '--quoting-style=literal');
        const expected = files.map((file) => file.path.slice(1));
        expect(names.filter((name) => !name.endsWith('/')).sort()).toEqual(expected.sort());
      }),
      { numRuns: 15 },
    );
  });

  it('ends with an error when a file changes while it is read', async () => {
    const source = join(directory, 'shrinking');
    await writeFile(source, Buffer.alloc(3_000_000));
    const pieces = tar([{ path: 'a', fromFile: source, mode: 0o644, uid: 0, gid: 0 }], 0);
    await pieces.next(); // The header announces three million bytes.
    await writeFile(source, 'short');
    await expect(
      (async () => {
        for await (const _ of pieces);
      })(),
    ).rejects.toThrow('changed while it was read');
  });
});

describe('an image', () => {
  it('has a config whose diff ids are its layers', async () => {
    const base = await buildLayer([{ path: '/base', content: 'b' }]);
    const image = await buildImage({
      base: [base],
      files: [{ path: '/app', content: 'a' }],
      config: { Entrypoint: ['/app'], User: '1000' },
      architecture: 'arm64',
      created: new Date('2026-01-02T03:04:05Z'),
    });
    expect(JSON.parse((await bytesOf(image.config)).toString())).toEqual({
      created: '2026-01-02T03:04:05.000Z',
      architecture: 'arm64',
      os: 'linux',
      config: { Entrypoint: ['/app'], User: '1000' },
      rootfs: { type: 'layers', diff_ids: image.layers.map((layer) => layer.diffId) },
    });
    expect(image.layers[0]?.digest).toBe(base.digest);
    expect(digestOf(await bytesOf(image.manifest))).toBe(image.digest);
  });

  it('becomes an OCI layout under its tag', async () => {
    const image = await buildImage({ files: [{ path: '/a', content: 'a' }], config: {} });
    const layout = join(directory, 'layout');
    await writeOciLayout(image, layout, 'v1');
    const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));
    expect(index.manifests[0].digest).toBe(image.digest);
    expect(index.manifests[0].annotations).toEqual({ 'org.opencontainers.image.ref.name': 'v1' });
    for (const blob of [image.manifest, image.config, ...image.layers]) {
      const bytes = await readFile(join(layout, 'blobs', 'sha256', blob.digest.slice(7)));
      expect(digestOf(bytes)).toBe(blob.digest);
    }
  });
});
