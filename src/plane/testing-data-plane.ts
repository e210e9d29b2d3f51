/** For tests: what is no method of an API and asks for permissions all the same: the registry, and services themselves. */
import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import type { PermissionType } from '../google/index.js';
import { type AccessTable, type MethodAccess, questionsWhile, unique } from './testing-access.js';
import { PROJECT, REGION } from './testing-bodies.js';
import { type Caller, type Sent, STRANGER, type TestRoutes } from './testing-plane.js';

const REGISTRY = `${REGION}-docker.pkg.dev`;
const IMAGE = `v2/${REGISTRY}/${PROJECT}/repo/app`;
/** The audience of the tokens that `gcloud auth print-identity-token` gets. */
const GCLOUD = '32555940559.apps.googleusercontent.com';

/** A call, by the name that audit logs have for it, or else what it is. */
export interface DataCall {
  readonly host: string;
  readonly name: string;
  readonly make: (plane: TestRoutes, who: Caller) => Promise<Response>;
}

const onRegistry = (name: string, make: DataCall['make']): DataCall => ({
  host: 'LOCATION-docker.pkg.dev',
  name,
  make,
});
const simple = (name: string, verb: string, target: string, sent?: Sent) =>
  onRegistry(name, (plane, who) => plane.fetch(who, verb, target, sent));

/** A call about an upload that the owner has begun. */
const ofUpload = (name: string, verb: string, query = '', sent?: Sent) =>
  onRegistry(name, async (plane, who) => {
    const begun = await plane.fetch('owner', 'POST', `${IMAGE}/blobs/uploads/`);
    const id = begun.headers.get('location')?.split('/').at(-1);
    return plane.fetch(who, verb, `${IMAGE}/blobs/uploads/${id}${query}`, sent);
  });

const BLOB = 'a blob';
const OTHER = 'another blob';
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const octets = { 'content-type': 'application/octet-stream' };

/** A call about a blob, which the owner pushes before. */
const ofBlob = (name: string, verb: string) =>
  onRegistry(name, async (plane, who) => {
    const pushed = { headers: octets, body: OTHER };
    await plane.fetch('owner', 'POST', `${IMAGE}/blobs/uploads/?digest=${digestOf(OTHER)}`, pushed);
    return plane.fetch(who, verb, `${IMAGE}/blobs/${digestOf(OTHER)}`);
  });

/** A call that sends a manifest, or names one by its digest. */
const ofManifest = (name: string, verb: string, reference: string | undefined, sends: boolean) =>
  onRegistry(name, async (plane, who) => {
    // Pushed anew, so that each caller finds it.
    const kept = manifests.get(plane) ?? (await readManifest(plane));
    manifests.set(plane, kept);
    const sent = { headers: { 'content-type': kept.type }, body: kept.body };
    await plane.fetch('owner', 'PUT', `${IMAGE}/manifests/v2`, sent);
    return plane.fetch(who, verb, `${IMAGE}/manifests/${reference ?? kept.digest}`, sends ? sent : {});
  });
const manifests = new WeakMap<TestRoutes, Awaited<ReturnType<typeof readManifest>>>();

async function readManifest(plane: TestRoutes) {
  const answer = await plane.fetch('owner', 'GET', `${IMAGE}/manifests/v1`);
  const body = await answer.text();
  return { body, digest: digestOf(body), type: answer.headers.get('content-type') ?? '' };
}

const MOUNT = `?mount=${digestOf(OTHER)}&from=${REGISTRY}/${PROJECT}/repo/app`;

/** Everybody who is signed in may ask whether there is a registry. */
const PING = simple('/v2/', 'GET', 'v2/');

/** Those that take something away come last. */
export const DATA_CALLS: readonly DataCall[] = [
  simple('/v2/token', 'GET', `v2/token?scope=repository:${REGISTRY}/${PROJECT}/repo/app:pull`),
  simple(
    '/v2/token for pushing',
    'GET',
    `v2/token?scope=repository:${REGISTRY}/${PROJECT}/repo/app:pull,push`,
  ),
  simple('Docker-GetTags', 'GET', `${IMAGE}/tags/list`),
  ofManifest('Docker-GetManifest', 'GET', 'v2', false),
  ofManifest('Docker-HeadManifest', 'HEAD', 'v2', false),
  ofManifest('Docker-PutManifest', 'PUT', 'v2', true),
  ofBlob('Docker-ServeBlob', 'GET'),
  ofBlob('Docker-HeadBlob', 'HEAD'),
  simple('referrers', 'GET', `${IMAGE}/referrers/${digestOf(OTHER)}`),
  simple('Docker-Catalog', 'GET', 'v2/_catalog'),
  simple('Docker-StartUpload', 'POST', `${IMAGE}/blobs/uploads/`),
  simple('Docker-StartUpload that mounts', 'POST', `${IMAGE}/blobs/uploads/${MOUNT}`),
  simple('Docker-CreateOnPush', 'POST', `v2/gcr.io/${PROJECT}/app/blobs/uploads/`),
  ofUpload('upload, its state', 'GET'),
  ofUpload('upload, a chunk', 'PATCH', '', { headers: octets, body: BLOB }),
  ofUpload('Docker-FinishUpload', 'PUT', `?digest=${digestOf(BLOB)}`, { headers: octets, body: BLOB }),
  ofUpload('Docker-CancelUpload', 'DELETE'),
  ofBlob('Docker-DeleteBlob', 'DELETE'),
  ofManifest('Docker-DeleteTag', 'DELETE', 'v2', false),
  ofManifest('Docker-DeleteManifest', 'DELETE', undefined, false),
  { host: 'run.app', name: '/InternalServices.HttpIngress', make: invoke },
];

async function invoke(plane: TestRoutes, who: Caller): Promise<Response> {
  const project = await plane.rooms.access.projects.get(PROJECT);
  const token = await plane.rooms.identity.mintIdToken(STRANGER, GCLOUD);
  const credential: Sent = who === 'stranger' ? { headers: { authorization: `Bearer ${token}` } } : {};
  return plane.fetch(
    who === 'stranger' ? who : 'nobody',
    'GET',
    `web-${project?.number}.${REGION}.run.app/`,
    credential,
  );
}

/** What each of them asks, and the kind of log that it is written to. */
export async function recordDataAccess(plane: TestRoutes): Promise<AccessTable> {
  const found: Record<string, Record<string, MethodAccess>> = {};
  await logEverything(plane);
  for (const call of [PING, ...DATA_CALLS]) {
    const { host, name, make } = call;
    const asked = await questionsWhile(plane, async () => (await make(plane, 'stranger')).arrayBuffer());
    const logged = isLogged(name) ? { type: await loggedAs(plane, name.split(' ', 1)[0] ?? '') } : {};
    const kind = call === PING ? 'authenticated' : 'permission';
    found[host] = { ...found[host], [name]: { kind, ...logged, asked: unique(asked) } };
  }
  return found;
}

/** The audit log tells of images; what is of no one repository, and what makes one, it has no entries of its own for. */
const isLogged = (name: string) =>
  name.startsWith('Docker-') && name !== 'Docker-Catalog' && name !== 'Docker-CreateOnPush';

async function logEverything({ rooms: { access } }: TestRoutes): Promise<void> {
  const resource = `//cloudresourcemanager.googleapis.com/projects/${PROJECT}` as const;
  const { bindings } = (await access.policy(resource)).policy;
  const auditLogConfigs = (['DATA_READ', 'DATA_WRITE'] as const).map((logType) => ({
    logType,
    exemptedMembers: [],
  }));
  await access.setPolicy(
    resource,
    { version: 3, bindings, auditConfigs: [{ service: 'allServices', auditLogConfigs }] },
    new Date(),
  );
}

/** The kind of log that has entries of the method: they are written once the answer is on its way. */
function loggedAs({ rooms: { log } }: TestRoutes, method: string): Promise<PermissionType> {
  const filter = `protoPayload.methodName="${method}"`;
  return vi.waitUntil(async () => {
    const query = { projects: [PROJECT], filter, order: 'asc', pageSize: 1, now: new Date() } as const;
    const [entry] = (await log.query(query)).entries;
    const { authorizationInfo } = (entry?.protoPayload ?? {}) as {
      readonly authorizationInfo?: readonly { readonly permissionType?: PermissionType }[];
    };
    return authorizationInfo?.[0]?.permissionType;
  });
}
