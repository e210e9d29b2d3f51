/** The annotations by which v1 says what are fields in the model and in v2; others of Google's are refused. */
import {
  type Client,
  DEFAULTS,
  type Ingress,
  type LaunchStage,
  type ServiceScaling,
  type ServiceSpec,
  type Template,
} from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { AnnotationReader, type Annotations, present } from './annotation-reader.js';
import {
  type InstanceAnnotations,
  instanceAnnotations,
  readInstanceAnnotations,
} from './instance-annotations.js';

/** Written by the server; what a client sends back in them is dropped. */
export const SERVER_OWNED = [
  'run.googleapis.com/creator',
  'run.googleapis.com/ingress-status',
  'run.googleapis.com/lastModifier',
  'run.googleapis.com/operation-id',
  'run.googleapis.com/urls',
  'serving.knative.dev/creator',
  'serving.knative.dev/lastModifier',
] as const;

const INGRESS = 'run.googleapis.com/ingress';
const CUSTOM_AUDIENCES = 'run.googleapis.com/custom-audiences';
export const INVOKER_IAM_DISABLED = 'run.googleapis.com/invoker-iam-disabled';
const DEFAULT_URL_DISABLED = 'run.googleapis.com/default-url-disabled';
const DESCRIPTION = 'run.googleapis.com/description';
const LAUNCH_STAGE = 'run.googleapis.com/launch-stage';
const SERVICE_MIN_SCALE = 'run.googleapis.com/minScale';
const SERVICE_MAX_SCALE = 'run.googleapis.com/maxScale';
const SCALING_MODE = 'run.googleapis.com/scalingMode';
const MANUAL_INSTANCES = 'run.googleapis.com/manualInstanceCount';
const CLIENT_NAME = 'run.googleapis.com/client-name';
const CLIENT_VERSION = 'run.googleapis.com/client-version';
export const MIN_SCALE = 'autoscaling.knative.dev/minScale';
const MAX_SCALE = 'autoscaling.knative.dev/maxScale';
const SESSION_AFFINITY = 'run.googleapis.com/sessionAffinity';
const HEALTH_CHECK_DISABLED = 'run.googleapis.com/health-check-disabled';

const INGRESS_VALUES: Readonly<Record<string, Ingress>> = {
  all: 'all',
  internal: 'internal',
  'internal-and-cloud-load-balancing': 'internal-and-load-balancer',
};
const SCALING_MODES = { automatic: 'automatic', manual: 'manual' } as const;
const STAGES: Readonly<Record<string, LaunchStage>> = { ALPHA: 'ALPHA', BETA: 'BETA', GA: 'GA' };

/** The tool that writes a resource or a template. */
export const readClient = (read: AnnotationReader): Client => ({
  name: read.text(CLIENT_NAME) ?? '',
  version: read.text(CLIENT_VERSION) ?? '',
});

export const readLaunchStage = (read: AnnotationReader): LaunchStage =>
  read.choice(LAUNCH_STAGE, STAGES) ?? 'GA';

/** What a service's annotations say. @throws INVALID_ARGUMENT naming the annotation */
export function parseServiceAnnotations(
  annotations: Annotations,
  path: string,
): Omit<ServiceSpec, 'labels' | 'template' | 'traffic'> {
  const read = new AnnotationReader(annotations, 'service', path, SERVER_OWNED);
  const known = {
    ingress: read.choice(INGRESS, INGRESS_VALUES) ?? ('all' as const),
    customAudiences: read.list(CUSTOM_AUDIENCES),
    invokerIamDisabled: read.flag(INVOKER_IAM_DISABLED) ?? false,
    defaultUriDisabled: read.flag(DEFAULT_URL_DISABLED) ?? false,
    client: readClient(read),
    description: read.text(DESCRIPTION) ?? '',
    launchStage: readLaunchStage(read),
    scaling: readScaling(read),
  };
  return { ...known, annotations: read.rest() };
}

/** A service's own scaling (https://cloud.google.com/run/docs/configuring/services/manual-scaling). */
function readScaling(read: AnnotationReader): ServiceScaling {
  const mode = read.choice(SCALING_MODE, SCALING_MODES) ?? 'automatic';
  const instances = read.scale(MANUAL_INSTANCES, 0);
  const minInstances = read.scale(SERVICE_MIN_SCALE, 0) ?? 0;
  const maxInstances = read.scale(SERVICE_MAX_SCALE, 1);
  if (mode === 'manual') {
    if (instances === undefined)
      throw badField(read.at(MANUAL_INSTANCES), 'This annotation is required with manual scaling.');
    if (minInstances > 0 || maxInstances !== undefined)
      throw badField(read.at(SCALING_MODE), 'minScale and maxScale do not go with manual scaling.');
    return { kind: 'manual', instances };
  }
  if (instances !== undefined)
    throw badField(read.at(MANUAL_INSTANCES), 'May only be set with manual scaling.');
  if (maxInstances !== undefined && minInstances > maxInstances)
    throw badField(read.at(SERVICE_MIN_SCALE), 'minScale must not be greater than maxScale.');
  return { kind: 'automatic', minInstances, ...(maxInstances === undefined ? {} : { maxInstances }) };
}

/** The annotations that show a service's own scaling. */
function scalingAnnotations(scaling: ServiceScaling): Annotations {
  if (scaling.kind === 'manual')
    return { [SCALING_MODE]: 'manual', [MANUAL_INSTANCES]: String(scaling.instances) };
  const { minInstances, maxInstances } = scaling;
  return present([
    [SERVICE_MIN_SCALE, minInstances > 0 && String(minInstances)],
    [SERVICE_MAX_SCALE, maxInstances !== undefined && String(maxInstances)],
  ]);
}

type TemplateFacts = Pick<
  Template,
  'annotations' | 'client' | 'minInstances' | 'maxInstances' | 'sessionAffinity' | 'healthCheckDisabled'
>;

/** What a template's annotations say. @throws INVALID_ARGUMENT naming the annotation */
export function parseTemplateAnnotations(
  annotations: Annotations,
  path: string,
): { readonly template: TemplateFacts; readonly instances: InstanceAnnotations } {
  const read = new AnnotationReader(annotations, 'template', path, SERVER_OWNED);
  const instances = readInstanceAnnotations(read);
  const known = {
    client: readClient(read),
    minInstances: read.scale(MIN_SCALE, 0) ?? 0,
    maxInstances: read.scale(MAX_SCALE, 1) ?? DEFAULTS.maxInstances,
    sessionAffinity: read.flag(SESSION_AFFINITY) ?? false,
    healthCheckDisabled: read.flag(HEALTH_CHECK_DISABLED) ?? false,
  };
  return { template: { ...known, annotations: read.rest() }, instances };
}

export const clientAnnotations = ({ name, version }: Client): Annotations =>
  present([
    [CLIENT_NAME, name !== '' && name],
    [CLIENT_VERSION, version !== '' && version],
  ]);

export const launchStageAnnotation = (stage: LaunchStage): Annotations =>
  present([[LAUNCH_STAGE, stage !== 'GA' && stage]]);

/** The annotations that show a service's fields, and the client's own. */
export function serviceAnnotations(spec: ServiceSpec): Annotations {
  const ingress =
    Object.keys(INGRESS_VALUES).find((value) => INGRESS_VALUES[value] === spec.ingress) ?? 'all';
  return {
    ...spec.annotations,
    ...clientAnnotations(spec.client),
    ...launchStageAnnotation(spec.launchStage),
    ...scalingAnnotations(spec.scaling),
    ...present([
      [DESCRIPTION, spec.description !== '' && spec.description],
      [CUSTOM_AUDIENCES, spec.customAudiences.length > 0 && JSON.stringify(spec.customAudiences)],
      [INVOKER_IAM_DISABLED, spec.invokerIamDisabled && 'true'],
      [DEFAULT_URL_DISABLED, spec.defaultUriDisabled && 'true'],
      [INGRESS, ingress],
      ['run.googleapis.com/ingress-status', ingress],
    ]),
  };
}

/** The annotations that show a template's fields, and the client's own. */
export function templateAnnotations(template: Template): Annotations {
  const { minInstances, maxInstances } = template;
  return {
    ...template.annotations,
    ...clientAnnotations(template.client),
    ...instanceAnnotations(template),
    ...present([
      [MIN_SCALE, minInstances > 0 && String(minInstances)],
      // Cloud Run writes the default maximum into the template too.
      [MAX_SCALE, String(maxInstances)],
      [SESSION_AFFINITY, template.sessionAffinity && 'true'],
      [HEALTH_CHECK_DISABLED, template.healthCheckDisabled && 'true'],
    ]),
  };
}
