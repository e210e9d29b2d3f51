/** Projects, repositories, services and policies made by REST calls, for tests in which gcloud is not the point. */
import { setTimeout as delay } from 'node:timers/promises';
import { type BuiltImage, pushImage } from '../../src/registry/index.js';
import { at, listAt, type Rest } from './rest.js';
import { OWNER, REGION } from './world.js';

const PROJECTS = 'cloudresourcemanager.googleapis.com/v1/projects';
const KNATIVE = `${REGION}-run.googleapis.com/apis/serving.knative.dev/v1/namespaces`;
const ARTIFACTS = 'artifactregistry.googleapis.com/v1';

/** Waits for a long-running operation of an API. @throws with its error */
export async function finished(rest: Rest, api: string, operation: unknown): Promise<unknown> {
  let current = operation;
  while (at(current, 'done') !== true) {
    await delay(20);
    current = await rest.ok(OWNER, 'GET', `${api}/${String(at(current, 'name'))}`);
  }
  const error = at(current, 'error', 'message');
  if (error !== undefined) throw new Error(String(error));
  return at(current, 'response');
}

/** Creates a project and enables APIs in it. @returns its number */
export async function makeProject(rest: Rest, project: string, apis: readonly string[]): Promise<string> {
  const created = await rest.ok(OWNER, 'POST', PROJECTS, { projectId: project, name: project });
  await finished(rest, 'cloudresourcemanager.googleapis.com/v1', created);
  for (const api of apis) {
    const target = `serviceusage.googleapis.com/v1/projects/${project}/services/${api}.googleapis.com:enable`;
    await finished(rest, 'serviceusage.googleapis.com/v1', await rest.ok(OWNER, 'POST', target, {}));
  }
  return String(at(await rest.ok(OWNER, 'GET', `${PROJECTS}/${project}`), 'projectNumber'));
}

/** Creates a Docker repository. @returns what image references in it begin with */
export async function makeRepository(rest: Rest, project: string, repository: string): Promise<string> {
  const parent = `projects/${project}/locations/${REGION}`;
  const target = `${ARTIFACTS}/${parent}/repositories?repositoryId=${repository}`;
  await finished(rest, ARTIFACTS, await rest.ok(OWNER, 'POST', target, { format: 'DOCKER' }));
  return `${REGION}-docker.pkg.dev/${project}/${repository}`;
}

/** Pushes over HTTP. @param reference with a tag */
export async function pushDirect(
  rest: Rest,
  member: string,
  image: BuiltImage,
  reference: string,
): Promise<string> {
  const colon = reference.lastIndexOf(':');
  return pushImage({
    registryUrl: rest.plane.url,
    name: reference.slice(0, colon),
    tag: reference.slice(colon + 1),
    token: await rest.token(member),
    image,
  });
}

/** A service as a client describes it. */
export interface Wanted {
  readonly project: string;
  readonly name: string;
  readonly image: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Added to the container, to the template's spec, to the template's metadata, to the service's metadata. */
  readonly container?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly template?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly traffic?: readonly unknown[];
}

export const servicePath = (project: string, name?: string) =>
  `${KNATIVE}/${project}/services${name === undefined ? '' : `/${name}`}`;

/** The Knative Service that says so. */
export function serviceBody(wanted: Wanted): Record<string, unknown> {
  const { project, name, image, env = {}, container, spec, template, metadata, traffic } = wanted;
  const variables = Object.entries(env).map(([key, value]) => ({ name: key, value }));
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, namespace: project, ...metadata },
    spec: {
      template: {
        metadata: { ...template },
        spec: { containers: [{ image, env: variables, ...container }], ...spec },
      },
      ...(traffic === undefined ? {} : { traffic }),
    },
  };
}

/** A service after a deploy has been seen through to its end. */
export interface Deployed {
  readonly service: unknown;
  readonly ready: boolean;
  /** The message of the Ready condition: what gcloud prints when a deploy fails. */
  readonly message: string | undefined;
  readonly revision: string;
  /** The operation's error. */
  readonly error: unknown;
}

/** Creates the service, or replaces it when it is there, and waits for the operation. */
export async function deployed(rest: Rest, wanted: Wanted, member = OWNER): Promise<Deployed> {
  const existing = await rest.call(member, 'GET', servicePath(wanted.project, wanted.name));
  const written =
    existing.status === 404
      ? await rest.ok(member, 'POST', servicePath(wanted.project), serviceBody(wanted))
      : await rest.ok(member, 'PUT', servicePath(wanted.project, wanted.name), serviceBody(wanted));
  return settled(rest, wanted.project, written, member);
}

/** Waits for the operation that a written service names. */
export async function settled(
  rest: Rest,
  project: string,
  written: unknown,
  member = OWNER,
): Promise<Deployed> {
  const operation = await operationEnded(rest, project, operationOf(written), member);
  const service = at(operation, 'response') ?? at(operation, 'metadata');
  const name = String(at(written, 'metadata', 'name'));
  const current = service === undefined ? await rest.ok(member, 'GET', servicePath(project, name)) : service;
  const ready = readyOf(current);
  return {
    service: current,
    ready: at(ready, 'status') === 'True',
    message: at(ready, 'message') === undefined ? undefined : String(at(ready, 'message')),
    revision: String(at(current, 'status', 'latestCreatedRevisionName')),
    error: at(operation, 'error'),
  };
}

export const operationOf = (service: unknown) =>
  String(at(service, 'metadata', 'annotations', 'run.googleapis.com/operation-id'));

export const readyOf = (object: unknown) =>
  listAt(object, 'status', 'conditions').find((condition) => at(condition, 'type') === 'Ready');

/** Waits until an operation has ended. */
export async function operationEnded(
  rest: Rest,
  project: string,
  operation: string,
  member = OWNER,
): Promise<unknown> {
  const target = `${REGION}-run.googleapis.com/v1/projects/${project}/locations/${REGION}/operations/${operation}:wait`;
  for (;;) {
    const answer = await rest.ok(member, 'POST', target, { timeout: '30s' });
    if (at(answer, 'done') === true) return answer;
  }
}

/** A revision, with its conditions. */
export const revision = (rest: Rest, project: string, name: string) =>
  rest.ok(OWNER, 'GET', `${KNATIVE}/${project}/revisions/${name}`);

/** Where the policies of the resources lie. */
export const policyOf = {
  project: (project: string): PolicyPlace => ({
    get: ['POST', `${PROJECTS}/${project}:getIamPolicy`],
    set: `${PROJECTS}/${project}:setIamPolicy`,
  }),
  account: (project: string, email: string): PolicyPlace => {
    const name = `iam.googleapis.com/v1/projects/${project}/serviceAccounts/${email}`;
    return { get: ['POST', `${name}:getIamPolicy`], set: `${name}:setIamPolicy` };
  },
  repository: (project: string, repository: string): PolicyPlace => {
    const name = `${ARTIFACTS}/projects/${project}/locations/${REGION}/repositories/${repository}`;
    return { get: ['GET', `${name}:getIamPolicy`], set: `${name}:setIamPolicy` };
  },
  service: (project: string, name: string): PolicyPlace => {
    const path = `run.googleapis.com/v1/projects/${project}/locations/${REGION}/services/${name}`;
    return { get: ['GET', `${path}:getIamPolicy`], set: `${path}:setIamPolicy` };
  },
};

export interface PolicyPlace {
  readonly get: readonly [string, string];
  readonly set: string;
}

export const readPolicy = (rest: Rest, place: PolicyPlace) =>
  rest.ok(OWNER, place.get[0], place.get[1], place.get[0] === 'POST' ? {} : undefined);

/** Adds one binding to a policy. */
export async function grant(rest: Rest, place: PolicyPlace, role: string, member: string): Promise<void> {
  const policy = await readPolicy(rest, place);
  const bindings = [...listAt(policy, 'bindings'), { role, members: [member] }];
  await rest.ok(OWNER, 'POST', place.set, { policy: { bindings, etag: at(policy, 'etag') } });
}

/** Takes a member out of a role's bindings. */
export async function revoke(rest: Rest, place: PolicyPlace, role: string, member: string): Promise<void> {
  const policy = await readPolicy(rest, place);
  const bindings = listAt(policy, 'bindings').map((binding) =>
    at(binding, 'role') === role
      ? { role, members: listAt(binding, 'members').filter((other) => other !== member) }
      : binding,
  );
  await rest.ok(OWNER, 'POST', place.set, { policy: { bindings, etag: at(policy, 'etag') } });
}
