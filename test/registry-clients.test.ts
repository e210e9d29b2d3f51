/** podman, buildah and skopeo at the registry under Google's own host names, as `sekisho exec` sets them up. */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BuiltImage, buildImage } from '../src/registry/index.js';
import { deployed, onService, urlOf } from './support/deploys.js';
import { HELLO, nodeImage, push } from './support/images.js';
import { must, type Result, TestPlane } from './support/plane.js';
import { grant, newProject, newRepository, onProject, onRepository } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { files, SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const P = 'clients-tests';
const HOST = `${REGION}-docker.pkg.dev`;
const IMAGES = `${HOST}/${P}/images`;
const READER = 'reader@example.com';
const PUSHER = 'pusher@example.com';

let plane: TestPlane;
let rest: Rest;
let directory: string;
let small: BuiltImage;

beforeAll(async () => {
  plane = await TestPlane.start();
  rest = new Rest(plane);
  directory = await mkdtemp(path.join(tmpdir(), 'sekisho-clients-'));
  await newProject(plane, P, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
  await newRepository(plane, P, 'images');
  await newRepository(plane, P, 'others');
  await grant(plane, onRepository(P, 'images'), `user:${READER}`, 'roles/artifactregistry.reader');
  small = await buildImage({
    files: [{ path: '/data', content: randomBytes(2 ** 20) }],
    config: { Cmd: ['/data'] },
    architecture: 'amd64',
  });
});
afterAll(async () => {
  await plane.dispose();
  await rm(directory, { recursive: true, force: true });
});

/** Storage of their own, in the temporary directory, with the driver that needs nothing of the machine. */
const storage = () => [
  ...['--root', path.join(directory, 'storage'), '--runroot', path.join(directory, 'run')],
  ...['--storage-driver', 'vfs'],
];
const buildah = (member: string, ...args: readonly string[]): Promise<Result> =>
  plane.as(member, 'buildah', [...storage(), ...args], { cwd: directory });
const podman = (member: string, ...args: readonly string[]): Promise<Result> =>
  plane.as(member, 'podman', [...storage(), '--cgroup-manager=cgroupfs', '--events-backend=file', ...args], {
    cwd: directory,
  });
const skopeo = (member: string, ...args: readonly string[]): Promise<Result> =>
  plane.as(member, 'skopeo', args, { cwd: directory });
const digestOf = async (reference: string): Promise<string> => {
  const inspected = skopeo(OWNER, 'inspect', '--format', '{{.Digest}}', `docker://${reference}`);
  return (await must(inspected)).stdout.trim();
};
/** The files that hold blobs. */
const bytesOnDisk = () => files(plane).filter((name) => name.includes('registry/blobs'));

describe.runIf(canRun('buildah', 'skopeo'))('buildah', () => {
  it('builds from scratch and pushes; Cloud Run serves what it built', async () => {
    const built = await nodeImage(HELLO);
    const context = path.join(directory, 'context');
    await mkdir(context);
    const layers = built.layers.map((_, index) => `layer${index}.tar.gz`);
    await Promise.all(
      built.layers.map((layer, index) =>
        pipeline(layer.open(), createWriteStream(path.join(context, layers[index] ?? ''))),
      ),
    );
    const lines = [
      'FROM scratch',
      ...layers.map((layer) => `ADD ${layer} /`),
      'ENTRYPOINT ["/usr/local/bin/node", "/app/server.mjs"]',
    ];
    await writeFile(path.join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
    const reference = `${IMAGES}/built:v1`;
    await must(buildah(OWNER, 'build', '--isolation', 'chroot', '--tag', reference, context));
    await must(buildah(OWNER, 'push', reference));
    const { service, message } = await deployed(rest, { project: P, name: 'built', image: reference });
    expect(message).toBeUndefined();
    await grant(plane, onService(P, 'built'), 'allUsers', 'roles/run.invoker');
    expect((await visit(plane, urlOf(service))).text).toContain('Hello from built');
  });
});

describe.runIf(canRun('podman', 'skopeo'))('podman', () => {
  beforeAll(() => push(plane, OWNER, small, `${IMAGES}/small:v1`));

  it('pulls for a reader, tags and pushes for a writer', async () => {
    const pulled = await must(podman(READER, 'pull', '--quiet', `${IMAGES}/small:v1`));
    const id = pulled.stdout.trim();
    expect(`sha256:${id}`).toBe(small.config.digest);
    await must(podman(OWNER, 'tag', id, `${IMAGES}/again:v2`));
    const refused = await podman(READER, 'push', `${IMAGES}/again:v2`);
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining('403 (Forbidden)') });
    await must(podman(OWNER, 'push', `${IMAGES}/again:v2`));
    const inspected = await must(podman(OWNER, 'image', 'inspect', id));
    expect(listAt(JSON.parse(inspected.stdout), 0, 'RootFS', 'Layers')).toEqual(
      small.layers.map(({ diffId }) => diffId),
    );
    await must(skopeo(READER, 'inspect', `docker://${IMAGES}/again:v2`));
  });

  it('lists tags', async () => {
    const listed = await must(podman(READER, 'search', '--list-tags', `${IMAGES}/small`));
    expect(listed.stdout).toMatch(/^NAME +TAG\n\S+\/small +v1\n$/);
  });

  it('pushes an index of its own making, which is pulled by platform', async () => {
    const list = `${IMAGES}/list:v1`;
    await must(podman(OWNER, 'manifest', 'create', list));
    await must(podman(OWNER, 'manifest', 'add', list, `docker://${IMAGES}/small:v1`));
    await must(podman(OWNER, 'manifest', 'push', '--all', list, `docker://${list}`));
    const raw = await must(skopeo(READER, 'inspect', '--raw', `docker://${list}`));
    const index: unknown = JSON.parse(raw.stdout);
    expect(at(index, 'manifests', 0, 'digest')).toBe(small.digest);
    expect(at(index, 'manifests', 0, 'platform', 'architecture')).toBe('amd64');
    const image = `artifactregistry.googleapis.com/v1/projects/${P}/locations/${REGION}/repositories/images/dockerImages`;
    const named = await rest.ok(OWNER, 'GET', `${image}/list@${await digestOf(list)}`);
    expect(named).toMatchObject({
      imageManifests: [{ digest: small.digest, architecture: 'amd64', os: 'linux' }],
    });
  });

  it('signs in with the key file of a service account', async () => {
    const made = await rest.ok(OWNER, 'POST', `iam.googleapis.com/v1/projects/${P}/serviceAccounts`, {
      accountId: 'pusher',
    });
    const email = String(at(made, 'email'));
    const role = 'roles/artifactregistry.writer';
    await grant(plane, onRepository(P, 'others'), `serviceAccount:${email}`, role);
    const key = await rest.ok(
      OWNER,
      'POST',
      `iam.googleapis.com/v1/projects/${P}/serviceAccounts/${email}/keys`,
      {},
    );
    const file = Buffer.from(String(at(key, 'privateKeyData')), 'base64').toString();
    const authfile = path.join(directory, 'auth.json');
    const login = (user: string, input: string) =>
      plane.as(READER, 'podman', ['login', '--authfile', authfile, '-u', user, '--password-stdin', HOST], {
        input,
        cwd: directory,
      });
    await must(login('_json_key', file));
    const target = `docker://${HOST}/${P}/others/keyed:v1`;
    const source = `docker://${IMAGES}/small:v1`;
    await must(skopeo(READER, 'copy', '--quiet', '--dest-authfile', authfile, source, target));
    await must(login('_json_key_base64', Buffer.from(file).toString('base64')));
    const wrong = await login(
      '_json_key',
      file.replace(/"private_key_id": ?"[^"]*"/, '"private_key_id":"0"'),
    );
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('invalid username/password');
  });
});

describe.runIf(canRun('skopeo'))('skopeo', () => {
  beforeAll(() => push(plane, OWNER, small, `${IMAGES}/source:v1`));

  it('copies to another repository without anything being kept twice', async () => {
    const before = bytesOnDisk();
    await must(
      skopeo(
        OWNER,
        'copy',
        '--quiet',
        `docker://${IMAGES}/source:v1`,
        `docker://${HOST}/${P}/others/copied:v1`,
      ),
    );
    expect(await digestOf(`${HOST}/${P}/others/copied:v1`)).toBe(small.digest);
    expect(bytesOnDisk()).toEqual(before);
  });

  it('makes the repository of a gcr.io host with its first push, for who may', async () => {
    const target = `docker://gcr.io/${P}/app:v1`;
    const copy = () => skopeo(PUSHER, 'copy', '--quiet', `docker://${IMAGES}/source:v1`, target);
    await grant(plane, onProject(P), `user:${PUSHER}`, 'roles/artifactregistry.writer');
    expect((await copy()).stderr).toContain('403 (Forbidden)');
    await grant(plane, onProject(P), `user:${PUSHER}`, 'roles/artifactregistry.createOnPushWriter');
    await must(copy());
    expect(await digestOf(`us-docker.pkg.dev/${P}/gcr.io/app:v1`)).toBe(small.digest);
    const repository = `artifactregistry.googleapis.com/v1/projects/${P}/locations/us/repositories/gcr.io`;
    expect(await rest.ok(OWNER, 'GET', repository)).toMatchObject({ format: 'DOCKER' });
  });

  it('leaves nothing on disk of an image that was deleted, and all of one that runs', async () => {
    const alone = await buildImage({
      files: [{ path: '/alone', content: randomBytes(2 ** 16) }],
      config: {},
      architecture: 'amd64',
    });
    const runs = await nodeImage(HELLO.replace('Hello', 'Still'));
    await push(plane, OWNER, alone, `${IMAGES}/alone:v1`);
    await push(plane, OWNER, runs, `${IMAGES}/runs:v1`);
    const { service, message } = await deployed(rest, {
      project: P,
      name: 'runs',
      image: `${IMAGES}/runs:v1`,
    });
    expect(message).toBeUndefined();
    await grant(plane, onService(P, 'runs'), 'allUsers', 'roles/run.invoker');
    for (const name of ['alone', 'runs'])
      await must(skopeo(OWNER, 'delete', `docker://${IMAGES}/${name}:v1`));
    const hex = (digest: string) => digest.slice('sha256:'.length);
    const isThere = (digest: string) => bytesOnDisk().some((name) => name.endsWith(hex(digest)));
    const [layer] = alone.layers;
    await vi.waitFor(() => expect(isThere(layer?.digest ?? '')).toBe(false), SOON);
    expect(runs.layers.map(({ digest }) => isThere(digest))).toEqual(runs.layers.map(() => true));
    await plane.kill();
    await plane.restart();
    expect((await visit(plane, urlOf(service))).text).toContain('Still from runs');
  });
});
