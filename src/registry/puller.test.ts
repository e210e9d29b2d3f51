import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANONYMOUS,
  type Principal,
  parseImage,
  principalOfEmail,
  type RegistryImage,
} from '../names/index.js';
import { digestOf } from './blob-store.js';
import { OCI_INDEX, OCI_MANIFEST } from './manifest.js';
import { bytesOf, HOST, NAME, READER, STRANGER, smallImage, TestRegistry, WRITER } from './test-registry.js';

const LINUX = 'linux/amd64';
const reader = principalOfEmail(READER);

let test: TestRegistry;
beforeAll(async () => {
  test = await TestRegistry.open();
});
afterAll(() => test.close());

function image(text: string): RegistryImage {
  const parsed = parseImage(text);
  if (!parsed.ok || parsed.image.registry !== 'artifact-registry') throw new Error(text);
  return parsed.image;
}

const pull = (text: string, as: Principal = reader, platform = LINUX) =>
  test.registry.puller.pull(image(text), as, platform, test.now);

async function pushJson(tag: string, type: string, value: object): Promise<string> {
  const body = JSON.stringify(value);
  const answer = await test.call('PUT', `/v2/${NAME}/manifests/${tag}`, {
    as: WRITER,
    body,
    headers: { 'content-type': type },
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return digestOf(Buffer.from(body));
}

/** A manifest with this config and one layer of a type. */
async function pushWith(tag: string, config: unknown, layerType: string): Promise<void> {
  const bytes = Buffer.from(typeof config === 'string' ? config : JSON.stringify(config));
  const layer = Buffer.from('layer');
  await pushJson(tag, OCI_MANIFEST, {
    schemaVersion: 2,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: await test.blob(bytes),
      size: bytes.length,
    },
    layers: [{ mediaType: layerType, digest: await test.blob(layer), size: layer.length }],
  });
}

const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
const configOf = (diffIds: unknown) => ({
  os: 'linux',
  architecture: 'amd64',
  rootfs: { diff_ids: diffIds },
});
const someDiffId = digestOf(Buffer.from('layer'));

describe('an image that is there', () => {
  it('comes with its config and its layers, whose bytes can be read', async () => {
    const built = await smallImage('one');
    await test.push(built, 'latest');
    for (const reference of [NAME, `${NAME}:latest`, `${NAME}@${built.digest}`]) {
      const pulled = await pull(reference);
      if (!pulled.ok) throw new Error(pulled.failure.kind);
      expect(pulled.image.digest).toBe(built.digest);
      expect(pulled.image.manifestDigest).toBe(built.digest);
      expect(pulled.image.config).toMatchObject({ config: { Cmd: ['/hello'] } });
      const [layer] = pulled.image.layers;
      expect(layer).toMatchObject({ digest: built.layers[0]?.digest, diffId: built.layers[0]?.diffId });
      if (layer) expect(digestOf(await bytesOf(layer))).toBe(layer.digest);
    }
  });

  it('in an index is the one for the platform', async () => {
    const [amd, arm] = [await smallImage('amd'), await smallImage('arm', 'arm64')];
    await test.push(amd, amd.digest);
    await test.push(arm, arm.digest);
    const entry = ({ manifest }: typeof amd, architecture?: string) => ({
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.size,
      ...(architecture === undefined ? {} : { platform: { os: 'linux', architecture } }),
    });
    const index = await pushJson('multi', OCI_INDEX, {
      schemaVersion: 2,
      manifests: [entry(arm, 'arm64'), entry(amd, 'amd64')],
    });
    const pulled = await pull(`${NAME}:multi`);
    expect(pulled).toMatchObject({ ok: true, image: { digest: index, manifestDigest: amd.digest } });
    expect(await pull(`${NAME}:multi`, reader, 'linux/arm64')).toMatchObject({
      image: { manifestDigest: arm.digest },
    });
    expect(await pull(`${NAME}:multi`, reader, 'linux/riscv64')).toEqual({
      ok: false,
      failure: { kind: 'platform', mediaType: OCI_INDEX },
    });
    await pushJson('bare', OCI_INDEX, { schemaVersion: 2, manifests: [entry(arm), entry(amd)] });
    expect(await pull(`${NAME}:bare`)).toMatchObject({ image: { manifestDigest: amd.digest } });
  });
});

describe('a pull is refused', () => {
  const forbidden = (name: string, reference: string, message: string) => ({
    ok: false,
    failure: {
      kind: 'forbidden',
      url: `https://${HOST}/v2/${name}/manifests/${reference}`,
      body: `{"errors":[{"code":"DENIED","message":"${message}"}]}`,
    },
  });
  const download = String.raw`\"artifactregistry.repositories.downloadArtifacts\"`;

  it('to who may not download, in the words of the HTTP API', async () => {
    const resource = String.raw`\"projects/myproject-b/locations/asia-northeast1/repositories/myrepo\"`;
    const message = `Permission ${download} denied on resource ${resource} (or it may not exist)`;
    expect(await pull(NAME, principalOfEmail(STRANGER))).toEqual(
      forbidden('myproject-b/myrepo/app', 'latest', message),
    );
    const answer = await test.call('GET', `/v2/${NAME}/manifests/latest`, { as: STRANGER });
    expect(answer.text).toBe(`{"errors":[{"code":"DENIED","message":"${message}"}]}`);
    expect(await pull(`${NAME}:v9`, ANONYMOUS)).toEqual(
      forbidden(
        'myproject-b/myrepo/app',
        'v9',
        `Unauthenticated request. Unauthenticated requests do not have permission ${download} on resource ${resource} (or it may not exist)`,
      ),
    );
  });

  it('from a repository that does not exist, in the same words', async () => {
    const resource = String.raw`\"projects/myproject-b/locations/asia-northeast1/repositories/nothing\"`;
    expect(await pull(`${HOST}/myproject-b/nothing/app`)).toEqual(
      forbidden(
        'myproject-b/nothing/app',
        'latest',
        `Permission ${download} denied on resource ${resource} (or it may not exist)`,
      ),
    );
  });
});

describe('a pull fails', () => {
  it.each([`${NAME}:nope`, `${NAME}-other`, `${NAME}@${digestOf(Buffer.from('x'))}`])(
    'as missing for %s',
    async (text) => {
      expect(await pull(text)).toEqual({ ok: false, failure: { kind: 'missing' } });
    },
  );

  it('as for another platform when the config says so', async () => {
    await test.push(await smallImage('arm', 'arm64'), 'arm');
    expect(await pull(`${NAME}:arm`)).toEqual({
      ok: false,
      failure: { kind: 'platform', mediaType: OCI_MANIFEST },
    });
  });

  it.each<[string, unknown, string, string]>([
    ['the config is no JSON', 'nonsense', GZIP, 'the image config is not JSON'],
    ['the config lists no layers', { os: 'linux', architecture: 'amd64' }, GZIP, 'lists no layers'],
    ['config and manifest disagree', configOf([]), GZIP, 'the manifest has 1 layers, the config 0'],
    ['a diff id would climb out of a directory', configOf(['sha256:../../x']), GZIP, 'no sha256 digest'],
    [
      'a layer is of a strange type',
      configOf([someDiffId]),
      'application/x-zip',
      'application/x-zip are not supported',
    ],
  ])('as invalid when %s', async (_, config, layerType, message) => {
    await pushWith('bad', config, layerType);
    const pulled = await pull(`${NAME}:bad`);
    expect(pulled).toMatchObject({ ok: false, failure: { kind: 'invalid' } });
    expect(JSON.stringify(pulled)).toContain(message);
  });

  it('as invalid for what is no container image', async () => {
    const digest = await test.blob(Buffer.from('{}'));
    const config = { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest, size: 2 };
    await pushJson('chart', OCI_MANIFEST, { schemaVersion: 2, config, layers: [] });
    expect(await pull(`${NAME}:chart`)).toMatchObject({ ok: false, failure: { kind: 'invalid' } });
  });
});
