import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicInstanceId } from '../deployments/index.js';
import { INSTANCE, RUNTIME, TestWorld } from './testing-server.js';

let world: TestWorld;
beforeEach(async () => {
  world = new TestWorld();
  await world.listen();
});
afterEach(() => {
  world.close();
  expect(world.errors).toEqual([]);
});

const V1 = '/computeMetadata/v1';
const ACCOUNTS = `${V1}/instance/service-accounts`;
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const account = { aliases: ['default'], email: RUNTIME, scopes: [SCOPE] };
const ID = publicInstanceId(INSTANCE.id);

describe('the metadata server', () => {
  it.each([
    ['/', 'computeMetadata/\n'],
    [`${V1}/`, 'instance/\nproject/\n'],
    [`${V1}/instance/`, 'id\nregion\nservice-accounts/\nzone\n'],
    [`${V1}/project/`, 'numeric-project-id\nproject-id\n'],
    [`${ACCOUNTS}/`, `default/\n${RUNTIME}/\n`],
    [`${ACCOUNTS}/default/`, 'aliases\nemail\nidentity\nscopes\ntoken\n'],
    [`${V1}/project/project-id`, 'myproject-a'],
    [`${V1}/project/numeric-project-id`, '111111111111'],
    [`${V1}/instance/id`, ID],
    [`${V1}/instance/region`, 'projects/111111111111/regions/asia-northeast1'],
    [`${V1}/instance/zone`, 'projects/111111111111/zones/asia-northeast1-1'],
    [`${ACCOUNTS}/default/email`, RUNTIME],
    [`${ACCOUNTS}/${RUNTIME}/email`, RUNTIME],
    [`${ACCOUNTS}/${encodeURIComponent(RUNTIME)}/email`, RUNTIME],
    [`${ACCOUNTS}/default/scopes`, `${SCOPE}\n`],
    [`${ACCOUNTS}/default/aliases`, 'default\n'],
    [`${ACCOUNTS}/default/?recursive=true&alt=text`, `aliases default\nemail ${RUNTIME}\nscopes ${SCOPE}\n`],
  ])('answers %s in text', async (path, body) => {
    const answer = await world.ask(path);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/text',
      'metadata-flavor': 'Google',
      server: 'Metadata Server for VM',
    });
  });

  it.each([
    [`${V1}/project/?recursive=true`, { numericProjectId: 111111111111, projectId: 'myproject-a' }],
    [`${ACCOUNTS}/?recursive=true`, { default: account, [RUNTIME]: account }],
    [
      `${V1}/instance/?recursive=TRUE&alt=json`,
      {
        id: ID,
        region: 'projects/111111111111/regions/asia-northeast1',
        serviceAccounts: { default: account, [RUNTIME]: account },
        zone: 'projects/111111111111/zones/asia-northeast1-1',
      },
    ],
    [`${V1}/project/project-id?alt=json`, 'myproject-a'],
    [`${ACCOUNTS}/default/scopes?alt=json`, [SCOPE]],
    [`${V1}/?alt=json`, ['instance/', 'project/']],
  ])('answers %s in JSON', async (path, value) => {
    const { status, headers, body } = await world.ask(path);
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(JSON.parse(body)).toEqual(value);
  });

  it('tells a worker pool its address', async () => {
    const owner = { ...INSTANCE.owner, kind: 'workerPool', workerPool: 'w', revision: 'w-1' } as const;
    world.instance = { ...INSTANCE, owner };
    const path = `${V1}/instance/network-interfaces`;
    expect(await world.ask(`${path}/0/ip`)).toMatchObject({ status: 200, body: '127.0.0.1' });
    expect(JSON.parse((await world.ask(`${path}/?recursive=true`)).body)).toEqual([{ ip: '127.0.0.1' }]);
  });

  it.each([
    ['without the header', {}, 403, 'Missing Metadata-Flavor:Google header.'],
    ['with another flavor', { 'metadata-flavor': 'google' }, 403, 'Missing Metadata-Flavor'],
    ['that was passed on', { 'metadata-flavor': 'Google', 'x-forwarded-for': '1.2.3.4' }, 403, 'permission'],
  ])('refuses a request %s', async (_, headers, status, words) => {
    const answer = await world.ask(`${ACCOUNTS}/default/token`, { headers });
    expect(answer).toMatchObject({ status, headers: { 'metadata-flavor': 'Google' } });
    expect(answer.body).toContain(words);
    expect(world.minted).toBe(0);
  });

  it('asks for no header at its root, by which libraries look for it', async () => {
    expect(await world.ask('/', { headers: {} })).toMatchObject({
      status: 200,
      headers: { 'metadata-flavor': 'Google' },
    });
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('does not take %s', async (method) => {
    const answer = await world.ask(`${V1}/project/project-id`, { method });
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it('answers HEAD without a body', async () => {
    const answer = await world.ask(`${V1}/project/project-id`, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '11' } });
  });

  it('sends those who leave out a directory’s slash there', async () => {
    const answer = await world.ask(`${V1}/instance?recursive=true`);
    expect(answer.status).toBe(301);
    expect(answer.headers.location).toBe(`http://metadata${V1}/instance/?recursive=true`);
  });

  it.each([
    `${V1}/nothing`,
    `${V1}/project/project-id/`,
    `${V1}//project/`,
    `${V1}/project/../project/project-id`,
    `${V1}/instance/service-accounts/other@myproject-a.iam.gserviceaccount.com/token`,
    `${V1}/instance/network-interfaces/0/ip`,
    `${V1}/instance/%zz`,
    `${V1}/project/toString`,
    `${V1}/<script>`,
    '/computeMetadata/v1beta1/instance/id',
  ])('finds nothing at %s', async (path) => {
    const answer = await world.ask(path);
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('Error 404 (Not Found)');
    expect(answer.body).not.toContain('<script>');
  });

  it.each([
    [`${V1}/?alt=yaml`, 'alt must be text or json'],
    [`${V1}/?recursive=maybe`, 'recursive must be true or false'],
    [`${V1}/instance/?wait_for_change=true`, 'wait_for_change is not supported'],
    [`${ACCOUNTS}/default/identity`, 'non-empty audience parameter required'],
    [`${ACCOUNTS}/default/identity?audience=`, 'non-empty audience parameter required'],
    [`${ACCOUNTS}/default/identity?audience=a&format=half`, 'format must be standard or full'],
    [`${ACCOUNTS}/default/identity?audience=a&licenses=2`, 'licenses must be true or false'],
    [`${ACCOUNTS}/default/token?scopes=a%20b`, 'Invalid scope'],
  ])('refuses %s', async (path, words) => {
    expect(await world.ask(path)).toMatchObject({ status: 400, body: `${words}\n` });
  });

  it('is gone with the instance', async () => {
    world.instance = undefined;
    await expect(world.ask(`${V1}/instance/id`)).rejects.toThrow('socket hang up');
  });

  it('gives any path an answer that it can give, and never a token by mistake', async () => {
    const part = fc.oneof(
      fc.constantFrom('computeMetadata', 'v1', 'instance', 'project', 'service-accounts', 'default', 'token'),
      fc.webSegment(),
      fc.constantFrom('', '.', '..', '%2f', '__proto__', 'constructor', '%00', '%'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 7 }), fc.webQueryParameters(), async (parts, query) => {
        const path = `/${parts.join('/')}`;
        const { status, headers, body } = await world.ask(`${path}?${query}`);
        expect([200, 301, 400, 404]).toContain(status);
        expect(headers['metadata-flavor']).toBe('Google');
        if (body.includes('ya29')) expect(path).toBe(`${ACCOUNTS}/default/token`);
      }),
      { numRuns: 200 },
    );
  });
});
