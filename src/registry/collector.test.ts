import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobGuard } from './blob-guard.js';
import { GRACE_MS } from './collector.js';
import type { BuiltImage } from './image-builder.js';
import { ADMIN, HOST, NAME, REPOSITORY, smallImage, TestRegistry, WRITER } from './test-registry.js';

let test: TestRegistry;
beforeEach(async () => {
  test = await TestRegistry.open();
});
afterEach(() => test.close());

const blobsOf = (...images: readonly BuiltImage[]) =>
  [...new Set(images.flatMap(({ config, layers }) => [config, ...layers].map((blob) => blob.digest)))].sort();
const onDisk = async () => (await test.filesOnDisk()).blobs.map((name) => `sha256:${name}`).sort();
const remove = (reference: string, name = NAME) =>
  test.call('DELETE', `/v2/${name}/manifests/${reference}`, { as: ADMIN });
const later = (ms: number) => {
  test.now = new Date(test.now.getTime() + ms);
};

describe('blobs are cleared away', () => {
  it('when the last manifest that needs them is deleted, and no sooner', async () => {
    const [one, two] = [await smallImage('one'), await smallImage('two')];
    await test.push(one, 'v1');
    await test.push(two, 'v2');
    await test.push(one, 'v1', `${HOST}/myproject-b/myrepo/other`);
    await remove(one.digest);
    await test.registry.collectGarbage();
    expect(await onDisk()).toEqual(blobsOf(one, two));
    await remove(one.digest, `${HOST}/myproject-b/myrepo/other`);
    await test.registry.collectGarbage();
    expect(await onDisk()).toEqual(blobsOf(two));
    expect(await test.call('GET', `/v2/${NAME}/blobs/${one.config.digest}`, { as: ADMIN })).toMatchObject({
      status: 404,
    });
  });

  it('when a repository goes, but for what another one holds', async () => {
    const [one, two] = [await smallImage('one'), await smallImage('two')];
    const elsewhere = { ...REPOSITORY, repository: 'elsewhere' };
    await test.repository(elsewhere);
    await test.grant('roles/artifactregistry.writer', WRITER, elsewhere);
    await test.push(one, 'v1');
    await test.push(two, 'v1');
    await test.push(two, 'v1', `${HOST}/myproject-b/elsewhere/app`);
    await test.registry.repositories.remove(REPOSITORY);
    await test.registry.collectGarbage();
    expect(await onDisk()).toEqual(blobsOf(two));
  });

  it('when no manifest came for an hour after they were pushed', async () => {
    const digest = await test.blob(Buffer.from('alone'));
    later(GRACE_MS);
    expect(await test.registry.collectGarbage()).toEqual({ unlinked: 0, removed: 0 });
    later(1);
    expect(await test.registry.collectGarbage()).toEqual({ unlinked: 1, removed: 1 });
    expect(await test.call('HEAD', `/v2/${NAME}/blobs/${digest}`, { as: WRITER })).toMatchObject({
      status: 404,
    });
  });

  it('when a kill left a file without a row', async () => {
    await test.push(await smallImage('kept'), 'v1');
    const before = await onDisk();
    const digest = await test.blob(Buffer.from('orphan'));
    await test.store.commit([
      { op: 'delete', key: `blob-links/myproject-b/asia-northeast1/myrepo/${digest}` },
    ]);
    expect(await test.registry.collectGarbage()).toEqual({ unlinked: 0, removed: 1 });
    expect(await onDisk()).toEqual(before);
  });

  it('in the background, after each deletion', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    await remove(image.digest);
    await test.registry.close(); // Waits for what is under way.
    expect(await onDisk()).toEqual([]);
  });
});

describe('blobs stay', () => {
  it('as long as a revision of Cloud Run starts from them', async () => {
    const image = await smallImage('running');
    await test.push(image, 'v1');
    const key = 'run/revisions/myproject-a/asia-northeast1/web-00001-abc';
    const layers = image.layers.map(({ digest }) => ({ digest }));
    await test.store.commit([{ op: 'put', key, value: { name: 'web-00001-abc', imported: { layers } } }]);
    await remove(image.digest);
    await test.registry.collectGarbage();
    expect(await onDisk()).toEqual(image.layers.map(({ digest }) => digest).sort());
    await test.store.commit([{ op: 'delete', key }]);
    await test.registry.collectGarbage();
    expect(await onDisk()).toEqual([]);
  });

  it('for a client that was told it need not send them', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    for (const digest of blobsOf(image)) {
      await test.call('HEAD', `/v2/${NAME}/blobs/${digest}`, { as: WRITER });
    }
    await remove(image.digest);
    await test.registry.collectGarbage();
    await test.push(image, 'v2');
    later(2 * GRACE_MS);
    await test.registry.collectGarbage();
    expect(await onDisk()).toEqual(blobsOf(image));
  });

  it('through pushes, mounts and deletions of the same image side by side', async () => {
    const image = await smallImage('contested');
    const names = ['a', 'b', 'c', 'd'].map((image) => `${HOST}/myproject-b/myrepo/${image}`);
    const rounds = names.map(async (name) => {
      for (let round = 0; round < 5; round++) {
        await test.push(image, 'v1', name);
        for (const digest of blobsOf(image)) {
          const answer = await test.call('GET', `/v2/${name}/blobs/${digest}`, { as: WRITER });
          expect(answer.status).toBe(200);
        }
        expect((await remove(image.digest, name)).status).toBe(202);
      }
      await test.push(image, 'v1', name);
    });
    await Promise.all(rounds);
    await test.registry.collectGarbage();
    expect(await onDisk()).toEqual(blobsOf(image));
  });
});

it('a file that is no blob is left alone', async () => {
  await test.push(await smallImage('one'), 'v1');
  const [blob = ''] = (await test.filesOnDisk()).blobs;
  const stray = join(test.dataDir, 'registry', 'blobs', 'sha256', blob.slice(0, 2), 'README');
  await writeFile(stray, 'mine');
  await test.registry.collectGarbage();
  expect((await test.filesOnDisk()).blobs).toContain('README');
});

describe('the guard', () => {
  it('lets nobody remove what somebody has pinned', async () => {
    const guard = new BlobGuard();
    await guard.whilePinned(['a'], () =>
      guard.exclusively(['a', 'b'], async (free) => expect([...free]).toEqual(['b'])),
    );
    await guard.exclusively(['a'], async (free) => expect([...free]).toEqual(['a']));
  });

  it('lets nobody pin what somebody removes, until it is over', async () => {
    const guard = new BlobGuard();
    const order: string[] = [];
    let pinned: Promise<void> | undefined;
    await guard.exclusively(['a'], async () => {
      pinned = guard.whilePinned(['a'], async () => {
        order.push('pinned');
      });
      await guard.whilePinned(['b'], async () => {});
      order.push('removed');
    });
    await pinned;
    expect(order).toEqual(['removed', 'pinned']);
  });
});
