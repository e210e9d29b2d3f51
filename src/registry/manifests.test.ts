import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from './blob-store.js';
import { MAX_MANIFEST_BYTES, OCI_INDEX, OCI_MANIFEST, parseManifest } from './manifest.js';
import { OciError } from './oci-errors.js';
import {
  ADMIN,
  bytesOf,
  errorOf,
  NAME,
  READER,
  REPOSITORY,
  smallImage,
  TestRegistry,
  WRITER,
} from './test-registry.js';

let test: TestRegistry;
beforeEach(async () => {
  test = await TestRegistry.open();
});
afterEach(() => test.close());

const manifest = (reference: string) => `/v2/${NAME}/manifests/${reference}`;
const get = (reference: string) => test.call('GET', manifest(reference), { as: READER });
const put = (reference: string, body: string | Buffer, type: string) =>
  test.call('PUT', manifest(reference), { as: WRITER, body, headers: { 'content-type': type } });
const json = (value: object) => JSON.stringify(value);
const unknownDigest = digestOf(Buffer.from('nowhere'));

describe('pushing and pulling', () => {
  it('gives a manifest back byte for byte, by tag and by digest', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    const bytes = (await bytesOf(image.manifest)).toString();
    for (const reference of ['v1', image.digest]) {
      const answer = await get(reference);
      expect(answer.text).toBe(bytes);
      expect(answer.headers['content-type']).toBe(OCI_MANIFEST);
      expect(answer.headers['docker-content-digest']).toBe(image.digest);
      const head = await test.call('HEAD', manifest(reference), { as: READER });
      expect([head.status, head.headers['content-length'], head.text]).toEqual([
        200,
        String(bytes.length),
        '',
      ]);
    }
  });

  it('a tag moves to what is pushed last; the former manifest stays by digest', async () => {
    const [one, two] = [await smallImage('one'), await smallImage('two')];
    await test.push(one, 'latest');
    await test.push(two, 'latest');
    expect((await get('latest')).headers['docker-content-digest']).toBe(two.digest);
    expect((await get(one.digest)).status).toBe(200);
  });

  it('a missing manifest is told in Artifact Registry’s words', async () => {
    const answer = await get('nope');
    expect(answer.status).toBe(404);
    expect(errorOf(answer)).toEqual({
      code: 'MANIFEST_UNKNOWN',
      message: 'Failed to fetch "nope" from request "/v2/myproject-b/myrepo/app/manifests/nope".',
    });
  });

  it('images whose names begin alike are kept apart', async () => {
    const [one, two] = [await smallImage('one'), await smallImage('two')];
    await test.push(one, 'latest');
    await test.push(two, 'latest', `${NAME}/sub`);
    expect((await test.registry.images.tags(REPOSITORY, 'app')).map((tag) => tag.digest)).toEqual([
      one.digest,
    ]);
    expect((await test.registry.images.packages(REPOSITORY)).map((each) => each.image)).toEqual([
      'app',
      'app/sub',
    ]);
  });

  it('reading is not enough to push, writing not enough to delete', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    const body = await bytesOf(image.manifest);
    expect((await test.call('PUT', manifest('v2'), { as: READER, body })).status).toBe(403);
    const answer = await test.call('DELETE', manifest('v1'), { as: WRITER });
    expect(errorOf(answer).message).toContain('"artifactregistry.repositories.deleteArtifacts" denied');
  });
});

describe('a manifest is refused, and nothing kept,', () => {
  const descriptor = { mediaType: 'application/octet-stream', digest: unknownDigest, size: 7 };
  const base = { schemaVersion: 2, mediaType: OCI_MANIFEST };

  it.each<[string, string, string, number, string]>([
    ['when it is no JSON', OCI_MANIFEST, '{', 400, 'MANIFEST_INVALID'],
    ['when it is no object', OCI_MANIFEST, '[]', 400, 'MANIFEST_INVALID'],
    ['when its type is unknown', 'text/plain', json({ schemaVersion: 2 }), 400, 'MANIFEST_INVALID'],
    [
      'when it is of schema 1',
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      json({ schemaVersion: 1 }),
      400,
      'MANIFEST_INVALID',
    ],
    [
      'when it and its Content-Type differ',
      OCI_INDEX,
      json({ ...base, manifests: [] }),
      400,
      'MANIFEST_INVALID',
    ],
    ['when it has no config', OCI_MANIFEST, json({ ...base, layers: [] }), 400, 'MANIFEST_INVALID'],
    [
      'when a digest climbs out of the directory',
      OCI_MANIFEST,
      json({ ...base, config: { ...descriptor, digest: 'sha256:../../../../etc/passwd' }, layers: [] }),
      400,
      'MANIFEST_INVALID',
    ],
    [
      'when a size is negative',
      OCI_MANIFEST,
      json({ ...base, config: { ...descriptor, size: -1 }, layers: [] }),
      400,
      'MANIFEST_INVALID',
    ],
    [
      'when the repository lacks a blob',
      OCI_MANIFEST,
      json({ ...base, config: descriptor, layers: [] }),
      400,
      'MANIFEST_BLOB_UNKNOWN',
    ],
    [
      'when the repository lacks a listed manifest',
      OCI_INDEX,
      json({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [{ ...descriptor, mediaType: OCI_MANIFEST }],
      }),
      400,
      'MANIFEST_BLOB_UNKNOWN',
    ],
    ['when it is huge', OCI_MANIFEST, ' '.repeat(MAX_MANIFEST_BYTES + 1), 413, 'MANIFEST_INVALID'],
  ])('%s', async (_, type, body, status, code) => {
    const answer = await put('v1', body, type);
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    expect(await test.store.list('manifests/')).toEqual([]);
    expect(await test.store.list('tags/')).toEqual([]);
  });

  it('when its digest is not the one it is pushed under', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    const answer = await put(unknownDigest, await bytesOf(image.manifest), OCI_MANIFEST);
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('when a descriptor states another size than the blob has', async () => {
    const digest = await test.blob(Buffer.from('{}'));
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 3 };
    const answer = await put('v1', json({ ...base, config, layers: [] }), OCI_MANIFEST);
    expect(errorOf(answer)).toEqual({
      code: 'MANIFEST_INVALID',
      message: `the descriptor of ${digest} says 3 bytes, but the blob has 2`,
    });
  });

  it('when it is not UTF-8', async () => {
    const answer = await put('v1', Buffer.from([0x7b, 0xff, 0x7d]), OCI_MANIFEST);
    expect(errorOf(answer).code).toBe('MANIFEST_INVALID');
  });

  it('when a chunked body grows beyond the limit', async () => {
    const body = Buffer.alloc(MAX_MANIFEST_BYTES + 1, ' ');
    const answer = await test.call('PUT', manifest('v1'), {
      as: WRITER,
      body,
      headers: { 'content-type': OCI_MANIFEST },
    });
    expect(answer.status).toBe(413);
  });
});

it('parsing anything either gives a manifest or refuses it as invalid', () => {
  const types = fc.constantFrom(OCI_MANIFEST, OCI_INDEX, '', 'text/plain');
  const shaped = fc.record(
    {
      schemaVersion: fc.constantFrom(1, 2, '2'),
      mediaType: fc.constantFrom(OCI_MANIFEST, OCI_INDEX, 3),
      config: fc.jsonValue(),
      layers: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.record({ digest: fc.constant(unknownDigest), size: fc.nat() })),
      ),
      manifests: fc.jsonValue(),
      subject: fc.jsonValue(),
      annotations: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), shaped.map(json)), types, (content, type) => {
      try {
        expect(['image', 'index']).toContain(parseManifest(content, type).kind);
      } catch (error) {
        expect(error).toBeInstanceOf(OciError);
      }
    }),
  );
});

describe('indexes', () => {
  it('list manifests of the same image, which cannot be deleted before them', async () => {
    const [amd, arm] = [await smallImage('amd'), await smallImage('arm', 'arm64')];
    const manifests = [];
    for (const [image, architecture] of [
      [amd, 'amd64'],
      [arm, 'arm64'],
    ] as const) {
      await test.push(image, image.digest);
      const { mediaType, digest, size } = image.manifest;
      manifests.push({ mediaType, digest, size, platform: { os: 'linux', architecture } });
    }
    const index = json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
    expect((await put('multi', index, OCI_INDEX)).status).toBe(201);
    expect((await get('multi')).headers['content-type']).toBe(OCI_INDEX);
    const versions = await test.registry.images.versions(REPOSITORY, 'app');
    const sizes = new Map(versions.map((version) => [version.digest, version.imageSizeBytes]));
    const indexDigest = digestOf(Buffer.from(index));
    expect(sizes.get(indexDigest)).toBe((sizes.get(amd.digest) ?? 0) + (sizes.get(arm.digest) ?? 0));

    const refused = await test.call('DELETE', manifest(amd.digest), { as: ADMIN });
    expect([refused.status, errorOf(refused).code]).toEqual([400, 'GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE']);
    expect((await test.call('DELETE', manifest(indexDigest), { as: ADMIN })).status).toBe(202);
    expect((await get('multi')).status).toBe(404);
    expect((await test.call('DELETE', manifest(amd.digest), { as: ADMIN })).status).toBe(202);
  });
});

describe('deleting', () => {
  it('a tag leaves the manifest; a manifest takes its tags with it', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    await test.push(image, 'v2');
    expect((await test.call('DELETE', manifest('v1'), { as: ADMIN })).status).toBe(202);
    expect((await get('v1')).status).toBe(404);
    expect((await get('v2')).status).toBe(200);
    expect((await test.call('DELETE', manifest(image.digest), { as: ADMIN })).status).toBe(202);
    expect((await get('v2')).status).toBe(404);
    expect(await test.store.list('tags/')).toEqual([]);
    expect((await test.call('DELETE', manifest(image.digest), { as: ADMIN })).status).toBe(404);
  });

  it('a blob that a manifest refers to is refused', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    const answer = await test.call('DELETE', `/v2/${NAME}/blobs/${image.config.digest}`, { as: ADMIN });
    expect([answer.status, errorOf(answer).code]).toEqual([405, 'UNSUPPORTED']);
  });

  it('a repository leaves none of its rows, and one made anew is empty', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    expect(await test.registry.repositories.remove(REPOSITORY)).toBe(true);
    for (const prefix of [
      'repositories/',
      'manifests/',
      'tags/',
      'blob-links/',
      'policies///artifactregistry',
    ]) {
      expect(await test.store.list(prefix)).toEqual([]);
    }
    await test.repository(REPOSITORY);
    expect((await get('v1')).status).toBe(403);
    expect(await test.registry.repositories.remove({ ...REPOSITORY, repository: 'nothing' })).toBe(false);
  });
});

describe('listing tags', () => {
  beforeEach(async () => {
    const image = await smallImage('one');
    for (const tag of ['v3', 'v1', 'v2']) await test.push(image, tag);
  });
  const list = (query: string) => test.call('GET', `/v2/${NAME}/tags/list${query}`, { as: READER });

  it('is in order', async () => {
    const answer = await list('');
    expect(JSON.parse(answer.text)).toEqual({ name: NAME, tags: ['v1', 'v2', 'v3'] });
    expect(answer.headers.link).toBeUndefined();
  });

  it('goes page by page along its links', async () => {
    const first = await list('?n=2');
    expect(JSON.parse(first.text).tags).toEqual(['v1', 'v2']);
    expect(first.headers.link).toBe(`<${test.url}/v2/${NAME}/tags/list?n=2&last=v2>; rel="next"`);
    const second = await list('?n=2&last=v2');
    expect(JSON.parse(second.text).tags).toEqual(['v3']);
    expect(second.headers.link).toBeUndefined();
  });

  it('refuses a page size that is no number, and knows no image that was never pushed', async () => {
    expect((await list('?n=many')).status).toBe(400);
    const answer = await test.call('GET', `/v2/${NAME}-other/tags/list`, { as: READER });
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'NAME_UNKNOWN']);
  });
});

describe('referrers', () => {
  const signature = async (subject: string, artifactType: string) => {
    const digest = await test.blob(Buffer.from('{}'));
    const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest, size: 2 };
    return json({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: empty,
      layers: [empty],
      subject: { mediaType: OCI_MANIFEST, digest: subject, size: 10 },
      annotations: { by: 'test' },
    });
  };
  const list = (digest: string, query = '') =>
    test.call('GET', `/v2/${NAME}/referrers/${digest}${query}`, { as: READER });

  it('of a digest are listed with type and annotations, and filtered by type', async () => {
    const image = await smallImage('one');
    await test.push(image, 'v1');
    const signed = await signature(image.digest, 'example/signature');
    const answer = await put('sig', signed, OCI_MANIFEST);
    expect([answer.status, answer.headers['oci-subject']]).toEqual([201, image.digest]);
    await put('bom', await signature(image.digest, 'example/bom'), OCI_MANIFEST);
    expect(JSON.parse((await list(image.digest)).text).manifests).toHaveLength(2);
    const filtered = await list(image.digest, '?artifactType=example/signature');
    expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
    expect(JSON.parse(filtered.text)).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        {
          mediaType: OCI_MANIFEST,
          digest: digestOf(Buffer.from(signed)),
          size: signed.length,
          artifactType: 'example/signature',
          annotations: { by: 'test' },
        },
      ],
    });
    await test.call('DELETE', manifest(digestOf(Buffer.from(signed))), { as: ADMIN });
    expect(JSON.parse((await list(image.digest)).text).manifests).toHaveLength(1);
  });

  it('of an unknown digest are none', async () => {
    expect(JSON.parse((await list(unknownDigest)).text).manifests).toEqual([]);
  });
});
