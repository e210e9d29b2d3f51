/** The annotations by which v1 says what are fields in the model and in v2; others of Google's are refused. */
import {
  type Container,
  DEFAULTS,
  type Ingress,
  ingressContainer,
  type LaunchStage,
  type ServiceSpec,
  type Template,
} from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { inOrder } from '../run/labels.js';

type Annotations = Readonly<Record<string, string>>;

/** Written by the server; what a client sends back in them is dropped. */
const SERVER_OWNED = new Set([
  'run.googleapis.com/ingress-status',
  'run.googleapis.com/operation-id',
  'run.googleapis.com/urls',
  'serving.knative.dev/creator',
  'serving.knative.dev/lastModifier',
]);

const INGRESS = 'run.googleapis.com/ingress';
const CUSTOM_AUDIENCES = 'run.googleapis.com/custom-audiences';
export const INVOKER_IAM_DISABLED = 'run.googleapis.com/invoker-iam-disabled';
const DEFAULT_URL_DISABLED = 'run.googleapis.com/default-url-disabled';
const DESCRIPTION = 'run.googleapis.com/description';
const LAUNCH_STAGE = 'run.googleapis.com/launch-stage';
const CLIENT_NAME = 'run.googleapis.com/client-name';
const CLIENT_VERSION = 'run.googleapis.com/client-version';
export const MIN_SCALE = 'autoscaling.knative.dev/minScale';
const MAX_SCALE = 'autoscaling.knative.dev/maxScale';
const CPU_THROTTLING = 'run.googleapis.com/cpu-throttling';
const CPU_BOOST = 'run.googleapis.com/startup-cpu-boost';
const EXECUTION_ENVIRONMENT = 'run.googleapis.com/execution-environment';

const INGRESS_VALUES: Readonly<Record<string, Ingress>> = {
  all: 'all',
  internal: 'internal',
  'internal-and-cloud-load-balancing': 'internal-and-load-balancer',
};
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };
const STAGES: Readonly<Record<string, LaunchStage>> = { ALPHA: 'ALPHA', BETA: 'BETA', GA: 'GA' };
const ENVIRONMENTS = { gen1: 'gen1', gen2: 'gen2' } as const;

/** Takes annotations one by one; what is left over in the end is the client's own, or refused. */
class AnnotationReader {
  readonly #left: Map<string, string>;

  constructor(
    annotations: Annotations,
    private readonly where: 'service' | 'template',
    private readonly path: string,
  ) {
    this.#left = new Map(Object.entries(annotations).filter(([name]) => !SERVER_OWNED.has(name)));
  }

  text(name: string): string | undefined {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  /** One of few values. @throws INVALID_ARGUMENT for any other */
  choice<T>(name: string, values: Readonly<Record<string, T>>): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Object.hasOwn(values, text) ? values[text] : undefined;
    if (value !== undefined) return value;
    const allowed = Object.keys(values).join(', ');
    throw badField(this.at(name), `Invalid value '${text}': must be one of ${allowed}.`);
  }

  /** Booleans come from gcloud as `True` and `False`. */
  flag(name: string): boolean | undefined {
    const text = this.#left.get(name);
    if (text !== undefined) this.#left.set(name, text.toLowerCase());
    return this.choice(name, BOOLEANS);
  }

  /** @throws INVALID_ARGUMENT when the annotation is no count of instances */
  scale(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > 1000) {
      throw badField(this.at(name), `Invalid value '${text}': must be between ${least} and 1000.`);
    }
    return value;
  }

  /** A JSON array of strings. */
  list(name: string): readonly string[] {
    const text = this.text(name);
    if (text === undefined) return [];
    const value = parseStrings(text);
    if (!value) throw badField(this.at(name), 'Expected a JSON array of strings.');
    return value;
  }

  at(name: string): string {
    return `${this.path}[${name}]`;
  }

  /** @throws INVALID_ARGUMENT naming an annotation of Google's that we do not serve */
  rest(): Annotations {
    for (const name of this.#left.keys()) {
      if (/^(?:run\.googleapis\.com|(?:autoscaling|serving)\.knative\.dev)\//.test(name))
        throw badField(this.at(name), `The annotation '${name}' is not supported on this ${this.where}.`);
    }
    return inOrder([...this.#left]);
  }
}

function parseStrings(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

const clientOf = (read: AnnotationReader) => ({
  name: read.text(CLIENT_NAME) ?? '',
  version: read.text(CLIENT_VERSION) ?? '',
});

/** What a service's annotations say. @throws INVALID_ARGUMENT naming the annotation */
export function parseServiceAnnotations(
  annotations: Annotations,
  path: string,
): Omit<ServiceSpec, 'labels' | 'template' | 'traffic'> {
  const read = new AnnotationReader(annotations, 'service', path);
  const known = {
    ingress: read.choice(INGRESS, INGRESS_VALUES) ?? ('all' as const),
    customAudiences: read.list(CUSTOM_AUDIENCES),
    invokerIamDisabled: read.flag(INVOKER_IAM_DISABLED) ?? false,
    defaultUriDisabled: read.flag(DEFAULT_URL_DISABLED) ?? false,
    client: clientOf(read),
    description: read.text(DESCRIPTION) ?? '',
    launchStage: read.choice(LAUNCH_STAGE, STAGES) ?? ('GA' as const),
    scaling: { kind: 'automatic', minInstances: 0 } as const,
  };
  return { ...known, annotations: read.rest() };
}

type TemplateFacts = Pick<
  Template,
  'annotations' | 'client' | 'executionEnvironment' | 'minInstances' | 'maxInstances'
> & { readonly cpu: Pick<Container, 'cpuIdle' | 'startupCpuBoost'> };

/** What a template's annotations say. @throws INVALID_ARGUMENT naming the annotation */
export function parseTemplateAnnotations(annotations: Annotations, path: string): TemplateFacts {
  const read = new AnnotationReader(annotations, 'template', path);
  const executionEnvironment = read.choice(EXECUTION_ENVIRONMENT, ENVIRONMENTS);
  const known = {
    client: clientOf(read),
    minInstances: read.scale(MIN_SCALE, 0) ?? 0,
    maxInstances: read.scale(MAX_SCALE, 1) ?? DEFAULTS.maxInstances,
    cpu: {
      cpuIdle: read.flag(CPU_THROTTLING) ?? true,
      startupCpuBoost: read.flag(CPU_BOOST) ?? false,
    },
    ...(executionEnvironment === undefined ? {} : { executionEnvironment }),
  };
  return { ...known, annotations: read.rest() };
}

/** Annotations to show, without those that would say what goes without saying. */
const present = (entries: readonly (readonly [string, string | false])[]): Annotations =>
  Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== false));

const clientView = ({ name, version }: ServiceSpec['client']) =>
  [
    [CLIENT_NAME, name !== '' && name],
    [CLIENT_VERSION, version !== '' && version],
  ] as const;

/** The annotations that show a service's fields, and the client's own. */
export function serviceAnnotations(spec: ServiceSpec): Annotations {
  const ingress =
    Object.keys(INGRESS_VALUES).find((value) => INGRESS_VALUES[value] === spec.ingress) ?? 'all';
  return {
    ...spec.annotations,
    ...present([
      ...clientView(spec.client),
      [DESCRIPTION, spec.description !== '' && spec.description],
      [LAUNCH_STAGE, spec.launchStage !== 'GA' && spec.launchStage],
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
  const { minInstances, maxInstances, executionEnvironment } = template;
  const container = ingressContainer(template);
  return {
    ...template.annotations,
    ...present([
      ...clientView(template.client),
      [MIN_SCALE, minInstances > 0 && String(minInstances)],
      // Cloud Run writes the default maximum into the template too.
      [MAX_SCALE, String(maxInstances)],
      [CPU_THROTTLING, !container.cpuIdle && 'false'],
      [CPU_BOOST, container.startupCpuBoost && 'true'],
      [EXECUTION_ENVIRONMENT, executionEnvironment ?? false],
    ]),
  };
}
