/** What a container finds: the metadata server, and Google's APIs under their own names, with no configuration. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addOrdinaryUser, type OrdinaryUser } from '../src/runtime/testing-user.js';
import { deployed, logged, onService, pushDirect, urlOf } from './support/deploys.js';
import { libraryImage } from './support/library-image.js';
import { TestPlane } from './support/plane.js';
import { grant, newProject, newRepository, onProject, revoke } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const P = 'inside';
const RUNTIME = `runtime@${P}.iam.gserviceaccount.com`;
const IMAGE = `${REGION}-docker.pkg.dev/${P}/images/libraries:latest`;
const APIS = ['run', 'artifactregistry', 'logging', 'secretmanager', 'iam', 'iamcredentials'];

/** A project with a service that runs what is posted to it, and another that only its account may call. */
class World {
  number = '';
  rest: Rest;
  #caller = '';
  callee = '';

  constructor(readonly plane: TestPlane) {
    this.rest = new Rest(plane);
  }

  async prepare(): Promise<void> {
    const { plane, rest } = this;
    this.number = await newProject(
      plane,
      P,
      APIS.map((api) => `${api}.googleapis.com`),
    );
    await newRepository(plane, P, 'images');
    const packages = ['google-auth-library', '@google-cloud/run', '@google-cloud/logging'];
    await pushDirect(rest, OWNER, await libraryImage(packages), IMAGE);
    const accounts = `iam.googleapis.com/v1/projects/${P}/serviceAccounts`;
    await rest.ok(OWNER, 'POST', accounts, { accountId: 'runtime' });
    for (const role of ['run.viewer', 'logging.logWriter', 'secretmanager.secretAccessor'])
      await grant(plane, onProject(P), `serviceAccount:${RUNTIME}`, `roles/${role}`);
    const secrets = `secretmanager.googleapis.com/v1/projects/${P}/secrets`;
    await rest.ok(OWNER, 'POST', `${secrets}?secretId=greeting`, { replication: { automatic: {} } });
    const data = Buffer.from('hello').toString('base64');
    await rest.ok(OWNER, 'POST', `${secrets}/greeting:addVersion`, { payload: { data } });
    this.#caller = await this.#deploy('caller');
    await grant(plane, onService(P, 'caller'), 'allUsers', 'roles/run.invoker');
    this.callee = await this.#deploy('callee');
    await grant(plane, onService(P, 'callee'), `serviceAccount:${RUNTIME}`, 'roles/run.invoker');
  }

  async #deploy(name: string): Promise<string> {
    const spec = { serviceAccountName: RUNTIME };
    const { service, ready, message } = await deployed(this.rest, { project: P, name, image: IMAGE, spec });
    expect({ ready, message }).toMatchObject({ ready: true });
    return urlOf(service);
  }

  /** Runs a program in a container: the body of an asynchronous function that has `require`. */
  async inside(program: string): Promise<unknown> {
    const { status, text } = await visit(this.plane, this.#caller, { method: 'POST', body: program });
    if (status !== 200) throw new Error(`answered ${status}: ${text}`);
    return at(JSON.parse(text), 'result');
  }

  /** Asks the metadata server. */
  metadata(url: string, headers: Record<string, string> = { 'Metadata-Flavor': 'Google' }): Promise<unknown> {
    return this.inside(`
      const answer = await fetch(${JSON.stringify(`http://metadata.google.internal${url}`)}, {
        headers: ${JSON.stringify(headers)}, redirect: 'manual' });
      const flavor = answer.headers.get('metadata-flavor');
      return { status: answer.status, flavor, text: await answer.text() };`);
  }
}

const V1 = '/computeMetadata/v1';
const ACCOUNT = `${V1}/instance/service-accounts/default`;

const LIBRARIES = `
  const { ServicesClient } = require('@google-cloud/run');
  const { Logging } = require('@google-cloud/logging');
  const { GoogleAuth } = require('google-auth-library');
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  const project = await auth.getProjectId();
  const [services] = await new ServicesClient().listServices({ parent: 'projects/' + project + '/locations/${REGION}' });
  const log = new Logging().log('by-library');
  await log.write(log.entry({ severity: 'NOTICE' }, 'written inside'));
  const client = await auth.getClient();
  const url = 'https://secretmanager.googleapis.com/v1/projects/' + project + '/secrets/greeting/versions/latest:access';
  const { data } = await client.request({ url });
  return {
    project,
    services: services.map(({ name }) => name.split('/').pop()).sort(),
    secret: Buffer.from(data.payload.data, 'base64').toString(),
  };`;

/** Google's libraries find their credentials, and what they call. */
async function expectLibrariesToWork({ inside, rest }: Bound): Promise<void> {
  expect(await inside(LIBRARIES)).toEqual({ project: P, services: ['callee', 'caller'], secret: 'hello' });
  await vi.waitFor(async () => {
    const [entry] = await logged(rest, P, `logName:"by-library"`);
    expect(entry).toMatchObject({ severity: 'NOTICE', textPayload: 'written inside' });
  }, SOON);
}

/** With an ID token, and without. */
async function expectServicesToBeCalled({ inside, callee }: Bound): Promise<void> {
  const statuses = await inside(`
    const { GoogleAuth } = require('google-auth-library');
    const url = ${JSON.stringify(callee)};
    const client = await new GoogleAuth().getIdTokenClient(url);
    const { status, data } = await client.request({ url });
    const without = await fetch(url);
    return [status, data, without.status];`);
  expect(statuses).toEqual([200, '{"result":"nothing to do"}', 403]);
}

type Bound = { inside: World['inside']; rest: Rest; callee: string };
const bound = (world: World): Bound => ({
  inside: (program) => world.inside(program),
  rest: world.rest,
  callee: world.callee,
});

describe.runIf(canRun('crun') && process.geteuid?.() === 0)('a container', () => {
  let world: World;

  beforeAll(async () => {
    world = new World(await TestPlane.start());
    await world.prepare();
  });
  afterAll(() => world.plane.dispose());

  it('calls Google’s APIs by Google’s libraries, which find its credentials', () =>
    expectLibrariesToWork(bound(world)));

  it('calls a private service with an ID token', () => expectServicesToBeCalled(bound(world)));

  it('learns who it is', async () => {
    const { number } = world;
    const answers = await Promise.all(
      ['project/project-id', 'project/numeric-project-id', 'instance/region', 'instance/zone'].map(
        async (name) => at(await world.metadata(`${V1}/${name}`), 'text'),
      ),
    );
    expect(answers).toEqual([
      P,
      number,
      `projects/${number}/regions/${REGION}`,
      `projects/${number}/zones/${REGION}-1`,
    ]);
    expect(await world.metadata('/', {})).toEqual({
      status: 200,
      flavor: 'Google',
      text: 'computeMetadata/\n',
    });
    expect(await world.metadata(`${ACCOUNT}/email`)).toMatchObject({ text: RUNTIME });
    expect(await world.metadata(`${ACCOUNT}/email`, {})).toMatchObject({ status: 403 });
  });

  it('has the id that its log entries have', async () => {
    const id = at(await world.metadata(`${V1}/instance/id`), 'text');
    expect(id).toMatch(/^00[0-9a-f]{100,}$/);
    const entries = await logged(world.rest, P, `labels.instanceId="${id}"`);
    expect(at(entries, 0, 'resource', 'labels', 'service_name')).toBe('caller');
  });

  it('reaches no admin call and no other host, by whatever name', async () => {
    const results = await world.inside(`
      const tls = require('node:tls');
      const { lookup } = require('node:dns/promises');
      const ask = (servername, host, path) => new Promise((resolve) => {
        const socket = tls.connect({ host: '199.36.153.8', port: 443, ...(servername ? { servername } : {}) });
        let text = '';
        socket.on('error', () => resolve('refused')).on('end', () => resolve(text.split(' ')[1] ?? 'refused'));
        socket.on('data', (chunk) => { text += chunk; });
        socket.once('secureConnect', () => socket.write(
          'GET ' + path + ' HTTP/1.1\\r\\nHost: ' + host + '\\r\\nConnection: close\\r\\n\\r\\n'));
      });
      const run = 'run.googleapis.com';
      return {
        own: await ask(run, run, '/nothing'),
        bySni: await ask('sekisho.internal', 'sekisho.internal', '/v1/status'),
        noSni: await ask(undefined, run, '/'),
        byHost: await ask(run, 'sekisho.internal', '/v1/status'),
        byPath: await ask(run, '127.0.0.1', '/sekisho.internal/v1/status'),
        byUrl: await ask(run, run, 'http://sekisho.internal/v1/status'),
        other: await ask(run, 'example.com', '/'),
        otherSni: await ask('example.com', 'example.com', '/'),
        name: await lookup('sekisho.internal').catch(({ code }) => code),
      };`);
    expect(results).toEqual({
      own: '404',
      bySni: 'refused',
      noSni: 'refused',
      byHost: '404',
      byPath: '404',
      byUrl: '404',
      other: '404',
      otherSni: 'refused',
      name: 'ENOTFOUND',
    });
  });

  it('gets no token while the service agent may make none, and the log says why', async () => {
    const { plane, rest, number } = world;
    const agent = `serviceAccount:service-${number}@serverless-robot-prod.iam.gserviceaccount.com`;
    const token = async () => at(await world.metadata(`${ACCOUNT}/token`), 'status');
    expect(await token()).toBe(200);
    await revoke(plane, onProject(P), agent, 'roles/run.serviceAgent');
    expect(await world.metadata(`${ACCOUNT}/token`)).toMatchObject({
      status: 500,
      text: `Could not fetch URI ${ACCOUNT}/token\n`,
    });
    expect(await world.metadata(`${ACCOUNT}/identity?audience=x`)).toMatchObject({ status: 500 });
    await vi.waitFor(async () => {
      const entries = await logged(rest, P, 'severity=ERROR textPayload:"The metadata server has no token"');
      expect(at(entries, 0, 'textPayload')).toContain('iam.serviceAccounts.getAccessToken');
    }, SOON);
    await grant(plane, onProject(P), agent, 'roles/run.serviceAgent');
    expect(await token()).toBe(200);
  });

  it('gets no token of an account that is disabled', async () => {
    const account = `iam.googleapis.com/v1/projects/${P}/serviceAccounts/${RUNTIME}`;
    await world.rest.ok(OWNER, 'POST', `${account}:disable`, {});
    expect(await world.metadata(`${ACCOUNT}/token`)).toMatchObject({ status: 500 });
    await world.rest.ok(OWNER, 'POST', `${account}:enable`, {});
    expect(await world.metadata(`${ACCOUNT}/token`)).toMatchObject({ status: 200 });
  });

  it('is answered by nobody but the plane’s containers’ own door', async () => {
    const answer = await world.rest.call(OWNER, 'GET', `metadata.google.internal${ACCOUNT}/token`);
    expect(answer.status).toBe(404);
    expect(listAt(answer.body, 'access_token')).toEqual([]);
    expect(answer.text).toContain('not served');
  });
});

describe.runIf(canRun('crun', 'newuidmap') && process.geteuid?.() === 0)(
  'an ordinary user’s container',
  () => {
    let user: OrdinaryUser;
    let world: World;

    beforeAll(async () => {
      user = addOrdinaryUser('many');
      const data = path.join(user.home, 'data');
      mkdirSync(data, { mode: 0o700 });
      execFileSync('chown', [`${user.uid}`, data]);
      world = new World(await TestPlane.start({ data, prefix: user.prefix }));
      await world.prepare();
    });
    afterAll(async () => {
      await world.plane.dispose();
      user.remove();
    });

    it('calls Google’s APIs by Google’s libraries, which find its credentials', () =>
      expectLibrariesToWork(bound(world)));

    it('calls a private service with an ID token', () => expectServicesToBeCalled(bound(world)));
  },
);
