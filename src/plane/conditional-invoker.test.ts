import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AccessControl, openAccess } from '../access/index.js';
import type { ServiceRecord } from '../deployments/index.js';
import { type Identity, openIdentity } from '../identity/index.js';
import { createIngress } from '../ingress/index.js';
import { runResourceName } from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const HOST = 'web-111111111111.us-central1.run.app';
const INVOKER = 'roles/run.invoker';
const SERVICE = {
  project: 'myproject-a',
  projectNumber: '111111111111',
  location: 'us-central1',
  name: 'web',
  traffic: [],
  spec: { ingress: 'all', invokerIamDisabled: false, customAudiences: [] },
} as unknown as ServiceRecord;

let store: Store;
let access: AccessControl;
let identity: Identity;
/** Asks for a path as the door hands requests over, and gives the status: 404 once the service has been reached. */
let ask: (path: string, member?: 'alice' | 'bob') => Promise<number>;
let close: () => Promise<unknown>;

beforeEach(async () => {
  store = openSqlite(':memory:');
  access = openAccess({ store, accountExists: async () => true });
  identity = await openIdentity({ store, clock: () => NOW });
  await store.commit(
    access.projects.creation({
      projectId: 'myproject-a',
      number: '111111111111',
      name: '',
      state: 'ACTIVE',
      createTime: NOW.toISOString(),
      labels: {},
      services: { 'run.googleapis.com': NOW.toISOString() },
    }),
  );
  const ingress = createIngress({
    deployments: { find: () => SERVICE, acquire: async () => undefined } as never,
    access,
    identity,
    log: { append: () => undefined } as never,
    clock: () => NOW,
    onError: (error) => {
      throw error;
    },
  });
  const server = createServer((request, response) => {
    // In the direct form the host comes first in the path.
    const url = (request.url ?? '').slice(`/${HOST}`.length);
    const context = { host: HOST, url, baseUrl: '', direct: true, callerIp: '127.0.0.1' };
    void ingress.handle(request, response, context);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${HOST}`;
  ask = async (path, member) => {
    const principal = { kind: 'user', email: `${member}@example.com` } as const;
    const headers: Record<string, string> = member
      ? { authorization: `Bearer ${await identity.mintIdToken(principal, `https://${HOST}`)}` }
      : {};
    const response = await fetch(base + path, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
});
afterEach(async () => {
  await close();
  await store.close();
});

const grant = (member: string, expression: string) =>
  access.setPolicy(
    runResourceName('service', 'myproject-a', 'us-central1', 'web'),
    {
      version: 3,
      bindings: [{ role: INVOKER, members: [member], condition: { title: 'some', expression } }],
    },
    NOW,
  );

it('a grant under a condition on request.path opens those paths and no others', async () => {
  await grant('user:alice@example.com', 'request.path.startsWith("/public")');
  expect(await ask('/public/index.html?next=/private', 'alice')).toBe(404);
  expect(await ask('/private?next=/public', 'alice')).toBe(403);
  expect(await ask('/public/index.html', 'bob')).toBe(403);
  expect(await ask('/public/index.html')).toBe(403);
});

it('a part of a service is open to all by a condition, and by its host', async () => {
  await grant('allUsers', `request.host == "${HOST}" && request.path.startsWith("/public")`);
  expect(await ask('/public')).toBe(404);
  expect(await ask('/private')).toBe(403);
});
