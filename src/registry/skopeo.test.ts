/** The real client against the registry. Where skopeo is not installed these are skipped, except in CI. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from './image-builder.js';
import { writeOciLayout } from './oci-layout.js';
import { PushRefused, pushImage } from './push-image.js';
import {
  ADMIN,
  HOST,
  NAME,
  READER,
  REPOSITORY,
  STRANGER,
  smallImage,
  TestRegistry,
  WRITER,
} from './test-registry.js';

const installed = (process.env.PATH ?? '').split(delimiter).some((directory) => {
  try {
    accessSync(join(directory, 'skopeo'), constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

let test: TestRegistry;
let directory: string;
beforeAll(async () => {
  test = await TestRegistry.open();
  directory = await mkdtemp(join(tmpdir(), 'sekisho-skopeo-'));
});
afterAll(async () => {
  await test.close();
  await rm(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs skopeo with the plane's address alone: no proxy, no stored logins. */
function skopeo(...args: string[]): Promise<Outcome> {
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    NO_PROXY: '*',
    REGISTRY_AUTH_FILE: join(directory, 'no-auth.json'),
  };
  return new Promise((resolve) => {
    execFile('skopeo', args, { env }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

const remote = (reference: string, name = NAME) => `docker://${new URL(test.url).host}/${name}:${reference}`;
const creds = async (who: string) => `oauth2accesstoken:${await test.token(who)}`;

describe.skipIf(!installed && process.env.CI !== 'true')('skopeo', () => {
  it('pushes an image and pulls it back unchanged', async () => {
    const big = join(directory, 'big');
    await writeFile(big, randomBytes(5_000_000));
    const image = await buildImage({
      files: [{ path: '/big', fromFile: big }],
      config: { Cmd: ['/big'] },
      architecture: 'amd64',
    });
    await writeOciLayout(image, join(directory, 'out'), 'v1');
    const push = await skopeo(
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds',
      await creds(WRITER),
      `oci:${directory}/out:v1`,
      remote('v1'),
    );
    expect(push).toMatchObject({ code: 0 });
    expect(await test.registry.images.tag(REPOSITORY, 'app', 'v1')).toMatchObject({ digest: image.digest });
    const inspected = await skopeo(
      'inspect',
      '--tls-verify=false',
      '--creds',
      await creds(READER),
      '--format',
      '{{.Digest}}',
      remote('v1'),
    );
    expect(inspected.stdout.trim()).toBe(image.digest);
    const pull = await skopeo(
      'copy',
      '--src-tls-verify=false',
      '--src-creds',
      await creds(READER),
      remote('v1'),
      `oci:${directory}/in:v1`,
    );
    expect(pull).toMatchObject({ code: 0 });
    const back = await skopeo('inspect', '--format', '{{.Digest}}', `oci:${directory}/in:v1`);
    expect(back.stdout.trim()).toBe(image.digest);
  });

  it.each([
    ['a reader', READER],
    ['a stranger', STRANGER],
  ])('is refused the token when %s pushes, and nothing is stored', async (_, who) => {
    const push = await skopeo(
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds',
      await creds(who),
      `oci:${directory}/out:v1`,
      remote('mine'),
    );
    expect(push.code).not.toBe(0);
    // This is all that skopeo says of a refused token; the body with the reason is not shown.
    expect(push.stderr).toContain(
      'Requesting bearer token: invalid status code from registry 403 (Forbidden)',
    );
    expect(await test.registry.images.tag(REPOSITORY, 'app', 'mine')).toBeUndefined();
  });

  it('without a login gets no token for a private repository', async () => {
    const pull = await skopeo('inspect', '--tls-verify=false', remote('v1'));
    expect(pull.code).not.toBe(0);
    expect(pull.stderr).toContain('403 (Forbidden)');
  });

  it('reads a public repository without a login', async () => {
    const open = { project: 'myproject-b', location: 'asia-northeast1', repository: 'open' };
    await test.repository(open);
    await test.grant('roles/artifactregistry.writer', WRITER, open);
    await test.grant('roles/artifactregistry.reader', 'allUsers', open);
    const image = await smallImage('public');
    const name = `${HOST}/myproject-b/open/app`;
    await test.push(image, 'v1', name);
    const pull = await skopeo(
      'inspect',
      '--tls-verify=false',
      '--no-creds',
      '--format',
      '{{.Digest}}',
      remote('v1', name),
    );
    expect(pull).toMatchObject({ code: 0, stdout: `${image.digest}\n` });
  });

  it('copies from one repository to another, lists tags and deletes', async () => {
    const target = { project: 'myproject-b', location: 'asia-northeast1', repository: 'target' };
    await test.repository(target);
    await test.grant('roles/artifactregistry.repoAdmin', ADMIN, target);
    const name = `${HOST}/myproject-b/target/app`;
    const login = await creds(ADMIN);
    const copy = await skopeo(
      'copy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      '--src-creds',
      login,
      '--dest-creds',
      login,
      remote('v1'),
      remote('copied', name),
    );
    expect(copy).toMatchObject({ code: 0 });
    const tags = await skopeo(
      'list-tags',
      '--tls-verify=false',
      '--creds',
      login,
      remote('x', name).replace(/:x$/, ''),
    );
    expect(JSON.parse(tags.stdout).Tags).toEqual(['copied']);
    const removed = await skopeo('delete', '--tls-verify=false', '--creds', login, remote('copied', name));
    expect(removed).toMatchObject({ code: 0 });
    expect(await test.registry.images.versions(target)).toEqual([]);
  });
});

describe('pushing without skopeo', () => {
  it('gives the same image', async () => {
    const image = await smallImage('by http');
    const digest = await pushImage({
      registryUrl: test.url,
      name: NAME,
      tag: 'http',
      token: await test.token(WRITER),
      image,
    });
    expect(digest).toBe(image.digest);
    expect(await test.registry.images.tag(REPOSITORY, 'app', 'http')).toMatchObject({ digest });
  });

  it('tells the refusal', async () => {
    const image = await smallImage('by http');
    const push = pushImage({
      registryUrl: test.url,
      name: NAME,
      tag: 'no',
      token: await test.token(STRANGER),
      image,
    });
    await expect(push).rejects.toThrow(PushRefused);
  });
});
