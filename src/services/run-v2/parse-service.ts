/** A v2 Service as clients send it, parsed into what the deployments room stores. Nothing is ignored silently. */
import {
  DEFAULTS,
  type ExecutionEnvironment,
  type Ingress,
  type LaunchStage,
  type ServiceSpec,
  type Template,
  type TrafficTarget,
} from '../../deployments/index.js';
import { ServiceSchema } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { badField, type JsonObject } from '../../google/index.js';
import { defaultComputeAccount, isEmail, isRevisionName } from '../../names/index.js';
import { type ContainerDialect, parseContainers } from '../run/container.js';
import { asInProtos, Fields } from '../run/fields.js';
import { inOrder, isSystemName, parseLabels } from '../run/labels.js';
import { parseTraffic } from '../run/traffic.js';
import { UNSUPPORTED } from '../run/unsupported.js';
import { outputOnly } from './mask.js';

const INGRESS: Readonly<Record<string, Ingress>> = {
  INGRESS_TRAFFIC_ALL: 'all',
  INGRESS_TRAFFIC_INTERNAL_ONLY: 'internal',
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: 'internal-and-load-balancer',
};
const STAGES: Readonly<Record<string, LaunchStage>> = { ALPHA: 'ALPHA', BETA: 'BETA', GA: 'GA' };
const ENVIRONMENTS: Readonly<Record<string, ExecutionEnvironment>> = {
  EXECUTION_ENVIRONMENT_GEN1: 'gen1',
  EXECUTION_ENVIRONMENT_GEN2: 'gen2',
};
/** "This field currently has a 512-character limit." */
const LONGEST_DESCRIPTION = 512;

/** What the parse needs to know beside the request. */
export interface ServiceContext {
  /** The service's name. */
  readonly name: string;
  readonly projectNumber: string;
  /** The request's type, which refusals begin with. */
  readonly request: string;
  /** The template as it is: what v2 cannot say of it stays. */
  readonly template: Template | undefined;
}

/**
 * @param service the message's JSON form
 * @throws INVALID_ARGUMENT naming the field, e.g. `Violation in CreateServiceRequest.service.template.timeout`
 */
export function parseService(service: JsonObject, context: ServiceContext): ServiceSpec {
  const fields = Fields.of(service, `Violation in ${context.request}.service`, asInProtos);
  const description = fields.string('description') ?? '';
  if (description.length > LONGEST_DESCRIPTION)
    throw badField(fields.at('description'), `maximum length is ${LONGEST_DESCRIPTION} characters.`);
  const spec: ServiceSpec = {
    labels: parseLabels(fields),
    annotations: parseAnnotations(fields),
    description,
    client: { name: fields.string('client') ?? '', version: fields.string('clientVersion') ?? '' },
    ingress: choice(fields, 'ingress', INGRESS) ?? 'all',
    launchStage: choice(fields, 'launchStage', STAGES) ?? 'GA',
    customAudiences: fields.strings('customAudiences'),
    invokerIamDisabled: fields.boolean('invokerIamDisabled') ?? false,
    defaultUriDisabled: fields.boolean('defaultUriDisabled') ?? false,
    scaling: { kind: 'automatic', minInstances: 0 },
    template: parseTemplate(fields, context),
    traffic: parseTraffic(fields, revisionOf),
  };
  parseScaling(fields.child('scaling'));
  fields
    .unsupported(...UNSUPPORTED.v2.service)
    .skip(...outputOnly(ServiceSchema), 'etag')
    .done();
  return spec;
}

function choice<T>(fields: Fields, name: string, values: Readonly<Record<string, T>>): T | undefined {
  const text = fields.string(name);
  if (text === undefined) return undefined;
  const value = Object.hasOwn(values, text) ? values[text] : undefined;
  if (value !== undefined) return value;
  throw badField(
    fields.at(name),
    `Invalid value '${text}': must be one of ${Object.keys(values).join(', ')}.`,
  );
}

/** v2 has fields for what v1 says in Google's own annotations. */
function parseAnnotations(fields: Fields): Readonly<Record<string, string>> {
  const annotations = Object.entries(fields.map('annotations'));
  for (const [name] of annotations) {
    if (isSystemName(name))
      throw badField(
        `${fields.at('annotations')}[${name}]`,
        `The annotation '${name}' is reserved for the system: use the field that stands for it.`,
      );
  }
  return inOrder(annotations);
}

/** Instances are scaled by the template's limits; the service's own are not served. */
function parseScaling(scaling: Fields | undefined): void {
  const mode = scaling?.string('scalingMode') ?? 'AUTOMATIC';
  if (scaling !== undefined && mode !== 'AUTOMATIC')
    throw badField(scaling.at('scalingMode'), `The mode '${mode}' is not supported: use AUTOMATIC.`);
  scaling?.unsupported(...UNSUPPORTED.v2.scaling).done();
}

function parseTemplate(service: Fields, { name, projectNumber, template: before }: ServiceContext): Template {
  const fields = service.child('template');
  if (!fields) throw badField(service.at('template'), 'required field not present.');
  const revisionName = parseRevision(fields, name);
  const executionEnvironment = choice(fields, 'executionEnvironment', ENVIRONMENTS);
  const serviceAccount = fields.string('serviceAccount') ?? '';
  if (serviceAccount !== '' && !isEmail(serviceAccount))
    throw badField(fields.at('serviceAccount'), `'${serviceAccount}' is no service account's address.`);
  const template: Template = {
    ...(revisionName === '' ? {} : { revisionName }),
    labels: parseLabels(fields),
    annotations: parseAnnotations(fields),
    client: before?.client ?? { name: '', version: '' },
    ...(executionEnvironment === undefined ? {} : { executionEnvironment }),
    serviceAccount: serviceAccount === '' ? defaultComputeAccount(projectNumber) : serviceAccount,
    concurrency: fields.integer('maxInstanceRequestConcurrency', 1, 1000) ?? DEFAULTS.concurrency,
    timeoutSeconds: parseTimeout(fields),
    ...parseInstances(fields),
    containers: parseContainers(fields, name, DIALECT),
    volumes: [],
    sessionAffinity: false,
    healthCheckDisabled: false,
  };
  fields.unsupported(...UNSUPPORTED.v2.template).done();
  return template;
}

function parseRevision(fields: Fields, service: string): string {
  const name = fields.string('revision') ?? '';
  if (name === '' || isRevisionName(name, service)) return name;
  throw badField(
    fields.at('revision'),
    `Invalid revision name '${name}': must start with '${service}-', hold only lower-case letters, digits and dashes, and be at most 63 characters.`,
  );
}

/** A duration of whole seconds, as proto JSON writes it. */
function parseTimeout(fields: Fields): number {
  const text = fields.string('timeout');
  if (text === undefined) return DEFAULTS.timeoutSeconds;
  const seconds = /^(\d+)s$/.exec(text)?.[1];
  if (seconds === undefined || Number(seconds) === 0)
    throw badField(
      fields.at('timeout'),
      `Invalid value '${text}': expected a positive number of whole seconds.`,
    );
  if (Number(seconds) > 3600) throw badField(fields.at('timeout'), 'maximum allowed time is one hour.');
  return Number(seconds);
}

function parseInstances(template: Fields): Pick<Template, 'minInstances' | 'maxInstances'> {
  const scaling = template.child('scaling');
  const minInstances = scaling?.integer('minInstanceCount', 0, 1000) ?? 0;
  const maxInstances = scaling?.integer('maxInstanceCount', 1, 1000) ?? DEFAULTS.maxInstances;
  scaling?.done();
  if (scaling !== undefined && minInstances > maxInstances)
    throw badField(
      scaling.at('minInstanceCount'),
      'min_instance_count must not be greater than max_instance_count.',
    );
  return { minInstances, maxInstances };
}

const DIALECT: ContainerDialect = {
  secretSource: 'valueSource',
  secret: (reference) => {
    const name = reference.string('secret') ?? '';
    if (name === '') throw badField(reference.at('secret'), 'required field not present.');
    return { name, version: reference.string('version') || 'latest' };
  },
  // "if ResourceRequirements is set, the caller must explicitly set this field to true to preserve the default"
  // (google.cloud.run.v2.ResourceRequirements.cpu_idle).
  cpu: (resources) => ({
    cpuIdle: resources === undefined ? true : (resources.boolean('cpuIdle') ?? false),
    startupCpuBoost: resources?.boolean('startupCpuBoost') ?? false,
  }),
  unsupported: UNSUPPORTED.v2,
  meaningless: ['buildInfo'],
};

const ALLOCATION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_';

function revisionOf(target: Fields): TrafficTarget['revision'] {
  const type = target.string('type') ?? '';
  const revision = target.string('revision') ?? '';
  switch (type) {
    case `${ALLOCATION}LATEST`:
      if (revision !== '') throw badField(target.at('revision'), 'The latest revision goes without a name.');
      return { latest: true };
    case `${ALLOCATION}REVISION`:
      if (revision === '') throw badField(target.at('revision'), 'required field not present.');
      return { name: revision.slice(revision.lastIndexOf('/') + 1) };
    default:
      throw badField(target.at('type'), 'required field not present.');
  }
}
