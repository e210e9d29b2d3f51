import type { Dispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf, HOST, NAME, READER, STRANGER, smallImage, TestRegistry, WRITER } from './test-registry.js';

const RESOURCE = 'projects/myproject-b/locations/asia-northeast1/repositories/myrepo';
const DOWNLOAD = 'artifactregistry.repositories.downloadArtifacts';
const UPLOAD = 'artifactregistry.repositories.uploadArtifacts';
const denied = (permission: string, resource = RESOURCE) =>
  `Permission "${permission}" denied on resource "${resource}" (or it may not exist)`;
const anonymousDenied = (permission: string, resource = RESOURCE) =>
  `Unauthenticated request. Unauthenticated requests do not have permission "${permission}" on resource "${resource}" (or it may not exist)`;

let test: TestRegistry;
beforeAll(async () => {
  test = await TestRegistry.open();
  await test.push(await smallImage('one'), 'latest');
});
afterAll(() => test.close());

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('without a credential', () => {
  it('the version check answers 401 and names the token end point', async () => {
    const answer = await test.call('GET', '/v2/', { host: HOST });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(`Bearer realm="https://${HOST}/v2/token"`);
    expect(answer.text).toBe(
      '{"errors":[{"code":"UNAUTHORIZED","message":"not authenticated: No credential was supplied."}]}',
    );
  });

  it.each<[Dispatcher.HttpMethod, string, string]>([
    ['GET', 'manifests/latest', 'pull'],
    ['HEAD', 'manifests/latest', 'pull'],
    ['GET', 'tags/list', 'pull'],
    ['PUT', 'manifests/latest', 'pull,push'],
    ['POST', 'blobs/uploads/', 'pull,push'],
    ['PATCH', 'blobs/uploads/00000000-0000-0000-0000-000000000000', 'pull,push'],
    ['DELETE', 'manifests/latest', 'pull,push'],
  ])('%s %s asks for the scope %s', async (method, path, actions) => {
    const answer = await test.call(method, `/v2/myproject-b/myrepo/app/${path}`, { host: HOST });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="https://${HOST}/v2/token",service="${HOST}",scope="repository:myproject-b/myrepo/app:${actions}"`,
    );
    if (method !== 'HEAD') {
      expect(errorOf(answer)).toEqual({
        code: 'UNAUTHORIZED',
        message: 'not authenticated: No valid credential was supplied.',
      });
    }
  });

  it('in the direct form the challenge stays on the address the client came to', async () => {
    const answer = await test.call('GET', `/v2/${NAME}/manifests/latest`);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="${test.url}/v2/token",service="${new URL(test.url).host}",scope="repository:${NAME}:pull"`,
    );
  });

  it('the challenge names whatever the client calls the plane', async () => {
    const answer = await test.call('GET', `/v2/${NAME}/tags/list`, { headers: { host: '1.2.3.999:80' } });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain(
      'realm="http://1.2.3.999:80/v2/token",service="1.2.3.999:80"',
    );
  });

  it.each([
    ['a private repository', 'myproject-b/myrepo/app', RESOURCE],
    [
      'a missing one',
      'myproject-b/nothing/app',
      'projects/myproject-b/locations/asia-northeast1/repositories/nothing',
    ],
    [
      'a missing project',
      'no-such-project/myrepo/app',
      'projects/no-such-project/locations/asia-northeast1/repositories/myrepo',
    ],
  ])('the token end point refuses %s', async (_, name, resource) => {
    const answer = await test.call('GET', `/v2/token?service=${HOST}&scope=repository:${name}:pull`, {
      host: HOST,
    });
    expect(answer.status).toBe(403);
    expect(errorOf(answer)).toEqual({ code: 'DENIED', message: anonymousDenied(DOWNLOAD, resource) });
  });

  it('a public repository is open with an anonymous token, and still closed for pushing', async () => {
    await test.repository({ project: 'myproject-b', location: 'asia-northeast1', repository: 'open' });
    await test.grant('roles/artifactregistry.reader', 'allUsers', {
      project: 'myproject-b',
      location: 'asia-northeast1',
      repository: 'open',
    });
    const issued = await test.call('GET', `/v2/token?scope=repository:${HOST}/myproject-b/open/app:pull`);
    expect(issued.status).toBe(200);
    const { token } = JSON.parse(issued.text);
    const authorization = `Bearer ${token}`;
    const path = `/v2/${HOST}/myproject-b/open/app`;
    expect((await test.call('GET', '/v2/', { authorization })).status).toBe(200);
    expect(errorOf(await test.call('GET', `${path}/manifests/latest`, { authorization })).code).toBe(
      'MANIFEST_UNKNOWN',
    );
    expect(errorOf(await test.call('POST', `${path}/blobs/uploads/`, { authorization })).message).toBe(
      anonymousDenied(UPLOAD, 'projects/myproject-b/locations/asia-northeast1/repositories/open'),
    );
  });
});

describe('with a credential', () => {
  it.each(['oauth2accesstoken', '_token', '_dcgcloud_token'])(
    'an access token is the password of %s',
    async (user) => {
      const authorization = basic(user, await test.token(READER));
      const issued = await test.call('GET', `/v2/token?service=x&scope=repository:${NAME}:pull`, {
        authorization,
      });
      expect(issued.status).toBe(200);
      const { token, expires_in, issued_at } = JSON.parse(issued.text);
      expect(expires_in).toBe(3600);
      expect(issued_at).toBe(test.now.toISOString());
      const pulled = await test.call('GET', `/v2/${NAME}/manifests/latest`, {
        authorization: `Bearer ${token}`,
      });
      expect(pulled.status).toBe(200);
    },
  );

  it('an access token is accepted as Bearer too', async () => {
    expect((await test.call('GET', '/v2/', { as: READER })).status).toBe(200);
    const ping = await test.call('GET', '/v2/', { as: READER });
    expect(ping.headers['docker-distribution-api-version']).toBe('registry/2.0');
  });

  it('the token end point refuses who may not push, with the permission that pushing needs', async () => {
    const answer = await test.call('GET', `/v2/token?scope=repository:${NAME}:pull,push`, { as: READER });
    expect(answer.status).toBe(403);
    expect(answer.text).toBe(JSON.stringify({ errors: [{ code: 'DENIED', message: denied(UPLOAD) }] }));
  });

  it('a scope to mount from does not spoil the token for the target', async () => {
    const scopes = `scope=repository:${NAME}:pull,push&scope=repository:${HOST}/myproject-b/secret/x:pull`;
    expect((await test.call('GET', `/v2/token?${scopes}`, { as: WRITER })).status).toBe(200);
  });

  it.each([
    ['forbidden', 'myproject-b/myrepo'],
    ['missing', 'myproject-b/nothing'],
    ['of a missing project', 'no-such-project/myrepo'],
  ])('a %s repository answers 403 with nothing but its name', async (_, place) => {
    const [project, repository] = place.split('/');
    const resource = `projects/${project}/locations/asia-northeast1/repositories/${repository}`;
    const answer = await test.call('GET', `/v2/${HOST}/${place}/app/manifests/latest`, { as: STRANGER });
    expect(answer.status).toBe(403);
    expect(errorOf(answer)).toEqual({ code: 'DENIED', message: denied(DOWNLOAD, resource) });
    const push = await test.call('POST', `/v2/${HOST}/${place}/app/blobs/uploads/`, { as: STRANGER });
    expect(errorOf(push).message).toBe(denied(UPLOAD, resource));
  });

  it('who may push in a project is told that a repository of it does not exist, and nobody else', async () => {
    await test.project('own-project', '333333333333');
    await test.store.commit([
      await test.access.grantWrite(
        '//cloudresourcemanager.googleapis.com/projects/own-project',
        'roles/owner',
        `user:${STRANGER}`,
      ),
    ]);
    const answer = await test.call('POST', `/v2/${HOST}/own-project/none/app/blobs/uploads/`, {
      as: STRANGER,
    });
    expect([answer.status, errorOf(answer)]).toEqual([
      404,
      { code: 'NAME_UNKNOWN', message: 'Repository "none" not found' },
    ]);
    const other = await test.call('POST', `/v2/${HOST}/myproject-b/none/app/blobs/uploads/`, {
      as: STRANGER,
    });
    expect(errorOf(other).code).toBe('DENIED');
  });

  it('the project may be named by its number', async () => {
    const answer = await test.call('GET', `/v2/${HOST}/222222222222/myrepo/app/manifests/latest`, {
      as: READER,
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['garbage', 'Bearer garbage'],
    ['a forged registry token', 'Bearer registry.e30.AAAA'],
    ['an unknown scheme', 'Digest x'],
    ['an unknown user name', basic('alice', 'secret')],
    ['a bad password', basic('oauth2accesstoken', 'garbage')],
  ])('%s is refused with 401, on every path', async (_, authorization) => {
    for (const path of ['/v2/', '/v2/token', `/v2/${NAME}/manifests/latest`]) {
      const answer = await test.call('GET', path, { authorization });
      expect(answer.status).toBe(401);
      expect(errorOf(answer).code).toBe('UNAUTHORIZED');
    }
  });

  it.each([
    ['_json_key', '{}'],
    ['_json_key', 'no JSON'],
    ['_json_key', '{"client_email":"a@b","private_key_id":"1","private_key":"x"}'],
    ['_json_key_base64', '{}'],
  ])('%s with what is no key file (%s) is refused', async (user, password) => {
    const answer = await test.call('GET', '/v2/token', { authorization: basic(user, password) });
    expect(answer.status).toBe(401);
    expect(errorOf(answer).message).toBe('not authenticated: No valid credential was supplied.');
  });

  it('a registry token ends after an hour', async () => {
    const { token } = JSON.parse(
      (await test.call('GET', `/v2/token?scope=repository:${NAME}:pull`, { as: READER })).text,
    );
    const before = test.now;
    test.now = new Date(before.getTime() + 3_599_000);
    const authorization = `Bearer ${token}`;
    expect((await test.call('GET', '/v2/', { authorization })).status).toBe(200);
    test.now = new Date(before.getTime() + 3_600_000);
    expect((await test.call('GET', '/v2/', { authorization })).status).toBe(401);
    test.now = before;
  });

  it('a registry token is worth what its bearer may do now, not when it was issued', async () => {
    const id = { project: 'myproject-b', location: 'asia-northeast1', repository: 'brief' };
    await test.repository(id);
    await test.grant('roles/artifactregistry.reader', READER, id);
    const name = `${HOST}/myproject-b/brief/app`;
    const { token } = JSON.parse(
      (await test.call('GET', `/v2/token?scope=repository:${name}:pull`, { as: READER })).text,
    );
    const resource =
      '//artifactregistry.googleapis.com/projects/myproject-b/locations/asia-northeast1/repositories/brief';
    await test.access.setPolicy(resource, { bindings: [] }, test.now);
    const answer = await test.call('GET', `/v2/${name}/manifests/latest`, {
      authorization: `Bearer ${token}`,
    });
    expect(answer.status).toBe(403);
  });
});

describe('paths', () => {
  it.each([
    ['/v2/nonsense', 404, 'NAME_UNKNOWN'],
    ['//v2/', 404, 'NAME_UNKNOWN'],
    ['//[/v2/', 404, 'NAME_UNKNOWN'],
    [`/v2/${HOST}/myproject-b/myrepo/manifests/latest`, 400, 'NAME_INVALID'],
    ['/v2/docker.io/library/nginx/manifests/latest', 400, 'NAME_INVALID'],
    ['/v2/mars-docker.pkg.dev/p-roject/myrepo/app/manifests/latest', 400, 'NAME_INVALID'],
    [`/v2/${HOST}/myproject-b/myrepo/..%2f..%2fetc/manifests/latest`, 400, 'NAME_INVALID'],
    [`/v2/${HOST}/myproject-b/myrepo/%2e%2e%2f%2e%2e/blobs/sha256:${'0'.repeat(64)}`, 400, 'NAME_INVALID'],
    [`/v2/${NAME}/manifests/..%2f..%2fsecret`, 400, 'TAG_INVALID'],
    [`/v2/${NAME}/blobs/sha256:..%2f..%2f..%2fetc%2fpasswd`, 400, 'DIGEST_INVALID'],
    [`/v2/${NAME}/blobs/sha256:${'A'.repeat(64)}`, 400, 'DIGEST_INVALID'],
    [`/v2/${NAME}/blobs/uploads/..%2f..%2fx`, 400, 'DIGEST_INVALID'],
    [`/v2/${NAME}/%zz/manifests/latest`, 400, 'NAME_INVALID'],
  ])('%s answers %i %s', async (path, status, code) => {
    const answer = await test.call('GET', path, { as: WRITER });
    expect(answer.status).toBe(status);
    expect(errorOf(answer).code).toBe(code);
  });

  it('a method that an end point does not know answers 405 and those that it does', async () => {
    const answer = await test.call('POST', `/v2/${NAME}/manifests/latest`, { as: WRITER });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, PUT, DELETE');
    expect((await test.call('POST', '/v2/token', { as: WRITER })).status).toBe(405);
  });
});
