/** A v2 Service as clients send it, parsed into what the deployments room stores. Nothing is ignored silently. */
import {
  DEFAULTS,
  type Ingress,
  type LaunchStage,
  type ServiceScaling,
  type ServiceSpec,
  type Template,
  type TrafficTarget,
} from '../../deployments/index.js';
import { ServiceSchema } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { badField, type JsonObject } from '../../google/index.js';
import { isRevisionName } from '../../names/index.js';
import { choice } from '../run/choice.js';
import { asInProtos, Fields } from '../run/fields.js';
import { parseInstance } from '../run/instance.js';
import { checkAnnotations, inOrder, isSystemName, parseLabels } from '../run/labels.js';
import { checkTotals, defaultConcurrency } from '../run/resources.js';
import { parseTraffic } from '../run/traffic.js';
import { UNSUPPORTED } from '../run/unsupported.js';
import { V2_DIALECT } from './dialect.js';
import { wholeSeconds } from './duration.js';
import { outputOnly } from './mask.js';

const INGRESS: Readonly<Record<string, Ingress>> = {
  INGRESS_TRAFFIC_ALL: 'all',
  INGRESS_TRAFFIC_INTERNAL_ONLY: 'internal',
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: 'internal-and-load-balancer',
};
const STAGES: Readonly<Record<string, LaunchStage>> = { ALPHA: 'ALPHA', BETA: 'BETA', GA: 'GA' };
const SCALING_MODES = { AUTOMATIC: 'automatic', MANUAL: 'manual' } as const;
/** "This field currently has a 512-character limit." */
const LONGEST_DESCRIPTION = 512;
const LONGEST_REQUEST = { seconds: 3600, text: 'one hour' };

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
  const spec: ServiceSpec = {
    ...parseDescribed(fields),
    description: parseDescription(fields),
    ingress: choice(fields, 'ingress', INGRESS) ?? 'all',
    customAudiences: fields.strings('customAudiences'),
    invokerIamDisabled: fields.boolean('invokerIamDisabled') ?? false,
    defaultUriDisabled: fields.boolean('defaultUriDisabled') ?? false,
    scaling: parseScaling(fields),
    template: parseTemplate(fields, context),
    traffic: parseTraffic(fields, context.name, revisionOf),
  };
  fields
    .unsupported(...UNSUPPORTED.v2.service)
    .skip(...outputOnly(ServiceSchema), 'etag')
    .done();
  return spec;
}

/** Services and worker pools have one, jobs have not. */
export function parseDescription(fields: Fields): string {
  const description = fields.string('description') ?? '';
  if (description.length > LONGEST_DESCRIPTION)
    throw badField(fields.at('description'), `maximum length is ${LONGEST_DESCRIPTION} characters.`);
  return description;
}

/** What clients say of a service, job or worker pool beside what it does. */
export function parseDescribed(fields: Fields) {
  return {
    labels: parseLabels(fields),
    annotations: parseAnnotations(fields),
    client: { name: fields.string('client') ?? '', version: fields.string('clientVersion') ?? '' },
    launchStage: choice(fields, 'launchStage', STAGES) ?? ('GA' as const),
  };
}

/** v2 has fields for what v1 says in Google's own annotations. */
export function parseAnnotations(fields: Fields): Readonly<Record<string, string>> {
  const annotations = Object.entries(fields.map('annotations'));
  for (const [name] of annotations) {
    if (isSystemName(name))
      throw badField(
        `${fields.at('annotations')}[${name}]`,
        `The annotation '${name}' is reserved for the system: use the field that stands for it.`,
      );
  }
  const own = inOrder(annotations);
  checkAnnotations(own, fields.at('annotations'));
  return own;
}

/** The most instances that may be asked for, of a revision and of a service. */
const MOST_INSTANCES = 1000;

/** Instances of the service as a whole. */
function parseScaling(service: Fields): ServiceScaling {
  const scaling = service.child('scaling');
  if (!scaling) return { kind: 'automatic', minInstances: 0 };
  const mode = choice(scaling, 'scalingMode', SCALING_MODES) ?? 'automatic';
  const instances = scaling.integer('manualInstanceCount', 0, MOST_INSTANCES);
  const minInstances = scaling.integer('minInstanceCount', 0, MOST_INSTANCES) ?? 0;
  const maxInstances = scaling.integer('maxInstanceCount', 1, MOST_INSTANCES);
  scaling.done();
  if (mode === 'manual') {
    if (instances === undefined)
      throw badField(scaling.at('manualInstanceCount'), 'required field not present.');
    if (minInstances > 0 || maxInstances !== undefined)
      throw badField(
        scaling.path,
        'min_instance_count and max_instance_count do not go with manual scaling.',
      );
    return { kind: 'manual', instances };
  }
  if (instances !== undefined)
    throw badField(scaling.at('manualInstanceCount'), 'May only be set when scaling_mode is MANUAL.');
  if (maxInstances !== undefined && minInstances > maxInstances)
    throw badField(
      scaling.at('minInstanceCount'),
      'min_instance_count must not be greater than max_instance_count.',
    );
  return { kind: 'automatic', minInstances, ...(maxInstances === undefined ? {} : { maxInstances }) };
}

function parseTemplate(service: Fields, { name, projectNumber, template: before }: ServiceContext): Template {
  const fields = service.child('template');
  if (!fields) throw badField(service.at('template'), 'required field not present.');
  const revisionName = parseRevision(fields, name);
  const instance = parseInstance(fields, { kind: 'service', name, projectNumber }, V2_DIALECT);
  const { containers, executionEnvironment } = instance;
  const concurrency =
    fields.integer('maxInstanceRequestConcurrency', 0, 1000) || defaultConcurrency(containers);
  checkTotals(fields, containers, executionEnvironment, concurrency);
  const template: Template = {
    ...(revisionName === '' ? {} : { revisionName }),
    labels: parseLabels(fields),
    annotations: parseAnnotations(fields),
    client: before?.client ?? { name: '', version: '' },
    ...instance,
    concurrency,
    timeoutSeconds: wholeSeconds(fields, 'timeout', LONGEST_REQUEST) ?? DEFAULTS.timeoutSeconds,
    ...parseInstances(fields),
    sessionAffinity: fields.boolean('sessionAffinity') ?? false,
    healthCheckDisabled: fields.boolean('healthCheckDisabled') ?? false,
  };
  fields.done();
  return template;
}

/** A name that the client chose for the revision. @param owner the name of its service or worker pool */
export function parseRevision(fields: Fields, owner: string): string {
  const name = fields.string('revision') ?? '';
  if (name === '' || isRevisionName(name, owner)) return name;
  throw badField(
    fields.at('revision'),
    `Invalid revision name '${name}': must start with '${owner}-', hold only lower-case letters, digits and dashes, and be at most 63 characters.`,
  );
}

function parseInstances(template: Fields): Pick<Template, 'minInstances' | 'maxInstances'> {
  const scaling = template.child('scaling');
  const minInstances = scaling?.integer('minInstanceCount', 0, MOST_INSTANCES) ?? 0;
  const maxInstances = scaling?.integer('maxInstanceCount', 1, MOST_INSTANCES) ?? DEFAULTS.maxInstances;
  scaling?.done();
  if (scaling !== undefined && minInstances > maxInstances)
    throw badField(
      scaling.at('minInstanceCount'),
      'min_instance_count must not be greater than max_instance_count.',
    );
  return { minInstances, maxInstances };
}

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
