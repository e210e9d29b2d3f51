import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseImage, principalOfEmail, repositoryName } from '../names/index.js';
import { errorOf, HOST, smallImage, TestRegistry, WRITER } from './test-registry.js';

const AGENT = 'service-444444444444@gcp-sa-artifactregistry.iam.gserviceaccount.com';
const PULLER = 'puller@example.com';
const VIRTUAL = `${HOST}/virtual-p/all`;
const upstreamOf = (project: string, repository: string) =>
  `projects/${project}/locations/asia-northeast1/repositories/${repository}`;

let test: TestRegistry;
let far: string;
let near: string;

beforeAll(async () => {
  test = await TestRegistry.open();
  await test.project('virtual-p', '444444444444');
  const place = { location: 'asia-northeast1', description: '', labels: {} };
  await test.registry.repositories.create({ ...place, project: 'virtual-p', repository: 'near' }, test.now);
  await test.registry.repositories.create(
    {
      ...place,
      project: 'virtual-p',
      repository: 'all',
      mode: 'VIRTUAL_REPOSITORY',
      upstreamPolicies: [
        { id: 'far', repository: upstreamOf('222222222222', 'myrepo'), priority: 10 },
        { id: 'near', repository: upstreamOf('virtual-p', 'near'), priority: 20 },
        { id: 'gone', repository: upstreamOf('virtual-p', 'gone'), priority: 30 },
      ],
    },
    test.now,
  );
  const grants: readonly [string, string, string][] = [
    ['virtual-p/all', 'roles/artifactregistry.reader', `user:${PULLER}`],
    ['virtual-p/all', 'roles/artifactregistry.writer', `user:${WRITER}`],
    ['virtual-p/near', 'roles/artifactregistry.writer', `user:${WRITER}`],
    ['virtual-p/near', 'roles/artifactregistry.reader', `serviceAccount:${AGENT}`],
  ];
  for (const [where, role, member] of grants) {
    const [project = '', repository = ''] = where.split('/');
    const resource = repositoryName(project, 'asia-northeast1', repository);
    await test.store.commit([await test.access.grantWrite(resource, role, member)]);
  }
  far = await test.push(await smallImage('far'), 'v1');
  await test.push(await smallImage('far too'), 'only-far');
  near = await test.push(await smallImage('near'), 'v1', `${HOST}/virtual-p/near/app`);
});
afterAll(() => test.close());

const manifest = (reference: string, as = PULLER) =>
  test.call('GET', `/v2/${VIRTUAL}/app/manifests/${reference}`, { as });
const letAgentRead = async () => {
  const resource = repositoryName('myproject-b', 'asia-northeast1', 'myrepo');
  const role = 'roles/artifactregistry.reader';
  await test.store.commit([await test.access.grantWrite(resource, role, `serviceAccount:${AGENT}`)]);
};
const pull = (tag: string) => {
  const parsed = parseImage(`${VIRTUAL}/app:${tag}`);
  if (!parsed.ok || parsed.image.registry !== 'artifact-registry') throw new Error('no reference');
  return test.registry.puller.pull(parsed.image, principalOfEmail(PULLER), 'linux/amd64', test.now);
};

describe('a virtual repository', () => {
  it('is read by who may read it, whatever they may read behind it, and by nobody else', async () => {
    expect((await manifest('v1')).headers['docker-content-digest']).toBe(near);
    expect(errorOf(await manifest('v1', 'stranger@example.com')).code).toBe('DENIED');
  });

  it('has nothing of an upstream that the Artifact Registry agent of its project may not read', async () => {
    expect((await manifest('only-far')).status).toBe(404);
    expect((await manifest(far)).status).toBe(404);
    expect(await pull('only-far')).toMatchObject({ ok: false, failure: { kind: 'missing' } });
  });

  it('has all of it once the agent may, of the upstream with the highest priority first', async () => {
    await letAgentRead();
    expect((await manifest('only-far')).status).toBe(200);
    expect((await manifest('v1')).headers['docker-content-digest']).toBe(near);
    const { text } = await test.call('GET', `/v2/${VIRTUAL}/app/tags/list`, { as: PULLER });
    expect(JSON.parse(text)).toMatchObject({ tags: ['only-far', 'v1'] });
    const pulled = await pull('only-far');
    expect(pulled.ok && pulled.image.layers).toHaveLength(1);
    const { digest = '' } = pulled.ok ? (pulled.image.layers[0] ?? {}) : {};
    expect((await test.call('GET', `/v2/${VIRTUAL}/app/blobs/${digest}`, { as: PULLER })).status).toBe(200);
  });

  it('takes no pushes', async () => {
    const answer = await test.call('POST', `/v2/${VIRTUAL}/app/blobs/uploads/`, { as: WRITER });
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'UNSUPPORTED']);
  });
});
