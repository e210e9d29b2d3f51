/**
 * Every route of every API, called by somebody who may nothing: it must refuse. And, to show that this test would see
 * it: with the route's own authorization taken out, the same call must not be refused in the same way.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AccessRule, Api, ApiMethod, HttpBinding } from '../google/index.js';
import { principalOfEmail } from '../names/index.js';
import { pushImage } from '../registry/index.js';
import { Closers } from './closers.js';
import { apisOf, openFrontDoor } from './doors.js';
import { planeOptions } from './options.js';
import { openRooms, type Rooms } from './rooms.js';
import { FOLDER, requestOf, seed, type World } from './testing-routes.js';

vi.setConfig({ hookTimeout: 120_000, testTimeout: 120_000 });

/** An API whose table of rules can be changed under the front door. */
type Pliable = Api & { readonly access: Record<string, AccessRule> };

let dir: string;
let rooms: Rooms;
let apis: readonly Pliable[];
let url: string;
let world: World;
const closers = new Closers();
const tokens: Record<'owner' | 'stranger', string> = { owner: '', stranger: '' };

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-routes-'));
  const options = planeOptions({ dataDir: dir, memory: true, runtime: 'none', onError: () => undefined });
  rooms = await openRooms(options, closers);
  apis = apisOf(rooms).map((api) => ({ ...api, access: { ...api.access } }));
  const door = openFrontDoor(options, rooms, apis, 'secret');
  closers.add(() => door.close());
  const { port } = await door.listen('127.0.0.1', 0);
  url = `http://127.0.0.1:${port}`;
  for (const who of ['owner', 'stranger'] as const) {
    const principal = principalOfEmail(`${who}@example.com`);
    tokens[who] = (await rooms.identity.mintAccessToken(principal)).token;
  }
  await rooms.store.commit([{ op: 'put', key: FOLDER, value: {} }]);
  world = await seed(
    async (verb, target, body) => {
      const { status, json } = await call('owner', verb, target, body);
      if (status !== 200) throw new Error(`${verb} ${target}: ${status} ${JSON.stringify(json)}`);
      return json;
    },
    (image, name, tag) => pushImage({ registryUrl: url, name, tag, token: tokens.owner, image }),
  );
});
afterAll(async () => {
  await closers.close();
  await rm(dir, { recursive: true, force: true });
});
afterEach(() => vi.restoreAllMocks());

async function call(who: 'owner' | 'stranger' | 'nobody', verb: string, target: string, body?: unknown) {
  const answer = await fetch(`${url}/${target}`, {
    method: verb,
    headers: {
      'content-type': 'application/json',
      ...(who === 'nobody' ? {} : { authorization: `Bearer ${tokens[who]}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: JSON.parse(await answer.text()) as unknown };
}

interface Route {
  readonly api: Pliable;
  readonly method: ApiMethod;
  readonly binding: HttpBinding;
  readonly rule: AccessRule | undefined;
}

const routes = (): readonly Route[] =>
  apis.flatMap((api) =>
    api.methods
      .filter(({ implemented }) => implemented !== false)
      .flatMap((method) =>
        method.bindings.map((binding) => ({ api, method, binding, rule: api.access[method.name] })),
      ),
  );

/** What a caller gets from a route. */
function ask(who: 'owner' | 'stranger' | 'nobody', { api, method, binding }: Route) {
  const { url: target, body } = requestOf(api, method, binding, world);
  return call(who, binding.verb, target, body);
}

type Answer = Awaited<ReturnType<typeof ask>>;

/** Some bindings lead to kinds of resources that are not served: nobody gets anything there. */
const isUnserved = ({ json }: Answer): boolean =>
  JSON.stringify(json).includes('"code":501') && JSON.stringify(json).includes('UNIMPLEMENTED');

const nameOf = ({ method, binding }: Route) => `${method.name} (${binding.verb} ${binding.template})`;

/** Gives everybody everything while it runs. */
async function unguarded<T>(run: () => Promise<T>): Promise<T> {
  const { access } = rooms;
  const decide = access.decide.bind(access);
  const owner = principalOfEmail('owner@example.com');
  vi.spyOn(access, 'isGranted').mockResolvedValue(true);
  vi.spyOn(access, 'held').mockImplementation(async (_, permissions) => [...permissions]);
  vi.spyOn(access, 'decide').mockImplementation(async (_, permission, resource, time) => ({
    ...(await decide(owner, permission, resource, time)),
    verdict: 'granted',
  }));
  try {
    return await run();
  } finally {
    vi.restoreAllMocks();
  }
}

describe('the routes', () => {
  it('have a rule each', () => {
    expect(routes().filter(({ rule }) => rule === undefined)).toEqual([]);
  });

  it('let nobody in without a credential, but for those that are public', async () => {
    const open: string[] = [];
    for (const route of routes()) {
      const { status } = await ask('nobody', route);
      if (status !== 401) open.push(nameOf(route));
    }
    expect(open).toEqual(
      routes()
        .filter(({ rule }) => rule?.kind === 'public')
        .map(nameOf),
    );
  });
});

/**
 * Whoever is signed in may read what Google publishes of predefined roles and of resource types; and nobody gets an
 * answer about regional secrets, which are not served.
 */
const THE_SAME_FOR_ALL = new Set([
  'google.iam.admin.v1.IAM.ListRoles (GET /v1/roles)',
  'google.iam.admin.v1.IAM.GetRole (GET /v1/{name=roles/*})',
  'google.iam.admin.v1.IAM.QueryTestablePermissions (POST /v1/permissions:queryTestablePermissions)',
  'google.logging.v2.LoggingServiceV2.ListMonitoredResourceDescriptors (GET /v2/monitoredResourceDescriptors)',
  ...['v1', 'v1beta2'].map(
    (version) =>
      `google.cloud.secretmanager.v1.SecretManagerService.TestIamPermissions (POST /${version}/{resource=projects/*/locations/*/secrets/*}:testIamPermissions)`,
  ),
]);

describe('a route whose handler decides', () => {
  it('gives a stranger something else than who may everything, or whose it is: each of them', async () => {
    const same: string[] = [];
    for (const route of routes()) {
      if (route.rule?.kind !== 'handler' && route.rule?.kind !== 'authenticated') continue;
      const asStranger = await ask('stranger', route);
      const asAnybody = await unguarded(() => ask('stranger', route));
      const asOwner = await ask('owner', route);
      const [stranger, ...others] = [asStranger, asAnybody, asOwner].map((answer) => JSON.stringify(answer));
      if (others.every((other) => other === stranger)) same.push(nameOf(route));
    }
    expect(same.filter((name) => !THE_SAME_FOR_ALL.has(name))).toEqual([]);
  });
});

describe('a route that asks for a permission', () => {
  it('refuses a stranger, and with its check taken out does not: each of them', async () => {
    const wrong: string[] = [];
    const asked: Route[] = [];
    // All of them first: what a call without its check does may take away what another one is about.
    for (const route of routes()) {
      if (route.rule?.kind !== 'permission' || THE_SAME_FOR_ALL.has(nameOf(route))) continue;
      const refused = await ask('stranger', route);
      if (refused.status === 403) asked.push(route);
      else if (!isUnserved(refused)) {
        wrong.push(`${nameOf(route)} answers a stranger ${refused.status} ${JSON.stringify(refused.json)}`);
      }
    }
    for (const route of asked) {
      const { api, method, rule } = route;
      if (rule?.kind !== 'permission') continue;
      api.access[method.name] = { ...rule, checks: () => [] };
      const bypassed = await ask('stranger', route);
      api.access[method.name] = rule;
      if (bypassed.status === 403) {
        wrong.push(`${nameOf(route)} refuses without its check: ${JSON.stringify(bypassed.json)}`);
      }
    }
    expect(asked.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });
});
