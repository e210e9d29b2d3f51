/** `run deploy`: the calls that gcloud makes on Cloud Run's v1 API, in its order, judged by the same conditions. */
import { randomInt } from 'node:crypto';
import { type GcloudCommand, required } from './gcloud-command.js';
import { type HttpSession, Refused, refusal } from './http-session.js';
import { at, listAt, textAt } from './json.js';
import { printedUrl } from './probe.js';

const KNATIVE = '/apis/serving.knative.dev/v1/namespaces';

interface Target {
  readonly host: string;
  readonly project: string;
  readonly region: string;
  readonly service: string;
  readonly image: string;
}

/** @throws Refused with the refusal, or with the message of the Ready condition */
export async function deploy(command: GcloudCommand, http: HttpSession): Promise<void> {
  const region = required(command, '--region');
  const target: Target = {
    host: `${region}-run.googleapis.com`,
    project: required(command, '--project'),
    region,
    service: command.positional[0] ?? '',
    image: required(command, '--image'),
  };
  const { host, project, service } = target;
  const name = `${KNATIVE}/${project}/services/${service}`;
  await http.try('GET', 'serviceusage.googleapis.com', `/v1/projects/${project}/services/run.googleapis.com`);
  const present = await http.try('GET', host, name);
  if (present.status !== 200 && present.status !== 404) throw refusal(present);
  const isNew = present.status === 404;
  const open = command.flags.has('--allow-unauthenticated');
  if (isNew && !open && !command.flags.has('--no-allow-unauthenticated')) await mayOpen(target, http);
  http.say(
    `Deploying container to Cloud Run service [${service}] in project [${project}] region [${region}]`,
  );
  const written = isNew
    ? await http.call('POST', host, `${KNATIVE}/${project}/services`, newService(target))
    : await http.call('PUT', host, name, nextRevision(present.json, target));
  if (open) await openToAll(target, http);
  judge(await settled(written, target, http), service, http);
}

/** gcloud asks whether the service shall be public when its user may decide so; left alone it takes a no. */
async function mayOpen({ host, project, region, service }: Target, http: HttpSession): Promise<void> {
  const path = `/v1/projects/${project}/locations/${region}/services/${service}:testIamPermissions`;
  await http.call('POST', host, path, { permissions: ['run.services.setIamPolicy'] });
  http.say('This service will require authentication to be invoked.');
}

async function openToAll({ project, region, service }: Target, http: HttpSession): Promise<void> {
  const path = `/v1/projects/${project}/locations/${region}/services/${service}`;
  const policy = await http.call('GET', 'run.googleapis.com', `${path}:getIamPolicy`);
  const bindings = [...listAt(policy, 'bindings'), { role: 'roles/run.invoker', members: ['allUsers'] }];
  await http.call('POST', 'run.googleapis.com', `${path}:setIamPolicy`, {
    policy: { bindings, etag: at(policy, 'etag') },
  });
}

const CLIENT = { 'run.googleapis.com/client-name': 'sekisho-demo' };

/** Ten letters; a new value makes a new revision due. */
function nonce(): { 'client.knative.dev/nonce': string } {
  const letters = Array.from({ length: 10 }, () => String.fromCharCode(97 + randomInt(26)));
  return { 'client.knative.dev/nonce': letters.join('') };
}

function newService({ project, service, image }: Target): unknown {
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: service, namespace: project, labels: {}, annotations: CLIENT },
    spec: {
      template: {
        metadata: { annotations: CLIENT, labels: nonce() },
        spec: { containers: [{ image, name: '' }], nodeSelector: {} },
      },
    },
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

const objectAt = (value: unknown, ...path: readonly (string | number)[]): JsonObject => {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null ? (found as JsonObject) : {};
};

/** The whole service as it was read, with another image and another nonce: what gcloud sends. */
function nextRevision(service: unknown, { image }: Target): unknown {
  const template = objectAt(service, 'spec', 'template');
  const { name: _, ...metadata } = objectAt(template, 'metadata');
  const [first, ...others] = listAt(template, 'spec', 'containers');
  return {
    ...objectAt(service),
    spec: {
      ...objectAt(service, 'spec'),
      template: {
        ...template,
        metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), ...nonce() } },
        spec: { ...objectAt(template, 'spec'), containers: [{ ...objectAt(first), image }, ...others] },
      },
    },
  };
}

/** Waits for the operation that the service names, and gives the service as it then is. */
async function settled(service: unknown, target: Target, http: HttpSession): Promise<unknown> {
  if (readyOf(service).status === 'True') return service;
  const operation = textAt(service, 'metadata', 'annotations', 'run.googleapis.com/operation-id');
  const path = `/v1/projects/${target.project}/locations/${target.region}/operations/${operation}:wait`;
  for (;;) {
    const current = await http.call('POST', target.host, path, { timeout: '30s' });
    if (at(current, 'done') !== true) continue;
    const message = at(current, 'error', 'message');
    if (message !== undefined) throw new Refused(String(message));
    return at(current, 'response');
  }
}

function readyOf(service: unknown): { readonly status: unknown; readonly message: unknown } {
  const ready = listAt(service, 'status', 'conditions').find(
    (condition) => at(condition, 'type') === 'Ready',
  );
  return { status: at(ready, 'status'), message: at(ready, 'message') };
}

function judge(service: unknown, name: string, http: HttpSession): void {
  const { status, message } = readyOf(service);
  if (status !== 'True')
    throw new Refused(typeof message === 'string' ? message : 'the service is not ready');
  const revision = textAt(service, 'status', 'latestReadyRevisionName');
  const percent = listAt(service, 'status', 'traffic')
    .filter((traffic) => at(traffic, 'latestRevision') === true || at(traffic, 'revisionName') === revision)
    .reduce<number>((sum, traffic) => sum + Number(at(traffic, 'percent') ?? 0), 0);
  http.say(
    `Service [${name}] revision [${revision}] has been deployed and is serving ${percent} percent of traffic.`,
  );
  http.say(`Service URL: ${printedUrl(service)}`);
}
