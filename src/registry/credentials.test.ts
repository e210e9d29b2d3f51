/** Service-account keys, scopes, gcr.io hosts and the catalogue: what a credential opens. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poolName } from '../identity/index.js';
import { principalOfEmail, projectName } from '../names/index.js';
import {
  errorOf,
  HOST,
  NAME,
  READER,
  REPOSITORY,
  smallImage,
  TestRegistry,
  WRITER,
} from './test-registry.js';

const ROBOT = 'robot@myproject-b.iam.gserviceaccount.com';
const SCOPE = 'https://www.googleapis.com/auth/';
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

let test: TestRegistry;
beforeAll(async () => {
  test = await TestRegistry.open();
  await test.push(await smallImage('one'), 'latest');
});
afterAll(() => test.close());

describe('the key file of a service account', () => {
  let file: string;
  beforeAll(async () => {
    file = JSON.stringify(await test.keyFile(ROBOT));
    await test.grant('roles/artifactregistry.writer', `serviceAccount:${ROBOT}`);
  });

  it.each(['_json_key', '_json_key_base64'])('signs in by %s', async (user) => {
    const password = user === '_json_key' ? file : Buffer.from(file).toString('base64');
    const authorization = basic(user, password);
    const scope = `repository:${NAME}:pull,push`;
    const answer = await test.call('GET', `/v2/token?scope=${scope}`, { authorization });
    expect(answer.status).toBe(200);
    const { token } = JSON.parse(answer.text);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await test.call('GET', `/v2/${NAME}/manifests/latest`, bearer)).status).toBe(200);
    expect((await test.call('POST', `/v2/${NAME}/blobs/uploads/`, bearer)).status).toBe(202);
  });

  it('is no good with another key’s id, or for an account that was disabled', async () => {
    const other = JSON.stringify({ ...JSON.parse(file), private_key_id: '0'.repeat(40) });
    for (const text of [other, file.replace(ROBOT, 'nobody@myproject-b.iam.gserviceaccount.com')]) {
      const answer = await test.call('GET', '/v2/', { authorization: basic('_json_key', text) });
      expect(answer.status).toBe(401);
    }
    await test.identity.accounts.update(ROBOT, (account) => ({ ...account, disabled: true }));
    expect((await test.call('GET', '/v2/', { authorization: basic('_json_key', file) })).status).toBe(401);
  });
});

describe('an identity of a workload identity pool', () => {
  const pool = {
    project: 'myproject-b',
    projectNumber: '222222222222',
    pool: 'github',
    displayName: '',
    description: '',
    disabled: false,
  };
  const ci = {
    kind: 'federated',
    pool: poolName(pool),
    subject: 'repo:octo/app',
    groups: [],
    attributes: { repository: 'octo/app' },
  } as const;

  it('signs in as everybody does, by what its pool says of it, until its pool is disabled', async () => {
    await test.pool(pool);
    await test.grant(
      'roles/artifactregistry.writer',
      `principalSet:${ci.pool}/attribute.repository/octo/app`,
    );
    const { token: password } = await test.identity.mintAccessToken(ci);
    const authorization = basic('oauth2accesstoken', password);
    const scope = `repository:${NAME}:pull,push`;
    const answer = await test.call('GET', `/v2/token?scope=${scope}`, { authorization });
    expect(answer.status).toBe(200);
    const bearer = { authorization: `Bearer ${JSON.parse(answer.text).token}` };
    expect((await test.call('GET', `/v2/${NAME}/manifests/latest`, bearer)).status).toBe(200);
    await test.pool({ ...pool, disabled: true });
    expect((await test.call('GET', `/v2/${NAME}/manifests/latest`, bearer)).status).toBe(401);
    expect((await test.call('GET', '/v2/', { authorization })).status).toBe(401);
  });
});

describe('an access token’s scopes', () => {
  const bearer = async (...scopes: readonly string[]) => {
    const { token } = await test.identity.mintAccessToken(principalOfEmail(WRITER), {
      scopes: scopes.map((scope) => `${SCOPE}${scope}`),
    });
    return { authorization: `Bearer ${token}` };
  };
  const pulls = async (...scopes: readonly string[]) =>
    (await test.call('GET', `/v2/${NAME}/manifests/latest`, await bearer(...scopes))).status;
  const pushes = async (...scopes: readonly string[]) =>
    (await test.call('POST', `/v2/${NAME}/blobs/uploads/`, await bearer(...scopes))).status;

  it.each<[readonly string[], number, number]>([
    [['cloud-platform'], 200, 202],
    [['devstorage.read_write'], 200, 202],
    [['devstorage.full_control'], 200, 202],
    [['devstorage.read_only', 'logging.write'], 200, 403],
    [['cloud-platform.read-only'], 200, 403],
    [['logging.write'], 403, 403],
  ])('%j: pull %i, push %i', async (scopes, pull, push) => {
    expect([await pulls(...scopes), await pushes(...scopes)]).toEqual([pull, push]);
  });

  it('hold for the registry token that was got with it', async () => {
    const scope = `repository:${NAME}:pull`;
    const answer = await test.call('GET', `/v2/token?scope=${scope}`, await bearer('devstorage.read_only'));
    const { token } = JSON.parse(answer.text);
    const refused = await test.call('POST', `/v2/${NAME}/blobs/uploads/`, {
      authorization: `Bearer ${token}`,
    });
    expect([refused.status, errorOf(refused)]).toEqual([
      403,
      { code: 'DENIED', message: 'Request had insufficient authentication scopes.' },
    ]);
  });
});

describe('a gcr.io host', () => {
  const PUSHER = 'pusher@example.com';
  const gcr = { project: 'myproject-b', location: 'us', repository: 'gcr.io' };
  const start = (as: string) =>
    test.call('POST', '/v2/myproject-b/app/blobs/uploads/', { as, host: 'gcr.io' });
  const onProject = async (role: string) => {
    const project = projectName('myproject-b');
    await test.store.commit([await test.access.grantWrite(project, role, `user:${PUSHER}`)]);
  };

  it('gets its repository with the first push of who may have it made', async () => {
    expect(errorOf(await start(PUSHER)).message).toContain('"artifactregistry.repositories.uploadArtifacts"');
    await onProject('roles/artifactregistry.writer');
    expect(errorOf(await start(PUSHER))).toEqual({
      code: 'DENIED',
      message:
        'gcr.io repo does not exist. Creating on push requires the artifactregistry.repositories.createOnPush permission',
    });
    await onProject('roles/artifactregistry.createOnPushWriter');
    const probe = await test.call('HEAD', `/v2/myproject-b/app/blobs/sha256:${'0'.repeat(64)}`, {
      as: PUSHER,
      host: 'gcr.io',
    });
    expect(probe.status).toBe(404);
    expect(await test.registry.repositories.get(gcr)).toBeUndefined();
    const started = await Promise.all([start(PUSHER), start(PUSHER)]);
    expect(started.map(({ status }) => status)).toEqual([202, 202]);
    expect(await test.registry.repositories.get(gcr)).toMatchObject(gcr);
  });

  it('is the same repository under its other name', async () => {
    const path = '/v2/myproject-b/gcr.io/app/blobs/uploads/';
    expect((await test.call('POST', path, { as: PUSHER, host: 'us-docker.pkg.dev' })).status).toBe(202);
  });

  it('no other repository is made by pushing', async () => {
    const path = `/v2/${HOST}/myproject-b/unmade/app/blobs/uploads/`;
    expect((await test.call('POST', path, { as: PUSHER })).status).toBe(404);
  });
});

describe('the catalogue', () => {
  const list = (query: string, options: Parameters<TestRegistry['call']>[2]) =>
    test.call('GET', `/v2/_catalog${query}`, options);
  beforeAll(async () => {
    for (const name of ['b', 'a/deep']) {
      await test.push(await smallImage('one'), 'v1', `${HOST}/myproject-b/myrepo/${name}`);
    }
    const secret = { ...REPOSITORY, repository: 'secret' };
    await test.repository(secret);
    await test.grant('roles/artifactregistry.writer', WRITER, secret);
    await test.push(await smallImage('two'), 'v1', `${HOST}/myproject-b/secret/app`);
  });

  it('lists what the caller may read, page by page, as the host spells it', async () => {
    const images = ['a/deep', 'app', 'b'].map((image) => `myproject-b/myrepo/${image}`);
    const all = await list('', { as: READER, host: HOST });
    expect(JSON.parse(all.text)).toEqual({ repositories: images });
    const first = await list('?n=2', { as: READER, host: HOST });
    expect(JSON.parse(first.text)).toEqual({ repositories: images.slice(0, 2) });
    const link = /^<https:\/\/[^/]+(\/v2\/_catalog\?[^>]+)>; rel="next"$/.exec(String(first.headers.link));
    const second = await test.call('GET', link?.[1] ?? '', { as: READER, host: HOST });
    expect(JSON.parse(second.text)).toEqual({ repositories: images.slice(2) });
    expect(second.headers.link).toBeUndefined();
    const direct = await list('', { as: READER });
    expect(JSON.parse(direct.text)).toEqual({ repositories: images.map((image) => `${HOST}/${image}`) });
    expect(JSON.parse((await list('', { as: READER, host: 'us-docker.pkg.dev' })).text)).toEqual({
      repositories: [],
    });
  });

  it('asks for a token of its own scope', async () => {
    const { status, headers } = await list('', { host: HOST });
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      `Bearer realm="https://${HOST}/v2/token",service="${HOST}",scope="registry:catalog:*"`,
    ]);
    const answer = await test.call('GET', '/v2/token?scope=registry:catalog:*', { host: HOST });
    const { token } = JSON.parse(answer.text);
    const listed = await list('', { authorization: `Bearer ${token}`, host: HOST });
    expect(JSON.parse(listed.text)).toEqual({ repositories: [] });
  });
});
