/** The registry as its clients see it: skopeo under the real host names, and pushes that must not succeed. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildImage, buildLayer } from '../src/registry/index.js';
import { deployed, onService, urlOf } from './support/deploys.js';
import { push } from './support/images.js';
import { must, run, TestPlane } from './support/plane.js';
import { grant, newProject, newRepository, onRepository, revoke } from './support/policies.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { files, SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const P = 'registry-tests';
const HOST = `${REGION}-docker.pkg.dev`;
const IMAGE = `${HOST}/${P}/images/app`;
const READER = 'reader@example.com';
const STRANGER = 'stranger@example.com';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

let plane: TestPlane;
let rest: Rest;
let digest: string;

beforeAll(async () => {
  plane = await TestPlane.start();
  rest = new Rest(plane);
  await newProject(plane, P, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
  await newRepository(plane, P, 'images');
  await grant(plane, onRepository(P, 'images'), `user:${READER}`, 'roles/artifactregistry.reader');
});
afterAll(() => plane.dispose());

const denied = (permission: string) => ({
  errors: [
    {
      code: 'DENIED',
      message: `Permission "artifactregistry.repositories.${permission}" denied on resource "projects/${P}/locations/${REGION}/repositories/images" (or it may not exist)`,
    },
  ],
});

describe.runIf(canRun('skopeo'))('skopeo', () => {
  const skopeo = (member: string, ...args: readonly string[]) => plane.as(member, 'skopeo', args);
  const inspected = async (member: string, reference: string, ...more: readonly string[]) =>
    (
      await must(skopeo(member, 'inspect', ...more, '--format', '{{.Digest}}', `docker://${reference}`))
    ).stdout.trim();

  beforeAll(async () => {
    const files = [{ path: '/data', content: randomBytes(3 * 2 ** 20) }];
    const image = await buildImage({ files, config: { Cmd: ['/data'] }, architecture: 'amd64' });
    digest = image.digest;
    await push(plane, OWNER, image, `${IMAGE}:first`);
  });

  it('signs in by itself: pushes, tags, lists and pulls under the real host name', async () => {
    expect(await inspected(OWNER, `${IMAGE}:first`)).toBe(digest);
    await must(skopeo(OWNER, 'copy', '--quiet', `docker://${IMAGE}:first`, `docker://${IMAGE}:second`));
    const { stdout } = await must(skopeo(READER, 'list-tags', `docker://${IMAGE}`));
    expect(JSON.parse(stdout)).toEqual({ Repository: IMAGE, Tags: ['first', 'second'] });
    const directory = await mkdtemp(path.join(tmpdir(), 'sekisho-pulled-'));
    try {
      await must(skopeo(READER, 'copy', '--quiet', `docker://${IMAGE}@${digest}`, `oci:${directory}:x`));
      const index: unknown = JSON.parse(await readFile(path.join(directory, 'index.json'), 'utf8'));
      expect(at(index, 'manifests', 0, 'digest')).toBe(digest);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('is told what is not there', async () => {
    const missing = await skopeo(READER, 'inspect', `docker://${IMAGE}:missing`);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(
      String.raw`manifest unknown: Failed to fetch \"missing\" from request \"/v2/${P}/images/app/manifests/missing\".`,
    );
  });

  it('does not push for a reader, and does nothing for a stranger', async () => {
    for (const member of [READER, STRANGER]) await plane.environment(member);
    const before = { stored: await plane.stored(), files: files(plane) };
    const forbidden = 'Requesting bearer token: invalid status code from registry 403 (Forbidden)';
    for (const attempt of [
      skopeo(READER, 'copy', '--quiet', `docker://${IMAGE}:first`, `docker://${IMAGE}:third`),
      skopeo(STRANGER, 'inspect', `docker://${IMAGE}:first`),
      skopeo(STRANGER, 'list-tags', `docker://${IMAGE}`),
      skopeo(OWNER, 'inspect', '--no-creds', `docker://${IMAGE}:first`),
    ]) {
      expect(await attempt).toMatchObject({ code: 1, stderr: expect.stringContaining(forbidden) });
    }
    const deleting = await skopeo(READER, 'delete', `docker://${IMAGE}:first`);
    expect(deleting.code).toBe(1);
    expect(deleting.stderr.replaceAll('\\', '')).toContain(denied('deleteArtifacts').errors[0]?.message);
    expect(await plane.changedSince(before.stored)).toEqual([]);
    expect(files(plane)).toEqual(before.files);
  });

  it('needs no sign-in where everybody may read, and still one to push', async () => {
    await grant(plane, onRepository(P, 'images'), 'allUsers', 'roles/artifactregistry.reader');
    expect(await inspected(STRANGER, `${IMAGE}:first`, '--no-creds')).toBe(digest);
    const target = ['--dest-no-creds', `docker://${IMAGE}:first`, `docker://${IMAGE}:anybodys`];
    expect((await skopeo(OWNER, 'copy', '--quiet', ...target)).code).toBe(1);
    await revoke(plane, onRepository(P, 'images'), 'allUsers', 'roles/artifactregistry.reader');
    expect((await skopeo(STRANGER, 'inspect', '--no-creds', `docker://${IMAGE}:first`)).code).toBe(1);
  });

  it('deletes an image with its tags', async () => {
    await must(skopeo(OWNER, 'delete', `docker://${IMAGE}:second`));
    expect((await skopeo(OWNER, 'inspect', `docker://${IMAGE}:first`)).code).toBe(1);
  });

  it("gets Google's sample image from either of its places, without a sign-in", async () => {
    const hello = await inspected(STRANGER, 'us-docker.pkg.dev/cloudrun/container/hello', '--no-creds');
    expect(await inspected(STRANGER, 'gcr.io/cloudrun/hello', '--no-creds')).toBe(hello);
  });

  it('asks a helper that knows the registries of the plane and no others', async () => {
    const helper = async (input: string) =>
      run('docker-credential-sekisho', ['get'], { env: await plane.environment(READER), input });
    const { code, stdout } = await helper(`https://${HOST}`);
    const { ServerURL, Username, Secret } = JSON.parse(stdout) as Record<string, string>;
    expect({ code, ServerURL, Username }).toEqual({
      code: 0,
      ServerURL: `https://${HOST}`,
      Username: 'oauth2accesstoken',
    });
    const repository = `artifactregistry.googleapis.com/v1/projects/${P}/locations/${REGION}/repositories/images`;
    expect((await rest.call({ token: String(Secret) }, 'GET', repository)).status).toBe(200);
    expect(await helper('ghcr.io')).toMatchObject({
      code: 1,
      stdout: 'credentials not found in native keychain\n',
    });
  });
});

describe('a push', () => {
  /** One call of the distribution API in the direct form. */
  async function asked(
    member: string,
    method: string,
    target: string,
    body?: string | Buffer,
    type = 'application/octet-stream',
  ) {
    const response = await fetch(`${plane.url}/v2/${IMAGE}/${target}`, {
      method,
      headers: { authorization: `Bearer ${await rest.token(member)}`, 'content-type': type },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }
  const error = (code: string, message: string) => ({ errors: [{ code, message }] });

  /** Runs a push that is to fail, and sees that nothing came of it. */
  async function withoutTrace<T>(attempt: () => Promise<T>): Promise<T> {
    await rest.token(READER);
    await rest.token(OWNER);
    const before = { stored: await plane.stored(), files: files(plane) };
    const outcome = await attempt();
    await vi.waitFor(() => expect(files(plane)).toEqual(before.files), SOON);
    expect(await plane.changedSince(before.stored)).toEqual([]);
    return outcome;
  }

  it('by a reader is refused at its first step', async () => {
    expect(await withoutTrace(() => asked(READER, 'POST', 'blobs/uploads/'))).toEqual({
      status: 403,
      body: denied('uploadArtifacts'),
    });
  });

  it('by a stranger is refused as if there were nothing', async () => {
    expect(await withoutTrace(() => asked(STRANGER, 'GET', 'manifests/first'))).toEqual({
      status: 403,
      body: denied('downloadArtifacts'),
    });
  });

  it('of bytes that are not those of its digest keeps none of them', async () => {
    const promised = `sha256:${'0'.repeat(64)}`;
    const hello = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
    const outcome = await withoutTrace(() =>
      asked(OWNER, 'POST', `blobs/uploads/?digest=${promised}`, 'hello'),
    );
    expect(outcome).toEqual({
      status: 400,
      body: error(
        'DIGEST_INVALID',
        `the provided digest ${promised} did not match the uploaded content, whose digest is ${hello}`,
      ),
    });
    expect((await asked(OWNER, 'GET', `blobs/${hello}`)).status).toBe(404);
  });

  it('of a manifest without its blobs is refused', async () => {
    const absent = `sha256:${'1'.repeat(64)}`;
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: absent, size: 3 };
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [] });
    expect(await withoutTrace(() => asked(OWNER, 'PUT', 'manifests/broken', manifest, MANIFEST))).toEqual({
      status: 400,
      body: error('MANIFEST_BLOB_UNKNOWN', `the manifest refers to ${absent}, which is not here`),
    });
  });

  it('of something else than a manifest is refused', async () => {
    expect(await withoutTrace(() => asked(OWNER, 'PUT', 'manifests/broken', '{"schema', MANIFEST))).toEqual({
      status: 400,
      body: error('MANIFEST_INVALID', 'the manifest is not JSON'),
    });
  });

  it('whose client is cut off leaves nothing', async () => {
    await withoutTrace(async () => {
      const before = files(plane);
      const layer = await buildLayer([{ path: '/data', content: randomBytes(4 * 2 ** 20) }]);
      const upload = http.request(`${plane.url}/v2/${IMAGE}/blobs/uploads/?digest=${layer.digest}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await rest.token(OWNER)}`, 'content-length': layer.size },
      });
      upload.on('error', () => undefined);
      upload.write((await buffer(layer.open())).subarray(0, layer.size / 2));
      await vi.waitFor(() => expect(files(plane)).not.toEqual(before), SOON);
      upload.destroy();
    });
  });
});

describe.runIf(canRun('crun'))("Google's sample image", () => {
  it('runs', async () => {
    const image = 'us-docker.pkg.dev/cloudrun/container/hello';
    const { service, ready } = await deployed(rest, { project: P, name: 'hello', image });
    expect(ready).toBe(true);
    await grant(plane, onService(P, 'hello'), 'allUsers', 'roles/run.invoker');
    const page = await visit(plane, urlOf(service));
    expect(page.status).toBe(200);
    expect(page.text).toContain('hello');
  });
});
