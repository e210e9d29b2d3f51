import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltImage, buildImage } from '../../registry/index.js';
import { NOW } from '../test-support.js';
import { DOCKER, denied, NAME, notFound, REPOSITORY, STRANGER, TestApi } from './test-api.js';

let test: TestApi;
let image: BuiltImage;
let digest: string;

beforeEach(async () => {
  test = await TestApi.open();
  await test.create();
  image = await buildImage({ files: [{ path: '/a', content: 'a' }], config: {} });
  digest = image.digest;
  for (const tag of ['latest', 'v1']) await test.push(image, 'team/app', tag);
});
afterEach(() => test.close());

const owner: TestApi['owner'] = (...call) => test.owner(...call);

const IMAGE = `${REPOSITORY}/packages/team%252Fapp`;
const PACKAGE = `${NAME}/packages/team%2Fapp`;
const filtered = (path: string, filter: string) =>
  owner('GET', `${path}?filter=${encodeURIComponent(filter)}`);

describe('what lies in a repository', () => {
  it('is listed as Docker images', async () => {
    const expected = {
      name: `${NAME}/dockerImages/team%2Fapp@${digest}`,
      uri: `asia-northeast1-docker.pkg.dev/myproject-b/myrepo/team/app@${digest}`,
      tags: ['latest', 'v1'],
      imageSizeBytes: expect.stringMatching(/^\d+$/),
      uploadTime: NOW.toISOString(),
      updateTime: NOW.toISOString(),
      buildTime: '1980-01-01T00:00:00Z',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.oci.image.config.v1+json',
    };
    expect(await owner('GET', `${REPOSITORY}/dockerImages`)).toEqual({ dockerImages: [expected] });
    expect(await owner('GET', `${REPOSITORY}/dockerImages/team%252Fapp@${digest}`)).toEqual(expected);
    expect(await owner('GET', REPOSITORY)).toMatchObject({ sizeBytes: expect.stringMatching(/^[1-9]\d+$/) });
  });

  it('is listed as packages, versions and tags', async () => {
    expect(await owner('GET', `${REPOSITORY}/packages`)).toMatchObject({ packages: [{ name: PACKAGE }] });
    expect(await owner('GET', IMAGE)).toMatchObject({ name: PACKAGE });
    const version = `${PACKAGE}/versions/${digest}`;
    const tags = ['latest', 'v1'].map((tag) => ({ name: `${PACKAGE}/tags/${tag}`, version }));
    const basic = await owner('GET', `${IMAGE}/versions?view=BASIC`);
    expect(basic).toMatchObject({
      versions: [{ name: version, metadata: { imageSizeBytes: expect.any(String) } }],
    });
    expect(JSON.stringify(basic)).not.toContain('relatedTags');
    expect(await owner('GET', `${IMAGE}/versions/${digest}?view=FULL`)).toMatchObject({ relatedTags: tags });
    expect(await owner('GET', `${IMAGE}/tags`)).toEqual({ tags });
    expect(await owner('GET', `${IMAGE}/tags/v1`)).toEqual(tags[1]);
    const filter = encodeURIComponent(`version="${version}"`);
    expect(await owner('GET', `${IMAGE}/tags?filter=${filter}`)).toEqual({ tags });
    await expect(owner('GET', `${IMAGE}/tags?filter=colour%3Dx`)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('is deleted by tag, by version and by package', async () => {
    await expect(owner('DELETE', `${IMAGE}/versions/${digest}`)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
    });
    await owner('DELETE', `${IMAGE}/tags/v1`);
    await expect(owner('GET', `${IMAGE}/tags/v1`)).rejects.toMatchObject(notFound);
    expect(await owner('DELETE', `${IMAGE}/versions/${digest}?force=true`)).toMatchObject({ done: true });
    expect(await owner('GET', `${REPOSITORY}/dockerImages`)).toEqual({});
    await expect(owner('DELETE', IMAGE)).rejects.toMatchObject(notFound);
  });

  it('needs its permission, kind by kind', async () => {
    for (const [path, permission] of [
      ['dockerImages', 'dockerimages.list'],
      ['packages', 'packages.list'],
      ['packages/app/versions', 'versions.list'],
      ['packages/app/tags', 'tags.list'],
      ['files', 'files.list'],
    ]) {
      await expect(test.as(STRANGER, 'GET', `${REPOSITORY}/${path}`)).rejects.toMatchObject(
        denied(permission ?? '', NAME),
      );
    }
  });

  it.each([
    `${IMAGE}/versions/latest`,
    `${REPOSITORY}/dockerImages/app`,
    `${REPOSITORY}/dockerImages/app@sha256:x`,
  ])('refuses the malformed name %s', async (url) => {
    await expect(owner('GET', url)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });
});

describe('files', () => {
  it('are the manifests and blobs of images, shown with the version that they belong to', async () => {
    const version = `${PACKAGE}/versions/${digest}`;
    const { files } = (await owner('GET', `${REPOSITORY}/files`)) as { files: { name: string }[] };
    const digests = [digest, image.config.digest, ...image.layers.map((layer) => layer.digest)].sort();
    expect(files).toEqual(
      digests.map((each) => ({
        name: `${NAME}/files/${each}`,
        sizeBytes: expect.stringMatching(/^[1-9]\d*$/),
        hashes: [{ type: 'SHA256', value: Buffer.from(each.slice(7), 'hex').toString('base64') }],
        createTime: NOW.toISOString(),
        updateTime: NOW.toISOString(),
        owner: version,
      })),
    );
    expect(await owner('GET', `${REPOSITORY}/files/${digest}`)).toMatchObject({
      name: `${NAME}/files/${digest}`,
    });
    await expect(owner('GET', `${REPOSITORY}/files/sha256:${'0'.repeat(64)}`)).rejects.toMatchObject(
      notFound,
    );
    await expect(owner('GET', `${REPOSITORY}/files/app`)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('are found by what owns them, also where versions share them', async () => {
    const other = await buildImage({ base: image.layers, files: [{ path: '/b', content: 'b' }], config: {} });
    await test.push(other, 'other', 'v1');
    const count = async (owned: string) =>
      ((await filtered(`${REPOSITORY}/files`, `owner="${owned}"`)) as { files?: [] }).files?.length ?? 0;
    expect(await count(`${PACKAGE}/versions/${digest}`)).toBe(3);
    expect(await count(`${NAME}/packages/other`)).toBe(4);
    expect(await count(`${NAME}/packages/nothing`)).toBe(0);
  });
});

describe('tags', () => {
  const version = () => `${PACKAGE}/versions/${digest}`;
  const createTag = (id: string, of = version()) =>
    owner('POST', `${IMAGE}/tags?tagId=${id}`, { name: `${PACKAGE}/tags/${id}`, version: of });

  it('are created for a version that is there, and moved', async () => {
    expect(await createTag('new')).toEqual({ name: `${PACKAGE}/tags/new`, version: version() });
    await expect(createTag('new')).rejects.toMatchObject({ status: 'ALREADY_EXISTS' });
    await expect(createTag('bad tag')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    const missing = `${PACKAGE}/versions/sha256:${'0'.repeat(64)}`;
    await expect(createTag('other', missing)).rejects.toMatchObject(notFound);
    await expect(createTag('other', version().replace('team%2Fapp', 'app'))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
    const other = await buildImage({ files: [{ path: '/b', content: 'b' }], config: {} });
    await test.push(other, 'team/app', 'other');
    const move = { version: `${PACKAGE}/versions/${other.digest}` };
    await owner('PATCH', `${IMAGE}/tags/new?updateMask=version`, move);
    expect(await owner('GET', `${IMAGE}/tags/new`)).toMatchObject(move);
    await expect(owner('PATCH', `${IMAGE}/tags/nothing`, move)).rejects.toMatchObject(notFound);
    await expect(owner('PATCH', `${IMAGE}/tags/new?updateMask=name`, move)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('of a repository that keeps them are neither moved nor deleted, nor what they name', async () => {
    await owner('PATCH', `${REPOSITORY}?updateMask=dockerConfig.immutableTags`, {
      ...DOCKER,
      dockerConfig: { immutableTags: true },
    });
    expect(await owner('GET', REPOSITORY)).toMatchObject({ dockerConfig: { immutableTags: true } });
    await createTag('new');
    const other = await buildImage({ files: [{ path: '/b', content: 'b' }], config: {} });
    await test.push(other, 'team/app', 'other');
    await expect(test.push(other, 'team/app', 'v1')).rejects.toThrow(
      'cannot update tag v1. The repository has enabled tag immutability',
    );
    await test.push(image, 'team/app', 'v1');
    const refused = { status: 'FAILED_PRECONDITION', message: expect.stringContaining('tag immutability') };
    const move = { version: `${PACKAGE}/versions/${other.digest}` };
    await expect(owner('PATCH', `${IMAGE}/tags/new`, move)).rejects.toMatchObject(refused);
    await expect(owner('DELETE', `${IMAGE}/tags/new`)).rejects.toMatchObject(refused);
    await expect(owner('DELETE', `${IMAGE}/versions/${digest}?force=true`)).rejects.toMatchObject(refused);
    await expect(owner('DELETE', IMAGE)).rejects.toMatchObject(refused);
    expect(await owner('GET', `${IMAGE}/tags/new`)).toMatchObject({ version: version() });
    expect(await owner('DELETE', REPOSITORY)).toMatchObject({ done: true });
  });
});

describe('deleting versions at once', () => {
  const batch = (body: { names: string[]; validateOnly?: boolean }, parent = IMAGE) =>
    owner('POST', `${parent}/versions:batchDelete`, body);

  it('deletes what can be deleted and names the rest', async () => {
    const other = await buildImage({ files: [{ path: '/b', content: 'b' }], config: {} });
    await test.push(other, 'team/app', 'other');
    await owner('DELETE', `${IMAGE}/tags/other`);
    const tagged = `${PACKAGE}/versions/${digest}`;
    const names = [`${PACKAGE}/versions/${other.digest}`, tagged];
    const metadata = { failedVersions: [tagged] };
    expect(await batch({ names, validateOnly: true })).toMatchObject({
      done: true,
      metadata,
      error: { code: 9 },
    });
    expect(await owner('GET', `${IMAGE}/versions/${other.digest}`)).toMatchObject({ name: names[0] });
    const all = `${REPOSITORY}/packages/-`;
    expect(await batch({ names }, all)).toMatchObject({ done: true, metadata, error: { code: 9 } });
    await expect(owner('GET', `${IMAGE}/versions/${other.digest}`)).rejects.toMatchObject(notFound);
    expect(await owner('GET', `${IMAGE}/versions/${digest}`)).toMatchObject({ name: tagged });
  });

  it('answers a plain operation when all of them went', async () => {
    for (const tag of ['latest', 'v1']) await owner('DELETE', `${IMAGE}/tags/${tag}`);
    const answer = await batch({ names: [`${PACKAGE}/versions/${digest}`] });
    expect(answer).toMatchObject({ done: true, response: {} });
    expect(answer).not.toHaveProperty('error');
  });

  it('refuses names that lie elsewhere, and none', async () => {
    const foreign = `${NAME}/packages/other/versions/${digest}`;
    await expect(batch({ names: [foreign] })).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(batch({ names: [] })).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });
});
