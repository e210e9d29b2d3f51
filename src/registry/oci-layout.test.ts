import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { directoryFiles } from './directory-files.js';
import { type BuiltImage, buildImage } from './image-builder.js';
import { BadLayout, readOciLayout, writeOciLayout } from './oci-layout.js';
import { bytesOf } from './test-registry.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sekisho-layout-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function laidOut(): Promise<BuiltImage> {
  const image = await buildImage({
    files: [{ path: '/app/server.js', content: 'served' }],
    config: { Cmd: ['/app/server.js'] },
  });
  await writeOciLayout(image, directory, 'v1');
  return image;
}

describe('an OCI image layout', () => {
  it('gives back the image that was written, by tag or as the only one', async () => {
    const image = await laidOut();
    for (const tag of ['v1', undefined]) {
      const read = await readOciLayout(directory, tag);
      expect(read.digest).toBe(image.digest);
      expect(read.config.digest).toBe(image.config.digest);
      const [layer] = read.layers;
      expect(layer && (await bytesOf(layer))).toEqual(image.layers[0] && (await bytesOf(image.layers[0])));
    }
  });

  it('names the tag that it does not hold', async () => {
    await laidOut();
    await expect(readOciLayout(directory, 'v2')).rejects.toThrow('holds 0 images named v2');
  });

  it.each([
    ['a blob that is missing', 'layers', async (path: string) => rm(path), 'layer 0'],
    ['a blob cut short', 'config', async (path: string) => writeFile(path, '{'), 'the config'],
    [
      'a manifest whose bytes are others',
      'manifest',
      async (path: string) => writeFile(path, (await readFile(path, 'utf8')).replace('sha256', 'sha257')),
      'another digest',
    ],
  ] as const)('refuses %s', async (_, which, spoil, words) => {
    const image = await laidOut();
    const blob = which === 'layers' ? image.layers[0] : image[which];
    await spoil(join(directory, 'blobs/sha256', String(blob?.digest).slice('sha256:'.length)));
    await expect(readOciLayout(directory)).rejects.toThrow(words);
  });

  it.each([
    ['no index', undefined],
    ['an index that is no JSON', 'index'],
    ['an index that is a list', '[]'],
    ['a descriptor without a digest', '{"manifests":[{"mediaType":"x"}]}'],
    ['a digest that leads elsewhere', '{"manifests":[{"mediaType":"x","digest":"sha256:../../x","size":1}]}'],
  ])('refuses %s', async (_, index) => {
    if (index !== undefined) await writeFile(join(directory, 'index.json'), index);
    await expect(readOciLayout(directory)).rejects.toThrow(BadLayout);
  });
});

describe('a directory as files of an image', () => {
  it('keeps modes and links, below the place that it gets', async () => {
    await mkdir(join(directory, 'lib'), { mode: 0o700 });
    await writeFile(join(directory, 'run'), 'x', { mode: 0o755 });
    await writeFile(join(directory, 'lib/日本語'), 'x', { mode: 0o600 });
    await symlink('../run', join(directory, 'lib/link'));
    expect(await directoryFiles(directory, '/app')).toEqual([
      { path: '/app', directory: true, mode: 0o700 },
      { path: '/app/lib', directory: true, mode: 0o700 },
      { path: '/app/lib/link', symlink: '../run' },
      { path: '/app/lib/日本語', fromFile: join(directory, 'lib/日本語'), mode: 0o600 },
      { path: '/app/run', fromFile: join(directory, 'run'), mode: 0o755 },
    ]);
  });

  it('names what no image can hold', async () => {
    const server = createServer().listen(join(directory, 'socket'));
    try {
      await expect(directoryFiles(directory, '/app')).rejects.toThrow(join(directory, 'socket'));
    } finally {
      server.close();
    }
  });
});
