/** Images pushed and services deployed by plain HTTP, for tests in which gcloud and skopeo are not the point. */
import { randomBytes } from 'node:crypto';
import { type BuiltImage, pushImage } from '../../src/registry/index.js';
import { appImage } from './app.js';
import { newProject, newRepository, type PolicyTarget } from './policies.js';
import { at, listAt, type Rest } from './rest.js';
import { OWNER, REGION } from './world.js';

const KNATIVE = `${REGION}-run.googleapis.com/apis/serving.knative.dev/v1/namespaces`;

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

/** One project with Cloud Run and a repository in which the app lies. @returns the app's image, without a tag */
export async function appProject(rest: Rest, project: string): Promise<string> {
  await newProject(rest.plane, project, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
  await newRepository(rest.plane, project, 'images');
  const image = `${REGION}-docker.pkg.dev/${project}/images/app`;
  await pushDirect(rest, OWNER, await appImage(), `${image}:latest`);
  return image;
}

/** Where a service's policy lies. */
export const onService = (project: string, service: string): PolicyTarget => ({
  url: `run.googleapis.com/v1/projects/${project}/locations/${REGION}/services/${service}`,
  read: 'GET',
});

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

/** What gcloud puts into each deploy's template, so that even the same one makes a new revision. */
const nonce = () => ({ 'client.knative.dev/nonce': randomBytes(5).toString('hex') });

/** Creates the service, or replaces it when it is there, and waits for the operation. */
export async function deployed(rest: Rest, asked: Wanted, member = OWNER): Promise<Deployed> {
  const wanted = { ...asked, template: { labels: nonce(), ...asked.template } };
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

/** Log entries of a project that fit a filter, the oldest first. */
export async function logged(rest: Rest, project: string, filter: string): Promise<readonly unknown[]> {
  const answer = await rest.ok(OWNER, 'POST', 'logging.googleapis.com/v2/entries:list', {
    resourceNames: [`projects/${project}`],
    filter,
    orderBy: 'timestamp asc',
    pageSize: 1000,
  });
  return listAt(answer, 'entries');
}

/** The service's URL that is printed after a deploy. */
export function urlOf(service: unknown): string {
  const urls: unknown = JSON.parse(String(at(service, 'metadata', 'annotations', 'run.googleapis.com/urls')));
  return String(at(urls, 0));
}
