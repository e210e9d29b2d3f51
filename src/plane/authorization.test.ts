/**
 * Every route of every API, called by somebody who may nothing: it must refuse. And, to show that this test would see
 * it: with the route's own authorization taken out, the same call must not be refused in the same way.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, nameOf, OWNER, type Route, TestRoutes } from './testing-plane.js';

vi.setConfig({ hookTimeout: 120_000, testTimeout: 120_000 });

let plane: TestRoutes;
beforeAll(async () => {
  plane = await TestRoutes.open();
});
afterAll(() => plane.close());
afterEach(() => vi.restoreAllMocks());

/** Some bindings lead to kinds of resources that are not served: nobody gets anything there. */
const isUnserved = ({ json }: Answer): boolean =>
  JSON.stringify(json).includes('"code":501') && JSON.stringify(json).includes('UNIMPLEMENTED');

/** Gives everybody everything while it runs. */
async function unguarded<T>(run: () => Promise<T>): Promise<T> {
  const { access } = plane.rooms;
  const decide = access.decide.bind(access);
  vi.spyOn(access, 'isGranted').mockResolvedValue(true);
  vi.spyOn(access, 'held').mockImplementation(async (_, permissions) => [...permissions]);
  vi.spyOn(access, 'decide').mockImplementation(async (_, permission, resource, time) => ({
    ...(await decide(OWNER, permission, resource, time)),
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
    expect(plane.routes().filter(({ rule }) => rule === undefined)).toEqual([]);
  });

  it('let nobody in without a credential, but for those that are public', async () => {
    const open: string[] = [];
    for (const route of plane.routes()) {
      const { status } = await plane.ask('nobody', route);
      if (status !== 401) open.push(nameOf(route));
    }
    expect(open).toEqual(
      plane
        .routes()
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
  'google.iam.admin.v1.IAM.LintPolicy (POST /v1/iamPolicies:lintPolicy)',
  'google.iam.admin.v1.IAM.QueryAuditableServices (POST /v1/iamPolicies:queryAuditableServices)',
  'google.logging.v2.LoggingServiceV2.ListMonitoredResourceDescriptors (GET /v2/monitoredResourceDescriptors)',
  ...['v1', 'v1beta2'].map(
    (version) =>
      `google.cloud.secretmanager.v1.SecretManagerService.TestIamPermissions (POST /${version}/{resource=projects/*/locations/*/secrets/*}:testIamPermissions)`,
  ),
]);

/** Headers by which servers behind a proxy, and emulators, are told who calls. */
const CLAIMS = [
  'x-emulator-principal',
  'x-emulator-caller',
  'x-goog-authenticated-user-email',
  'x-forwarded-user',
];

describe('a request that says by itself who sends it', () => {
  it.each(CLAIMS)('is taken for what its credential says: %s', async (header) => {
    const route = plane.routes().find(({ method }) => method.name.endsWith('.Projects.GetProject'));
    if (route === undefined) throw new Error('there is no such method');
    for (const claim of [OWNER.email, `user:${OWNER.email}`, `accounts.google.com:${OWNER.email}`]) {
      expect(await plane.ask('nobody', route, { [header]: claim })).toMatchObject({ status: 401 });
      expect(await plane.ask('stranger', route, { [header]: claim })).toMatchObject({ status: 403 });
    }
    expect(await plane.ask('owner', route)).toMatchObject({ status: 200 });
  });
});

describe('a route whose handler decides', () => {
  it('gives a stranger something else than who may everything, or whose it is: each of them', async () => {
    const same: string[] = [];
    for (const route of plane.routes()) {
      if (route.rule?.kind !== 'handler' && route.rule?.kind !== 'authenticated') continue;
      const asStranger = await plane.ask('stranger', route);
      const asAnybody = await unguarded(() => plane.ask('stranger', route));
      const asOwner = await plane.ask('owner', route);
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
    for (const route of plane.routes()) {
      if (route.rule?.kind !== 'permission' || THE_SAME_FOR_ALL.has(nameOf(route))) continue;
      const refused = await plane.ask('stranger', route);
      if (refused.status === 403) asked.push(route);
      else if (!isUnserved(refused)) {
        wrong.push(`${nameOf(route)} answers a stranger ${refused.status} ${JSON.stringify(refused.json)}`);
      }
    }
    for (const route of asked) {
      const { api, method, rule } = route;
      if (rule?.kind !== 'permission') continue;
      api.access[method.name] = { ...rule, checks: () => [] };
      const bypassed = await plane.ask('stranger', route);
      api.access[method.name] = rule;
      if (bypassed.status === 403) {
        wrong.push(`${nameOf(route)} refuses without its check: ${JSON.stringify(bypassed.json)}`);
      }
    }
    expect(asked.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });
});
