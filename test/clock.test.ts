/** The machine's clock set back and forth under a running plane, as people and time servers do. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { appProject, deployed, logged, onService, servicePath, urlOf } from './support/deploys.js';
import { TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { SetClock } from './support/set-clock.js';
import { canRun } from './support/tools.js';
import { SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER } from './support/world.js';

const P = 'set-clock';
const ACCOUNTS = `iam.googleapis.com/v1/projects/${P}/serviceAccounts`;

describe.runIf(canRun('crun', 'faketime'))('a plane whose clock is set', () => {
  let clock: SetClock;
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  let url: string;
  /** Made while the clock was right. */
  let token: string;
  let idToken: string;

  beforeAll(async () => {
    clock = new SetClock();
    plane = await TestPlane.start({ env: clock.env });
    rest = new Rest(plane);
    image = await appProject(rest, P);
    const { service } = await deployed(rest, { project: P, name: 'web', image: `${image}:latest` });
    url = urlOf(service);
    await grant(plane, onService(P, 'web'), 'user:alice@example.com', 'roles/run.invoker');
    token = await rest.token(OWNER);
    idToken = await plane.token('alice@example.com', url);
  });
  afterAll(async () => {
    await plane?.dispose();
    clock?.dispose();
  });

  const nowThere = async () => {
    const { headers } = await rest.call({ token }, 'GET', ACCOUNTS);
    return Date.parse(String(headers.get('date')));
  };

  it('back, still takes the tokens that it made before', async () => {
    clock.set(-3);
    // HTTP's Date is made once a second.
    await vi.waitFor(async () => expect(await nowThere()).toBeLessThan(Date.now() - 2 * 3_600_000), SOON);
    expect((await rest.call({ token }, 'GET', ACCOUNTS)).status).toBe(200);
    expect((await visit(plane, url, { token: idToken })).status).toBe(200);
  });

  it('back, deploys what is asked for, after what was there before', async () => {
    clock.set(-3);
    const before = await rest.ok(OWNER, 'GET', servicePath(P, 'web'));
    const { ready, revision, service } = await deployed(rest, {
      project: P,
      name: 'web',
      image: `${image}:latest`,
      env: { ROUND: 'back' },
    });
    expect(ready).toBe(true);
    expect(revision).toMatch(/^web-00002-/);
    expect(at(service, 'metadata', 'generation')).toBe(2);
    expect(at(service, 'metadata', 'creationTimestamp')).toBe(at(before, 'metadata', 'creationTimestamp'));
    expect((await visit(plane, url, { token: idToken })).text).toContain(revision);
  });

  it('back, takes policies one after the other as before', async () => {
    clock.set(-3);
    for (const member of ['user:bob@example.com', 'user:carol@example.com']) {
      await grant(plane, onService(P, 'web'), member, 'roles/run.invoker');
    }
    const policy = await rest.ok(OWNER, 'GET', `${onService(P, 'web').url}:getIamPolicy`);
    expect(listAt(policy, 'bindings', 0, 'members')).toEqual(
      expect.arrayContaining(['user:alice@example.com', 'user:bob@example.com', 'user:carol@example.com']),
    );
  });

  it('back, logs at the time that it is there, and finds that', async () => {
    clock.set(-3);
    await rest.ok(OWNER, 'POST', ACCOUNTS, { accountId: 'made-back' });
    const entries = await logged(rest, P, 'protoPayload.methodName:"CreateServiceAccount"');
    const times = entries.map((entry) => Date.parse(String(at(entry, 'timestamp'))));
    expect(times.some((time) => time < Date.now() - 2 * 3_600_000)).toBe(true);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('ahead, lets tokens expire, and makes new ones', async () => {
    clock.set(3);
    expect((await rest.call({ token }, 'GET', ACCOUNTS)).status).toBe(401);
    expect((await rest.call({ token: await plane.token(OWNER) }, 'GET', ACCOUNTS)).status).toBe(200);
    expect((await visit(plane, url, { token: idToken })).status).toBe(401);
  });

  it('right again, and started anew, serves what it served', async () => {
    clock.set(0);
    await plane.kill();
    clock.set(-1);
    await plane.restart({ env: clock.env });
    expect((await visit(plane, url, { token: idToken })).status).toBe(200);
    expect(at(await rest.ok({ token }, 'GET', servicePath(P, 'web')), 'metadata', 'generation')).toBe(2);
  });
});
