/** The plane killed at bad moments, and started again: nothing acknowledged is lost, and nothing is left over. */
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildImage, buildLayer } from '../src/registry/index.js';
import { appImage } from './support/app.js';
import {
  appProject,
  deployed,
  onService,
  operationEnded,
  operationOf,
  pushDirect,
  serviceBody,
  servicePath,
  settled,
  urlOf,
} from './support/deploys.js';
import { must, TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { files, held, instances, SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const P = 'faults';
const REPOSITORY = `artifactregistry.googleapis.com/v1/projects/${P}/locations/${REGION}/repositories/images`;
const ACCOUNTS = `iam.googleapis.com/v1/projects/${P}/serviceAccounts`;

describe.runIf(canRun('crun'))('a plane that is killed', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  let url: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = await appProject(rest, P);
    const { service } = await deployed(rest, { project: P, name: 'web', image: `${image}:latest` });
    url = urlOf(service);
    await grant(plane, onService(P, 'web'), 'allUsers', 'roles/run.invoker');
  });
  afterAll(() => plane.dispose());

  const killedAndStarted = async () => {
    await plane.kill();
    await plane.restart();
  };

  /** Only what serves: one container for each of these revisions, and nothing else of any kind. */
  const expectContainersOf = (...revisions: readonly string[]) => {
    const { monitors, contained, directories, mounts } = held(plane);
    const started = monitors.map(({ id }) => id.replace(/-[0-9a-f]{8}_.*$/, ''));
    expect(started.sort()).toEqual([...revisions].sort());
    expect(contained.length).toBe(revisions.length);
    // Of the instance, of its container, and the runtime's own.
    expect(directories.length).toBe(3 * revisions.length);
    const mounted = mounts.map((line) => /instances\/([^/_]+)[_/]/.exec(line)?.[1]);
    expect(new Set(mounted).size).toBe(revisions.length);
  };

  it('serves again what it served, to the same sign-ins and under the same policies', async () => {
    const before = await rest.ok(OWNER, 'GET', servicePath(P, 'web'));
    const token = await rest.token(OWNER);
    expect((await visit(plane, url)).status).toBe(200);
    await killedAndStarted();
    expect(await rest.ok({ token }, 'GET', servicePath(P, 'web'))).toEqual(before);
    const page = await visit(plane, url);
    expect(page.text).toMatch(/^Hello from web web-00001-/);
    expectContainersOf(String(at(before, 'status', 'latestReadyRevisionName')));
  });

  it('has ended by its next start what it left running, before anybody asks for it', async () => {
    expect(held(plane).monitors).toHaveLength(1);
    await killedAndStarted();
    await vi.waitFor(() => expectContainersOf(), SOON);
    expect((await visit(plane, url)).status).toBe(200);
  });

  it.runIf(canRun('gcloud'))('knows who has signed in by gcloud', async () => {
    const listing = ['run', 'services', 'list', '--project', P, '--format=value(metadata.name)'];
    expect((await must(plane.gcloud(OWNER, listing))).stdout).toBe('web\n');
    await killedAndStarted();
    expect((await must(plane.gcloud(OWNER, listing))).stdout).toBe('web\n');
  });

  it('brings up the revision that it was bringing up', async () => {
    const slow = { project: P, name: 'slow', image: `${image}:latest`, env: { DELAY_MS: '1500' } };
    const written = await rest.ok(OWNER, 'POST', servicePath(P), serviceBody(slow));
    const starting = String(at(written, 'status', 'latestCreatedRevisionName'));
    await vi.waitFor(
      () => expect(held(plane).monitors.some(({ id }) => id.startsWith(starting))).toBe(true),
      SOON,
    );
    await killedAndStarted();
    const { ready, revision } = await settled(rest, P, written);
    expect({ ready, revision }).toEqual({ ready: true, revision: starting });
    expectContainersOf(starting);
    await rest.ok(OWNER, 'DELETE', servicePath(P, 'slow'));
    await vi.waitFor(() => expectContainersOf(), SOON);
  });

  it('brings up the newest of the revisions that nobody had seen to yet, and ends every operation', async () => {
    const many = (n: number) =>
      serviceBody({
        project: P,
        name: 'many',
        image: `${image}:latest`,
        env: { GREETING: `${n}:`, DELAY_MS: '500' },
      });
    const operations = [operationOf(await rest.ok(OWNER, 'POST', servicePath(P), many(1)))];
    for (const n of [2, 3])
      operations.push(operationOf(await rest.ok(OWNER, 'PUT', servicePath(P, 'many'), many(n))));
    await killedAndStarted();
    for (const operation of operations) {
      expect(at(await operationEnded(rest, P, operation), 'done')).toBe(true);
    }
    await vi.waitFor(async () => {
      const service = await rest.ok(OWNER, 'GET', servicePath(P, 'many'));
      expect(at(service, 'status', 'observedGeneration')).toBe(3);
    }, SOON);
    const token = await rest.idToken(OWNER, url.replace('web-', 'many-'));
    expect((await visit(plane, url.replace('web-', 'many-'), { token })).text).toMatch(
      /^3: many many-00003-/,
    );
    await rest.ok(OWNER, 'DELETE', servicePath(P, 'many'));
    await vi.waitFor(() => expectContainersOf(), SOON);
  });

  it('does not bring back a service whose deletion it had acknowledged', async () => {
    const { ready } = await deployed(rest, {
      project: P,
      name: 'gone',
      image: `${image}:latest`,
      env: { MODE: 'stubborn' },
    });
    expect(ready).toBe(true);
    await rest.ok(OWNER, 'DELETE', servicePath(P, 'gone'));
    await killedAndStarted();
    expect((await rest.call(OWNER, 'GET', servicePath(P, 'gone'))).status).toBe(404);
    await vi.waitFor(() => expectContainersOf(), SOON);
  });

  describe('in the midst of many changes', () => {
    /** Two writers at once until the plane is killed under them. @returns what each call was told had been done */
    async function untilKilled(
      write: (writer: string, n: number) => Promise<unknown>,
    ): Promise<readonly string[]> {
      const acknowledged: string[] = [];
      let killed: Promise<void> | undefined;
      const writer = async (name: string) => {
        for (let n = 0; ; n++) {
          try {
            await write(name, n);
          } catch (error) {
            if (killed) return;
            throw error;
          }
          acknowledged.push(`${name}-${n}`);
          if (acknowledged.length === 40) killed = plane.kill();
        }
      };
      await Promise.all(['writer-a', 'writer-b'].map(writer));
      await killed;
      await plane.restart();
      return acknowledged;
    }

    it('keeps every one that it had acknowledged', async () => {
      const acknowledged = await untilKilled((writer, n) =>
        rest.ok(OWNER, 'POST', ACCOUNTS, { accountId: `${writer}-${n}` }),
      );
      const page = await rest.ok(OWNER, 'GET', `${ACCOUNTS}?pageSize=100`);
      const found = listAt(page, 'accounts').map((account) =>
        String(at(account, 'email')).replace(/@.*$/, ''),
      );
      expect(acknowledged.filter((account) => !found.includes(account))).toEqual([]);
      // Of the calls under way when it was killed, one of each writer may have been stored and not acknowledged.
      const own = found.filter((account) => account.startsWith('writer-'));
      expect(own.length - acknowledged.length).toBeLessThanOrEqual(2);
    });

    it('keeps every binding of the policies that it had acknowledged', async () => {
      const { url: name } = onService(P, 'web');
      // Who loses the race for the policy reads it again, as every client does.
      const adding = async (member: string): Promise<unknown> => {
        const policy = await rest.ok(OWNER, 'GET', `${name}:getIamPolicy`);
        const bindings = [...listAt(policy, 'bindings'), { role: 'roles/run.viewer', members: [member] }];
        const answer = await rest.call(OWNER, 'POST', `${name}:setIamPolicy`, {
          policy: { bindings, etag: at(policy, 'etag') },
        });
        if (answer.status === 409) return adding(member);
        expect(answer.status).toBe(200);
        return answer.body;
      };
      const acknowledged = await untilKilled((writer, n) => adding(`user:${writer}-${n}@example.com`));
      const policy = await rest.ok(OWNER, 'GET', `${name}:getIamPolicy`);
      const members = listAt(policy, 'bindings').flatMap((binding) => listAt(binding, 'members'));
      expect(acknowledged.filter((who) => !members.includes(`user:${who}@example.com`))).toEqual([]);
      expect((await visit(plane, url)).status).toBe(200);
    });
  });

  it('serves what it had imported, although the image is gone from its repository', async () => {
    const digests = await rest.ok(OWNER, 'GET', `v2/${image}/manifests/latest`);
    expect(listAt(digests, 'layers')).not.toEqual([]);
    const deleting = await rest.call(OWNER, 'DELETE', `${REPOSITORY}/packages/app`);
    expect(deleting.status).toBe(200);
    await killedAndStarted();
    expect((await rest.call(OWNER, 'GET', `v2/${image}/manifests/latest`)).status).toBe(404);
    expect((await visit(plane, url)).status).toBe(200);
    await pushDirect(rest, OWNER, await appImage(), `${image}:latest`);
  });

  it('goes on with an upload from where it had acknowledged it', async () => {
    const bytes = randomBytes(3 << 20);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const call = async (method: string, target: string, body?: Buffer) => {
      const answer = await fetch(target, {
        method,
        headers: { authorization: `Bearer ${await rest.token(OWNER)}` },
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      });
      await answer.arrayBuffer();
      return {
        status: answer.status,
        range: answer.headers.get('range'),
        to: answer.headers.get('location'),
      };
    };
    const begun = await call('POST', `${plane.url}/v2/${image}/blobs/uploads/`);
    const location = String(begun.to);
    expect(begun.status).toBe(202);
    expect(await call('PATCH', location, bytes.subarray(0, 1 << 20))).toMatchObject({
      status: 202,
      range: `0-${(1 << 20) - 1}`,
    });
    await killedAndStarted();
    expect(await call('GET', location)).toMatchObject({ status: 204, range: `0-${(1 << 20) - 1}` });
    expect((await call('PATCH', location, bytes.subarray(1 << 20, 2 << 20))).status).toBe(202);
    await killedAndStarted();
    const last = await call('PUT', `${location}?digest=${digest}`, bytes.subarray(2 << 20));
    expect(last.status).toBe(201);
    expect((await call('HEAD', `${plane.url}/v2/${image}/blobs/${digest}`)).status).toBe(200);
  });

  it('keeps no part of a push that it did not see whole, and takes it again', async () => {
    const layer = await buildLayer([{ path: '/data', content: randomBytes(4 * 2 ** 20) }]);
    const pushed = await buildImage({ base: [layer], config: { Cmd: ['/data'] } });
    const before = files(plane);
    const upload = http.request(`${plane.url}/v2/${image}/blobs/uploads/?digest=${layer.digest}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await rest.token(OWNER)}`, 'content-length': layer.size },
    });
    upload.on('error', () => undefined);
    upload.write((await buffer(layer.open())).subarray(0, layer.size / 2));
    await vi.waitFor(() => expect(files(plane)).not.toEqual(before), SOON);
    await killedAndStarted();
    await vi.waitFor(() => expect(files(plane)).toEqual(before), SOON);
    const blob = `v2/${image}/blobs/${layer.digest}`;
    expect((await rest.call(OWNER, 'GET', blob)).status).toBe(404);
    await pushDirect(rest, OWNER, pushed, `${image}:data`);
    expect((await rest.call(OWNER, 'GET', blob)).status).toBe(200);
  });

  it('comes back each time, however often it is killed under load', async () => {
    for (let round = 0; round < 5; round++) {
      let stop = false;
      const visitors = Array.from({ length: 3 }, async () => {
        while (!stop) await visit(plane, url).catch(() => undefined);
      });
      const body = serviceBody({
        project: P,
        name: 'web',
        image: `${image}:latest`,
        env: { GREETING: `Round ${round}:` },
      });
      const written = await rest.ok(OWNER, 'PUT', servicePath(P, 'web'), body);
      await plane.kill();
      stop = true;
      await Promise.all(visitors);
      await plane.restart();
      expect((await settled(rest, P, written)).ready).toBe(true);
      expect((await visit(plane, url)).text).toMatch(new RegExp(`^Round ${round}: web `));
    }
    await vi.waitFor(() => expect(instances(plane)).toHaveLength(1), SOON);
    expect(plane.stderr).toBe('');
  });
});
