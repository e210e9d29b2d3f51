import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { principalOfEmail, projectName, repositoryName } from '../../names/index.js';
import { buildImage, openRegistry, pushImage, type Registry } from '../../registry/index.js';
import { createProject } from '../resource-manager/index.js';
import { enableService } from '../service-usage/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { artifactRegistryApi } from './api.js';

const OWNER = 'user:owner@example.com';
const STRANGER = 'user:stranger@example.com';
const LOCATION = '/v1/projects/myproject-b/locations/asia-northeast1';
const REPOSITORIES = `${LOCATION}/repositories`;
const REPOSITORY = `${REPOSITORIES}/myrepo`;
const NAME = 'projects/myproject-b/locations/asia-northeast1/repositories/myrepo';
const AGENT = 'service-222222222222@gcp-sa-artifactregistry.iam.gserviceaccount.com';
/** As gcloud sends it. */
const DOCKER = { format: 'DOCKER', mode: 'MODE_UNSPECIFIED', name: NAME };

let rooms: Rooms;
let api: Api;
let registry: Registry;
let dataDir: string;

beforeEach(async () => {
  rooms = await openRooms();
  dataDir = await mkdtemp(join(tmpdir(), 'sekisho-ar-'));
  registry = openRegistry({ ...rooms, dataDir, clock: () => NOW });
  api = artifactRegistryApi({ ...rooms, registry });
  await createProject(rooms, { projectId: 'myproject-b', number: '222222222222', owners: [OWNER] }, NOW);
  await enableService(rooms, 'myproject-b', 'artifactregistry.googleapis.com', NOW);
});
afterEach(async () => {
  await registry.close();
  await rooms.store.close();
  await rm(dataDir, { recursive: true, force: true });
});

const as = async (member: string, verb: string, url: string, body?: JsonValue) =>
  (await invoke(api, rooms.access, member, verb, url, body)).json;
const owner = (verb: string, url: string, body?: JsonValue) => as(OWNER, verb, url, body);
const create = (id = 'myrepo', body: JsonValue = DOCKER) =>
  owner('POST', `${REPOSITORIES}?repositoryId=${id}`, body);
const denied = (permission: string, name: string) => ({
  status: 'PERMISSION_DENIED',
  message: `Permission 'artifactregistry.${permission}' denied on resource '//artifactregistry.googleapis.com/${name}' (or it may not exist).`,
});
const notFound = { status: 'NOT_FOUND', message: 'Requested entity was not found.' };

describe('creating a repository', () => {
  it('answers an operation that is done when polled, and a standard repository where no mode was named', async () => {
    const operation = await create();
    const metadata = {
      '@type': 'type.googleapis.com/google.devtools.artifactregistry.v1.OperationMetadata',
    };
    expect(operation).toEqual({
      name: expect.stringMatching(
        /^projects\/myproject-b\/locations\/asia-northeast1\/operations\/[0-9a-f-]{36}$/,
      ),
      metadata,
    });
    const { name } = operation as { name: string };
    expect(await owner('GET', `/v1/${name}`)).toMatchObject({
      name,
      metadata,
      done: true,
      response: { '@type': 'type.googleapis.com/google.devtools.artifactregistry.v1.Repository', name: NAME },
    });
    expect(await owner('GET', REPOSITORY)).toEqual({
      name: NAME,
      format: 'DOCKER',
      mode: 'STANDARD_REPOSITORY',
      createTime: NOW.toISOString(),
      updateTime: NOW.toISOString(),
      registryUri: 'asia-northeast1-docker.pkg.dev/myproject-b/myrepo',
      satisfiesPzi: true,
      vulnerabilityScanningConfig: {
        enablementState: 'SCANNING_DISABLED',
        enablementStateReason: 'API containerscanning.googleapis.com is not enabled.',
      },
    });
  });

  it('the first one brings the service agent with its role; the next one leaves it as it is', async () => {
    await create();
    expect(await rooms.identity.accounts.get(AGENT)).toMatchObject({ kind: 'agent' });
    const { policy } = await rooms.access.policy(projectName('myproject-b'));
    expect(policy.bindings).toContainEqual({
      role: 'roles/artifactregistry.serviceAgent',
      members: [`serviceAccount:${AGENT}`],
    });
    await rooms.access.setPolicy(
      projectName('myproject-b'),
      { bindings: [{ role: 'roles/owner', members: [OWNER] }] },
      NOW,
    );
    await create('second');
    expect((await rooms.access.policy(projectName('myproject-b'))).policy.bindings).toHaveLength(1);
  });

  it('a second time answers 409', async () => {
    await create();
    await expect(create()).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
      message: 'the repository already exists',
    });
  });

  it.each<[string, JsonValue, string, string]>([
    ['a malformed id', DOCKER, 'My_Repo', 'INVALID_ARGUMENT'],
    ['an id that is too long', DOCKER, `a${'b'.repeat(63)}`, 'INVALID_ARGUMENT'],
    ['no id', DOCKER, '', 'INVALID_ARGUMENT'],
    ['a gcr.io id of another location', DOCKER, 'gcr.io', 'INVALID_ARGUMENT'],
    ['no format', {}, 'myrepo', 'INVALID_ARGUMENT'],
    ['an unknown format', { format: 'CARGO' }, 'myrepo', 'INVALID_ARGUMENT'],
    ['an unknown field', { format: 'DOCKER', colour: 'red' }, 'myrepo', 'INVALID_ARGUMENT'],
    ['another format', { format: 'MAVEN' }, 'myrepo', 'UNIMPLEMENTED'],
    ['another mode', { format: 'DOCKER', mode: 'REMOTE_REPOSITORY' }, 'myrepo', 'UNIMPLEMENTED'],
    ['immutable tags', { ...DOCKER, dockerConfig: { immutableTags: true } }, 'myrepo', 'UNIMPLEMENTED'],
    ['a key of one’s own', { ...DOCKER, kmsKeyName: 'projects/p/key' }, 'myrepo', 'UNIMPLEMENTED'],
    ['cleanup policies', { ...DOCKER, cleanupPolicies: { a: { id: 'a' } } }, 'myrepo', 'UNIMPLEMENTED'],
    ['a malformed label', { ...DOCKER, labels: { 'No Good': 'x' } }, 'myrepo', 'INVALID_ARGUMENT'],
  ])('with %s is refused and leaves nothing', async (_, body, id, status) => {
    await expect(create(id, body)).rejects.toMatchObject({ status });
    expect(await rooms.store.list('repositories/')).toEqual([]);
    expect(await rooms.identity.accounts.get(AGENT)).toBeUndefined();
  });

  it('names what is not supported', async () => {
    await expect(create('myrepo', { format: 'NPM' })).rejects.toThrow(
      'Repositories of format NPM are not supported.',
    );
    await expect(create('myrepo', { ...DOCKER, mode: 'VIRTUAL_REPOSITORY' })).rejects.toThrow(
      'VIRTUAL_REPOSITORY',
    );
  });

  it('is refused to strangers, in unknown projects and in unknown locations', async () => {
    const post = (member: string, parent: string) =>
      as(member, 'POST', `/v1/${parent}/repositories?repositoryId=myrepo`, DOCKER);
    const parent = 'projects/myproject-b/locations/asia-northeast1';
    await expect(post(STRANGER, parent)).rejects.toMatchObject(denied('repositories.create', parent));
    const nowhere = 'projects/no-such-project/locations/asia-northeast1';
    await expect(post(OWNER, nowhere)).rejects.toMatchObject(denied('repositories.create', nowhere));
    await expect(post(OWNER, 'projects/myproject-b/locations/mars')).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: "Permission denied on 'locations/mars' (or it may not exist).",
    });
  });

  it('says how to enable the API where it is not', async () => {
    await createProject(rooms, { projectId: 'myproject-c', number: '333333333333', owners: [OWNER] }, NOW);
    await expect(
      owner('POST', '/v1/projects/myproject-c/locations/us/repositories?repositoryId=r', DOCKER),
    ).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: expect.stringMatching(
        /^Artifact Registry API has not been used in project 333333333333 before or it is disabled\. Enable it by visiting https:\/\/console\.developers\.google\.com\/apis\/api\/artifactregistry\.googleapis\.com\/overview\?project=333333333333 then retry\./,
      ),
    });
  });
});

describe('a repository', () => {
  beforeEach(async () => {
    await create();
  });

  it('is listed in its location only, page by page', async () => {
    await create('another');
    const { repositories } = (await owner('GET', REPOSITORIES)) as { repositories: { name: string }[] };
    expect(repositories.map(({ name }) => name)).toEqual([NAME.replace('myrepo', 'another'), NAME]);
    const first = (await owner('GET', `${REPOSITORIES}?pageSize=1`)) as { nextPageToken: string };
    const second = await owner('GET', `${REPOSITORIES}?pageSize=1&pageToken=${first.nextPageToken}`);
    expect(second).toMatchObject({ repositories: [{ name: NAME }] });
    expect(second).not.toHaveProperty('nextPageToken');
    expect(await owner('GET', '/v1/projects/myproject-b/locations/us/repositories')).toEqual({});
  });

  it('goes by its project’s number too, and answers with the id', async () => {
    expect(await owner('GET', REPOSITORY.replace('myproject-b', '222222222222'))).toMatchObject({
      name: NAME,
    });
  });

  it('is changed by mask, and only in what can be changed', async () => {
    const patch = (mask: string, body: JsonValue) => owner('PATCH', `${REPOSITORY}?updateMask=${mask}`, body);
    expect(await patch('description', { description: 'mine', labels: { a: 'b' } })).toMatchObject({
      description: 'mine',
    });
    expect(await owner('GET', REPOSITORY)).not.toHaveProperty('labels');
    expect(await patch('labels', { labels: { team: 'web' } })).toMatchObject({
      description: 'mine',
      labels: { team: 'web' },
    });
    await expect(patch('format', { format: 'DOCKER' })).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(patch('cleanupPolicies', {})).rejects.toMatchObject({ status: 'UNIMPLEMENTED' });
  });

  it('is deleted with its policy, and is gone then', async () => {
    const resource = repositoryName('myproject-b', 'asia-northeast1', 'myrepo');
    await rooms.store.commit([
      await rooms.access.grantWrite(resource, 'roles/artifactregistry.reader', STRANGER),
    ]);
    expect(await owner('DELETE', REPOSITORY)).toMatchObject({ done: true });
    await expect(owner('GET', REPOSITORY)).rejects.toMatchObject(notFound);
    await expect(owner('DELETE', REPOSITORY)).rejects.toMatchObject(notFound);
    expect((await rooms.access.policy(resource)).version).toBe(0);
  });

  it('that is missing or forbidden looks the same to a stranger', async () => {
    await expect(as(STRANGER, 'GET', REPOSITORY)).rejects.toMatchObject(denied('repositories.get', NAME));
    const missing = REPOSITORY.replace('myrepo', 'nothing');
    await expect(as(STRANGER, 'GET', missing)).rejects.toMatchObject(
      denied('repositories.get', NAME.replace('myrepo', 'nothing')),
    );
    await expect(owner('GET', missing)).rejects.toMatchObject(notFound);
  });

  it('has a policy that is read by GET, guarded by its etag and audited under its name', async () => {
    expect(await owner('GET', `${REPOSITORY}:getIamPolicy`)).toEqual({ etag: 'ACAB' });
    const bindings = [{ role: 'roles/artifactregistry.reader', members: ['allUsers'] }];
    const set = await invoke(api, rooms.access, OWNER, 'POST', `${REPOSITORY}:setIamPolicy`, {
      policy: { bindings, etag: 'ACAB' },
    });
    expect(set.json).toMatchObject({ bindings });
    expect(await set.audit).toMatchObject({
      methodName: 'google.devtools.artifactregistry.v1.ArtifactRegistry.SetIamPolicy',
      serviceName: 'artifactregistry.googleapis.com',
      resourceName: NAME,
      project: 'myproject-b',
      resource: {
        type: 'audited_resource',
        labels: {
          service: 'artifactregistry.googleapis.com',
          method: 'google.devtools.artifactregistry.v1.ArtifactRegistry.SetIamPolicy',
          project_id: 'myproject-b',
        },
      },
    });
    await expect(
      owner('POST', `${REPOSITORY}:setIamPolicy`, { policy: { bindings: [], etag: 'ACAB' } }),
    ).rejects.toMatchObject({ status: 'ABORTED' });
    await expect(as(STRANGER, 'GET', `${REPOSITORY}:getIamPolicy`)).rejects.toMatchObject(
      denied('repositories.getIamPolicy', NAME),
    );
    await expect(owner('GET', `${REPOSITORIES}/nothing:getIamPolicy`)).rejects.toMatchObject(notFound);
    const permissions = [
      'artifactregistry.repositories.downloadArtifacts',
      'artifactregistry.repositories.uploadArtifacts',
    ];
    expect(await as(STRANGER, 'POST', `${REPOSITORY}:testIamPermissions`, { permissions })).toEqual({
      permissions: ['artifactregistry.repositories.downloadArtifacts'],
    });
  });
});

describe('an operation', () => {
  it('is shown to who may read the repository, and to nobody else', async () => {
    const { name } = (await create()) as { name: string };
    await expect(as(STRANGER, 'GET', `/v1/${name}`)).rejects.toMatchObject(notFound);
    await expect(owner('GET', `/v1/${LOCATION.slice(4)}/operations/nothing`)).rejects.toMatchObject(notFound);
    const resource = repositoryName('myproject-b', 'asia-northeast1', 'myrepo');
    await rooms.store.commit([
      await rooms.access.grantWrite(resource, 'roles/artifactregistry.reader', STRANGER),
    ]);
    expect(await as(STRANGER, 'GET', `/v1/${name}`)).toMatchObject({ done: true });
  });
});

describe('locations', () => {
  it.each(['v1', 'v1beta2'])('are regions and multi-regions, in %s', async (version) => {
    const { locations } = (await owner('GET', `/${version}/projects/myproject-b/locations`)) as {
      locations: { name: string; locationId: string }[];
    };
    const ids = locations.map(({ locationId }) => locationId);
    expect(ids).toEqual(expect.arrayContaining(['asia', 'asia-northeast1', 'europe', 'us', 'us-central1']));
    expect(await owner('GET', `/${version}/projects/myproject-b/locations/us`)).toEqual({
      name: 'projects/myproject-b/locations/us',
      locationId: 'us',
    });
  });

  it('need a permission', async () => {
    await expect(as(STRANGER, 'GET', '/v1/projects/myproject-b/locations')).rejects.toMatchObject(
      denied('locations.list', 'projects/myproject-b'),
    );
  });
});

describe('what lies in a repository', () => {
  let digest: string;
  let close: () => Promise<void>;

  beforeEach(async () => {
    await create();
    const image = await buildImage({ files: [{ path: '/a', content: 'a' }], config: {} });
    digest = image.digest;
    const server = await serve(registry);
    close = server.close;
    const { token } = await rooms.identity.mintAccessToken(principalOfEmail('owner@example.com'));
    for (const tag of ['latest', 'v1']) {
      const name = 'asia-northeast1-docker.pkg.dev/myproject-b/myrepo/team/app';
      await pushImage({ registryUrl: server.url, name, tag, token, image });
    }
  });
  afterEach(() => close());

  const IMAGE = `${REPOSITORY}/packages/team%252Fapp`;
  const PACKAGE = `${NAME}/packages/team%2Fapp`;

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
    await expect(owner('GET', `${IMAGE}/tags?filter=name%3Dx`)).rejects.toMatchObject({
      status: 'UNIMPLEMENTED',
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
    ]) {
      await expect(as(STRANGER, 'GET', `${REPOSITORY}/${path}`)).rejects.toMatchObject(
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

it('methods for other formats are refused by name', async () => {
  await create();
  await expect(owner('GET', `${REPOSITORY}/mavenArtifacts`)).rejects.toMatchObject({
    status: 'UNIMPLEMENTED',
    message: expect.stringContaining('ListMavenArtifacts'),
  });
});

/** The registry on a port of its own. */
async function serve({ handle }: Registry): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const baseUrl = `http://${request.headers.host}`;
    const context = {
      host: '127.0.0.1',
      url: request.url ?? '/',
      baseUrl,
      direct: true,
      callerIp: '127.0.0.1',
    };
    void handle(request, response, context);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${address.port}`, close };
}
