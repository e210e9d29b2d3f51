/** A Knative Service as clients send it, parsed into what the deployments room stores. Nothing is ignored silently. */
import {
  type Container,
  DEFAULTS,
  defaultTemplate,
  type EnvVar,
  type Probe,
  parseCpu,
  parseMemory,
  type ServiceSpec,
  type Template,
  type TrafficTarget,
} from '../../deployments/index.js';
import { badField, type JsonValue } from '../../google/index.js';
import { defaultComputeAccount, isEmail, isRevisionName } from '../../names/index.js';
import { keepAnnotations, MAX_SCALE, MIN_SCALE, scaleOf } from './annotations.js';
import { Fields } from './fields.js';

export interface ParsedService {
  readonly name: string;
  /** `metadata.namespace`: a project id or number; empty when left out. */
  readonly namespace: string;
  readonly resourceVersion: string | undefined;
  readonly spec: ServiceSpec;
}

/** Set by Cloud Run itself (docs "Container runtime contract"). */
const RESERVED_ENV = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'];
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
/** As https://cloud.google.com/run/docs/configuring/services/labels has it, with Kubernetes' prefix before a slash. */
const LABEL_KEY = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const SERVER_METADATA = [
  'uid',
  'generation',
  'selfLink',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'clusterName',
] as const;

/**
 * @param body the request's JSON
 * @param projectNumber names the default runtime identity
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseService(body: JsonValue | undefined, projectNumber: string): ParsedService {
  const top = Fields.of(body, '');
  constant(top, 'apiVersion', 'serving.knative.dev/v1');
  constant(top, 'kind', 'Service');
  const metadata = required(top, 'metadata');
  const name = metadata.string('name') ?? '';
  const namespace = metadata.string('namespace') ?? '';
  const resourceVersion = metadata.string('resourceVersion');
  const labels = parseLabels(metadata);
  const annotations = keepAnnotations(metadata.map('annotations'), 'service', metadata.at('annotations'));
  metadata
    .skip(...SERVER_METADATA)
    .unsupported('finalizers', 'ownerReferences', 'generateName')
    .done();
  const spec = required(top, 'spec');
  const template = parseTemplate(required(spec, 'template'), name, projectNumber);
  const traffic = parseTraffic(spec);
  spec.done();
  top.skip('status').done();
  return { name, namespace, resourceVersion, spec: { labels, annotations, template, traffic } };
}

function required(fields: Fields, name: string): Fields {
  const child = fields.child(name);
  if (!child) throw badField(fields.at(name), 'This field is required.');
  return child;
}

function constant(fields: Fields, name: string, value: string): void {
  const found = fields.string(name);
  if (found !== value) throw badField(fields.at(name), `Expected '${value}' but obtained '${found ?? ''}'.`);
}

function parseLabels(metadata: Fields): Readonly<Record<string, string>> {
  const labels = Object.entries(metadata.map('labels')).filter(
    ([name]) => name !== 'cloud.googleapis.com/location' && name !== 'run.googleapis.com/startupProbeType',
  );
  for (const [name, value] of labels) {
    const path = `${metadata.at('labels')}[${name}]`;
    if (/^(?:run\.googleapis\.com|cloud\.googleapis\.com|serving\.knative\.dev)\//.test(name)) {
      throw badField(path, `The label '${name}' is reserved for the system.`);
    }
    if (!LABEL_KEY.test(name)) {
      throw badField(
        path,
        `Invalid label key '${name}': it must start with a lower-case letter and hold only lower-case letters, digits, dashes and underscores, at most 63.`,
      );
    }
    if (!LABEL_VALUE.test(value)) {
      throw badField(
        path,
        `Invalid label value '${value}': only lower-case letters, digits, dashes and underscores, at most 63.`,
      );
    }
  }
  return Object.fromEntries(labels.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parseTemplate(fields: Fields, service: string, projectNumber: string): Template {
  const metadata = fields.child('metadata');
  const revisionName = metadata?.string('name');
  const labels = metadata ? parseLabels(metadata) : {};
  const annotations = {
    // Cloud Run writes the default maximum into the template; it must not look like a change when it comes back.
    [MAX_SCALE]: String(DEFAULTS.maxInstances),
    ...(metadata && keepAnnotations(metadata.map('annotations'), 'template', metadata.at('annotations'))),
  };
  metadata?.skip('namespace', 'creationTimestamp').done();
  if (revisionName !== undefined && revisionName !== '' && !isRevisionName(revisionName, service)) {
    throw badField(
      'spec.template.metadata.name',
      `Invalid revision name '${revisionName}': must start with '${service}-', hold only lower-case letters, digits and dashes, and be at most 63 characters.`,
    );
  }
  const spec = required(fields, 'spec');
  fields.done();
  const containers = spec.objects('containers');
  const [first] = containers;
  if (!first) throw badField('spec.template.spec.containers', 'At least one container is required.');
  if (containers.length > 1)
    throw badField('spec.template.spec.containers', 'More than one container is not supported.');
  const serviceAccount = spec.string('serviceAccountName');
  if (serviceAccount !== undefined && serviceAccount !== '' && !isEmail(serviceAccount)) {
    throw badField(
      'spec.template.spec.serviceAccountName',
      `'${serviceAccount}' is no service account's address.`,
    );
  }
  const concurrency = spec.integer('containerConcurrency', 0, 1000);
  const template: Template = {
    ...(revisionName === undefined || revisionName === '' ? {} : { revisionName }),
    labels,
    annotations,
    serviceAccount: serviceAccount || defaultComputeAccount(projectNumber),
    concurrency: concurrency === undefined || concurrency === 0 ? DEFAULTS.concurrency : concurrency,
    timeoutSeconds: spec.integer('timeoutSeconds', 1, 3600) ?? DEFAULTS.timeoutSeconds,
    minInstances: scaleOf(annotations, MIN_SCALE, 0, 0),
    maxInstances: scaleOf(annotations, MAX_SCALE, DEFAULTS.maxInstances, 1),
    container: parseContainer(first, service),
  };
  spec
    .unsupported('volumes', 'nodeSelector', 'imagePullSecrets', 'runtimeClassName', 'enableServiceLinks')
    .done();
  if (template.minInstances > template.maxInstances) {
    throw badField(
      `spec.template.metadata.annotations[${MIN_SCALE}]`,
      'minScale must not be greater than maxScale.',
    );
  }
  return template;
}

function parseContainer(fields: Fields, service: string): Container {
  const image = fields.string('image') ?? '';
  if (image === '') throw badField(fields.at('image'), 'An image is required.');
  const base = defaultTemplate(service, image, '').container;
  const port = parsePort(fields);
  const workingDir = fields.string('workingDir');
  const startupProbe = parseProbe(fields.child('startupProbe'), port);
  const container: Container = {
    name: fields.string('name') || base.name,
    image,
    command: fields.strings('command'),
    args: fields.strings('args'),
    env: parseEnv(fields),
    port,
    ...parseResources(fields, base),
    ...(workingDir === undefined || workingDir === '' ? {} : { workingDir }),
    ...(startupProbe === undefined ? {} : { startupProbe }),
  };
  fields
    .unsupported('volumeMounts', 'livenessProbe', 'readinessProbe', 'envFrom', 'securityContext', 'dependsOn')
    .skip('imagePullPolicy', 'terminationMessagePath', 'terminationMessagePolicy')
    .done();
  return container;
}

function parsePort(fields: Fields): number {
  const [first, ...others] = fields.objects('ports');
  if (others.length > 0) throw badField(fields.at('ports'), 'Only one port may be given.');
  if (!first) return DEFAULTS.port;
  const port = first.integer('containerPort', 1, 65535) ?? DEFAULTS.port;
  const name = first.string('name') ?? '';
  if (name !== '' && name !== 'http1')
    throw badField(first.at('name'), `The port name '${name}' is not supported: use 'http1'.`);
  const protocol = first.string('protocol') ?? 'TCP';
  if (protocol !== 'TCP')
    throw badField(first.at('protocol'), `The protocol '${protocol}' is not supported: use 'TCP'.`);
  first.done();
  return port;
}

function parseResources(fields: Fields, base: Container): Pick<Container, 'cpu' | 'memory'> {
  const resources = fields.child('resources');
  const limits = resources?.child('limits');
  const cpu = limits?.string('cpu') ?? base.cpu;
  const memory = limits?.string('memory') ?? base.memory;
  limits?.done();
  resources?.unsupported('requests').done();
  const cores = parseCpu(cpu);
  if (cores === undefined || cores < 0.08 || cores > 8) {
    throw badField(
      `${fields.at('resources')}.limits.cpu`,
      `Invalid value specified for cpu: '${cpu}'. It must be between 0.08 and 8.`,
    );
  }
  const bytes = parseMemory(memory);
  if (bytes === undefined || bytes < 128 * 2 ** 20 || bytes > 32 * 2 ** 30) {
    throw badField(
      `${fields.at('resources')}.limits.memory`,
      `Invalid value specified for memory: '${memory}'. It must be between 128Mi and 32Gi.`,
    );
  }
  return { cpu, memory };
}

function parseEnv(fields: Fields): readonly EnvVar[] {
  const env = fields.objects('env').map((entry): EnvVar => {
    const name = entry.string('name') ?? '';
    if (!/^[^=\0]+$/.test(name))
      throw badField(entry.at('name'), `'${name}' is no name of an environment variable.`);
    const value = entry.string('value');
    const from = entry.child('valueFrom');
    entry.done();
    if (!from) return { name, value: value ?? '' };
    if (value !== undefined && value !== '')
      throw badField(entry.at('valueFrom'), 'May not be specified when `value` is not empty.');
    const reference = required(from, 'secretKeyRef');
    from.done();
    const secret = { name: reference.string('name') ?? '', version: reference.string('key') ?? 'latest' };
    if (secret.name === '') throw badField(reference.at('name'), 'This field is required.');
    reference.skip('optional').done();
    return { name, secret };
  });
  const reserved = env.filter((entry) => RESERVED_ENV.includes(entry.name)).map((entry) => entry.name);
  if (reserved.length > 0) {
    throw badField(
      fields.at('env'),
      `The following reserved env names were provided: ${reserved.join(', ')}. These values are automatically set by the system.`,
    );
  }
  const twice = env.find((entry, index) => env.findIndex((other) => other.name === entry.name) !== index);
  if (twice)
    throw badField(fields.at('env'), `The environment variable '${twice.name}' is given more than once.`);
  return env;
}

/**
 * A startup probe (https://cloud.google.com/run/docs/reference/rest/v1/Container#Probe: at most 240 s each, and no
 * attempt may outlast its period). The default probe, as describe answers it and clients send it back, is the same as none.
 */
function parseProbe(fields: Fields | undefined, port: number): Probe | undefined {
  if (!fields) return undefined;
  const timing = {
    initialDelaySeconds: fields.integer('initialDelaySeconds', 0, 240) ?? 0,
    timeoutSeconds: fields.integer('timeoutSeconds', 1, 240) ?? 1,
    periodSeconds: fields.integer('periodSeconds', 1, 240) ?? 10,
    failureThreshold: fields.integer('failureThreshold', 1, 240) ?? 3,
  };
  if (timing.timeoutSeconds > timing.periodSeconds) {
    throw badField(fields.at('timeoutSeconds'), 'timeoutSeconds must not be greater than periodSeconds.');
  }
  const tcp = fields.child('tcpSocket');
  const http = fields.child('httpGet');
  fields.unsupported('grpc', 'exec').skip('successThreshold').done();
  if (!tcp && !http) throw badField(fields.path, 'One of tcpSocket and httpGet is required.');
  if (tcp && http) throw badField(fields.path, 'Only one of tcpSocket and httpGet may be given.');
  if (tcp) {
    const check = { kind: 'tcp', port: tcp.integer('port', 1, 65535) ?? port } as const;
    tcp.unsupported('host').done();
    const isDefault =
      timing.initialDelaySeconds === 0 &&
      timing.timeoutSeconds === 240 &&
      timing.periodSeconds === 240 &&
      timing.failureThreshold === 1;
    return isDefault ? undefined : { ...timing, check };
  }
  const headers = Object.fromEntries(
    (http?.objects('httpHeaders') ?? []).map((header) => [
      header.string('name') ?? '',
      header.string('value') ?? '',
    ]),
  );
  const check = {
    kind: 'http',
    port: http?.integer('port', 1, 65535) ?? port,
    path: http?.string('path') ?? '/',
    headers,
  } as const;
  http?.unsupported('host', 'scheme').done();
  if (!check.path.startsWith('/'))
    throw badField(`${fields.at('httpGet')}.path`, 'The path must start with /.');
  return { ...timing, check };
}

function parseTraffic(spec: Fields): readonly TrafficTarget[] {
  const targets = spec.objects('traffic').map((target): TrafficTarget => {
    const latest = target.boolean('latestRevision') ?? false;
    const name = target.string('revisionName') ?? '';
    const percent = target.integer('percent', 0, 100) ?? 0;
    const tag = target.string('tag') ?? '';
    target.skip('url').done();
    if (latest === (name !== ''))
      throw badField(target.path, 'Exactly one of latestRevision and revisionName must be given.');
    if (tag !== '' && !/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(tag))
      throw badField(target.at('tag'), `Invalid tag '${tag}'.`);
    return { percent, revision: latest ? { latest: true } : { name }, ...(tag === '' ? {} : { tag }) };
  });
  if (targets.length === 0) return [{ percent: 100, revision: { latest: true } }];
  for (const [index, { tag }] of targets.entries()) {
    if (tag !== undefined && targets.findIndex((other) => other.tag === tag) !== index)
      throw badField(`spec.traffic[${index}].tag`, `The tag '${tag}' is given more than once.`);
  }
  const sum = targets.reduce((total, target) => total + target.percent, 0);
  if (sum !== 100)
    throw badField('spec.traffic', `Traffic targets must add up to 100 percent, but add up to ${sum}.`);
  return targets;
}
