import { describe, expect, it } from 'vitest';
import type { Step } from '../../checkpoint/index.js';
import { type CliContext, createContext } from '../context.js';
import { type Api, type Call, requireAllowed } from './apply/api.js';
import { apply, changesOf } from './apply/apply.js';
import { googleApi } from './apply/senders.js';
import { makeOnceConfirmed } from './make.js';

const PROJECT = '//cloudresourcemanager.googleapis.com/projects/p';
const STEPS: readonly Step[] = [
  { kind: 'enable-api', project: 'p', api: 'run.googleapis.com' },
  { kind: 'create-role', project: 'p', role: 'projects/p/roles/r_1', permissions: ['run.jobs.get'] },
  grant('user:alice@example.com'),
  grant('user:bob@example.com'),
];

function grant(member: string): Step {
  return {
    kind: 'grant',
    member,
    role: 'projects/p/roles/r_1',
    resource: PROJECT,
    permissions: [],
    mends: [],
  };
}

/** Google, as far as a policy and an operation go. */
function google(over: (call: Call) => { status: number; body: object } | undefined = () => undefined) {
  const calls: Call[] = [];
  let policy: object = {
    etag: 'one',
    auditConfigs: [{ service: 'allServices' }],
    bindings: [{ role: 'roles/owner', members: ['user:o@example.com'] }],
  };
  let looks = 0;
  const api: Api = async (call) => {
    requireAllowed(call);
    calls.push(call);
    const answer = over(call);
    if (answer) return { status: answer.status, body: { ...answer.body } };
    if (call.path.endsWith(':setIamPolicy')) policy = (call.body?.policy as object | undefined) ?? policy;
    if (call.path.endsWith('IamPolicy')) return { status: 200, body: { ...policy } };
    if (call.path.endsWith(':enable')) return { status: 200, body: { name: 'operations/1' } };
    if (call.path.includes('/operations/'))
      return { status: 200, body: { name: 'operations/1', done: ++looks > 1 } };
    return { status: 200, body: {} };
  };
  return {
    api,
    calls,
    policy: () => policy,
    wrote: () => calls.filter(({ path }) => path.endsWith(':setIamPolicy')),
  };
}

function terminal(typed: string) {
  let said = '';
  const write = (text: string) => {
    said += text;
  };
  const stdin = Object.assign(
    (async function* () {
      yield typed;
    })(),
    { isTTY: true },
  );
  const context: CliContext = createContext([], { env: {}, stdin, stdout: { write }, stderr: { write } });
  return { context, said: () => said };
}

describe('making fixes on Google Cloud', () => {
  it('shows every change and waits for the word', async () => {
    const cloud = google();
    const { context, said } = terminal('yes\n');
    const applied = await makeOnceConfirmed(changesOf(STEPS), cloud.api, context, 0);
    expect(said()).toContain('+ enable-api run.googleapis.com in p\n+ create-role projects/p/roles/r_1\n');
    expect(said()).toContain(
      `--- ${PROJECT}\n+++ ${PROJECT}\n@@ -1 +3 @@\n roles/owner user:o@example.com\n+projects/p/roles/r_1 user:alice@example.com\n+projects/p/roles/r_1 user:bob@example.com\n`,
    );
    expect(applied?.done).toHaveLength(3);
    expect(cloud.policy()).toEqual({
      etag: 'one',
      version: 3,
      auditConfigs: [{ service: 'allServices' }],
      bindings: [
        { role: 'roles/owner', members: ['user:o@example.com'] },
        { role: 'projects/p/roles/r_1', members: ['user:alice@example.com', 'user:bob@example.com'] },
      ],
    });
    expect(cloud.wrote()).toHaveLength(1);
  });

  it.each(['no\n', 'y\n', 'YES\n', '\n', ''])('changes nothing after %j', async (typed) => {
    const cloud = google();
    const { context, said } = terminal(typed);
    expect(await makeOnceConfirmed(changesOf(STEPS), cloud.api, context)).toBeUndefined();
    expect(said()).toContain('Nothing was changed.');
    expect(cloud.calls.every(({ path }) => path.endsWith(':getIamPolicy'))).toBe(true);
  });

  it('asks nobody about what it could not show', async () => {
    const denied = {
      status: 403,
      body: { error: { message: 'resourcemanager.projects.getIamPolicy denied' } },
    };
    const cloud = google(() => denied);
    const { context } = terminal('yes\n');
    await expect(makeOnceConfirmed(changesOf(STEPS), cloud.api, context)).rejects.toThrow(
      'getIamPolicy denied',
    );
    expect(cloud.wrote()).toEqual([]);
  });

  it('reads and writes again when somebody else was quicker, but not for ever', async () => {
    let conflicts = 2;
    const aborted = { status: 409, body: { error: { message: 'concurrent policy changes' } } };
    const once = google(({ path }) =>
      path.endsWith(':setIamPolicy') && conflicts-- > 0 ? aborted : undefined,
    );
    const [change] = changesOf([grant('user:alice@example.com')]);
    const changes = change ? [change] : [];
    expect((await apply(changes, once.api, 0)).done).toEqual(changes);
    const always = google(({ path }) => (path.endsWith(':setIamPolicy') ? aborted : undefined));
    expect(await apply(changes, always.api, 0)).toMatchObject({
      done: [],
      failed: { why: 'concurrent policy changes' },
    });
  });

  it('says what was done and what not when it fails halfway', async () => {
    const cloud = google(({ path }) => (path.endsWith('/roles') ? { status: 403, body: {} } : undefined));
    expect(await apply(changesOf(STEPS), cloud.api, 0)).toMatchObject({
      done: [{ what: 'run.googleapis.com in p' }],
      failed: { change: { what: 'projects/p/roles/r_1' }, why: 'HTTP 403' },
      notTried: [{ what: PROJECT }],
    });
  });

  it('takes a role that is there for its own only when it holds the same', async () => {
    const there = (held: readonly string[]) =>
      google(({ path, verb }) => {
        if (path.endsWith('/roles')) return { status: 409, body: {} };
        return verb === 'GET' && path.includes('/roles/')
          ? { status: 200, body: { includedPermissions: held } }
          : undefined;
      });
    const changes = changesOf(STEPS.slice(1, 2));
    expect((await apply(changes, there(['run.jobs.get']).api, 0)).unchanged).toEqual(changes);
    expect((await apply(changes, there(['run.jobs.delete']).api, 0)).failed?.why).toContain('does not hold');
  });

  it('sends nothing but what fixes are made of', async () => {
    const sent: string[] = [];
    const api = googleApi({
      credentials: {
        token: async (fresh) => (fresh ? 'new' : 'old'),
        quotaProject: async () => 'q',
        email: async () => undefined,
      },
      transport: async ({ url }, headers) => {
        sent.push(`${url.href} ${headers.authorization} ${headers['x-goog-user-project']}`);
        return { status: headers.authorization === 'Bearer old' ? 401 : 200, body: '{"a":1}', headers: {} };
      },
    });
    const call = {
      verb: 'POST',
      host: 'run.googleapis.com',
      path: '/v2/projects/p/locations/l/services/s:setIamPolicy',
    } as const;
    expect(await api(call)).toEqual({ status: 200, body: { a: 1 } });
    expect(sent).toEqual([
      'https://run.googleapis.com/v2/projects/p/locations/l/services/s:setIamPolicy Bearer old q',
      'https://run.googleapis.com/v2/projects/p/locations/l/services/s:setIamPolicy Bearer new q',
    ]);
    for (const path of ['/v2/projects/p/locations/l/services', '/v2/projects/p/locations/l/services/s']) {
      await expect(api({ ...call, path })).rejects.toThrow('no fix makes the call');
    }
    await expect(
      api({ ...call, host: 'evil.example', path: '/v2/projects/p:setIamPolicy' }),
    ).rejects.toThrow();
  });
});
