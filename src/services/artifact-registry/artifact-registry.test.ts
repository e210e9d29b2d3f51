import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../google/index.js';
import { parseImage, principalOfEmail, projectName, repositoryName } from '../../names/index.js';
import { buildImage } from '../../registry/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW } from '../test-support.js';
import {
  DOCKER,
  denied,
  LOCATION,
  NAME,
  notFound,
  OWNER,
  REPOSITORIES,
  REPOSITORY,
  STRANGER,
  TestApi,
} from './test-api.js';

const AGENT = 'service-222222222222@gcp-sa-artifactregistry.iam.gserviceaccount.com';

let test: TestApi;
let rooms: TestApi['rooms'];
let api: TestApi['api'];

beforeEach(async () => {
  test = await TestApi.open();
  ({ rooms, api } = test);
});
afterEach(() => test.close());

const as: TestApi['as'] = (...call) => test.as(...call);
const owner: TestApi['owner'] = (...call) => test.owner(...call);
const PARENT = 'projects/myproject-b/locations/asia-northeast1';
const create: TestApi['create'] = (...call) => test.create(...call);

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
    ['a key of one’s own', { ...DOCKER, kmsKeyName: 'projects/p/key' }, 'myrepo', 'UNIMPLEMENTED'],
    [
      'a cleanup policy without action',
      { ...DOCKER, cleanupPolicies: { a: { id: 'a' } } },
      'myrepo',
      'INVALID_ARGUMENT',
    ],
    [
      'no mode where one is required',
      { format: 'DOCKER', disallowUnspecifiedMode: true },
      'myrepo',
      'INVALID_ARGUMENT',
    ],
    ['a remote source', { ...DOCKER, remoteRepositoryConfig: {} }, 'myrepo', 'UNIMPLEMENTED'],
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
    await expect(create('myrepo', { ...DOCKER, mode: 'REMOTE_REPOSITORY' })).rejects.toThrow(
      'REMOTE_REPOSITORY',
    );
  });

  describe('that is virtual', () => {
    const upstream = (repository: string, id = 'first') => ({ id, repository, priority: 10 });
    const virtual = (...upstreamPolicies: readonly JsonValue[]) => ({
      format: 'DOCKER',
      mode: 'VIRTUAL_REPOSITORY',
      virtualRepositoryConfig: { upstreamPolicies: [...upstreamPolicies] },
    });

    it('has its upstreams, which can be changed', async () => {
      const repository = `/v1/${PARENT}/repositories/all`;
      await create('all', virtual(upstream(`${PARENT}/repositories/myrepo`)));
      expect(await owner('GET', repository)).toMatchObject(
        virtual(upstream(`${PARENT}/repositories/myrepo`)),
      );
      const others = virtual(upstream(`${PARENT}/repositories/other`));
      await owner('PATCH', `${repository}?updateMask=virtualRepositoryConfig.upstreamPolicies`, others);
      expect(await owner('GET', repository)).toMatchObject(others);
    });

    it.each([
      ['no repository', virtual(upstream('myrepo'))],
      ['one elsewhere', virtual(upstream('projects/myproject-b/locations/us/repositories/myrepo'))],
      ['one without an id', virtual(upstream(`${PARENT}/repositories/myrepo`, ''))],
      [
        'two of one id',
        virtual(upstream(`${PARENT}/repositories/a-one`), upstream(`${PARENT}/repositories/a-two`)),
      ],
    ])('is not made with %s behind it', async (_, body) => {
      await expect(create('all', body)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    });

    it('is what a standard repository cannot become', async () => {
      const { virtualRepositoryConfig } = virtual(upstream(`${PARENT}/repositories/other`));
      await expect(create('plain', { ...DOCKER, virtualRepositoryConfig })).rejects.toMatchObject({
        status: 'INVALID_ARGUMENT',
      });
    });
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
    const upstreamPolicies = [
      { id: 'a', repository: 'projects/p/locations/asia-northeast1/repositories/r', priority: 1 },
    ];
    await expect(
      patch('virtualRepositoryConfig', { virtualRepositoryConfig: { upstreamPolicies } }),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(patch('remoteRepositoryConfig', {})).rejects.toMatchObject({ status: 'UNIMPLEMENTED' });
    await expect(patch('colour', {})).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
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

it('v1beta2 has the same repositories and operations, and no Docker images', async () => {
  const { name } = (await create()) as { name: string };
  expect(await owner('GET', `/v1beta2/${name}`)).toMatchObject({ done: true });
  expect(await owner('GET', REPOSITORY.replace('v1', 'v1beta2'))).toMatchObject({ name: NAME });
  const images = `${REPOSITORY.replace('v1', 'v1beta2')}/dockerImages`;
  await expect(owner('GET', images)).rejects.toThrow('has no route');
});

it('the settings of a project lead the gcr.io hosts here, and nowhere else', async () => {
  const path = 'projects/myproject-b/projectSettings';
  const enabled = { name: path, legacyRedirectionState: 'REDIRECTION_FROM_GCR_IO_ENABLED' };
  expect(await owner('GET', `/v1/${path}`)).toEqual(enabled);
  const set = (state: string) =>
    owner('PATCH', `/v1/${path}?updateMask=legacy_redirection_state`, { legacyRedirectionState: state });
  expect(await set('REDIRECTION_FROM_GCR_IO_ENABLED')).toEqual(enabled);
  await expect(set('REDIRECTION_FROM_GCR_IO_DISABLED')).rejects.toMatchObject({
    status: 'FAILED_PRECONDITION',
  });
  await expect(as(STRANGER, 'GET', `/v1/${path}`)).rejects.toMatchObject(denied('projectsettings.get', path));
});

it('the registry says it when the API is disabled, to those who could pull', async () => {
  await create();
  await test.push(await buildImage({ config: {} }), 'app', 'v1');
  const project = await rooms.access.projects.get('myproject-b');
  if (!project) throw new Error('no project');
  await rooms.store.commit([rooms.access.projects.update({ ...project, services: {} })]);
  const parsed = parseImage('asia-northeast1-docker.pkg.dev/myproject-b/myrepo/app:v1');
  if (!parsed.ok || parsed.image.registry !== 'artifact-registry') throw new Error('no image');
  const { image } = parsed;
  const pull = (email: string) =>
    test.registry.puller.pull(image, principalOfEmail(email), 'linux/amd64', NOW);
  expect(await pull('owner@example.com')).toMatchObject({
    failure: {
      kind: 'forbidden',
      body: expect.stringContaining('has not been used in project 222222222222'),
    },
  });
  expect(await pull('stranger@example.com')).toMatchObject({
    failure: { body: expect.stringContaining('downloadArtifacts') },
  });
});

it('methods for other formats are refused by name', async () => {
  await create();
  await expect(owner('GET', `${REPOSITORY}/mavenArtifacts`)).rejects.toMatchObject({
    status: 'UNIMPLEMENTED',
    message: expect.stringContaining('ListMavenArtifacts'),
  });
});
