/** The annotations of Cloud Run's v1 API: which we act on, which have no effect on a plane, which are refused. */
import { INVOKER_IAM_DISABLED } from '../../deployments/index.js';
import { badField } from '../../google/index.js';

/** Written by the server; what a client sends back in them is dropped. */
const SERVER_OWNED = new Set([
  'run.googleapis.com/ingress-status',
  'run.googleapis.com/operation-id',
  'run.googleapis.com/urls',
  'serving.knative.dev/creator',
  'serving.knative.dev/lastModifier',
]);

export const INGRESS = 'run.googleapis.com/ingress';
export const CUSTOM_AUDIENCES = 'run.googleapis.com/custom-audiences';
export const MIN_SCALE = 'autoscaling.knative.dev/minScale';
export const MAX_SCALE = 'autoscaling.knative.dev/maxScale';

/** On the service. Kept as sent; the first three change how it is served. */
const SERVICE = new Set([
  INGRESS,
  CUSTOM_AUDIENCES,
  INVOKER_IAM_DISABLED,
  'run.googleapis.com/client-name',
  'run.googleapis.com/client-version',
  'run.googleapis.com/description',
  'run.googleapis.com/launch-stage',
]);

/** On the template. CPU allocation, boost and execution environment are kept and make no difference to a plane. */
const TEMPLATE = new Set([
  MIN_SCALE,
  MAX_SCALE,
  'run.googleapis.com/client-name',
  'run.googleapis.com/client-version',
  'run.googleapis.com/cpu-throttling',
  'run.googleapis.com/execution-environment',
  'run.googleapis.com/startup-cpu-boost',
]);

const BOOLEAN = ['true', 'false'];
const INGRESS_VALUES = ['all', 'internal', 'internal-and-cloud-load-balancing'];
/** Annotations with few values. Booleans come from gcloud as `True` and `False`, and are shown in lower case. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  [INGRESS]: INGRESS_VALUES,
  [INVOKER_IAM_DISABLED]: BOOLEAN,
  'run.googleapis.com/launch-stage': ['ALPHA', 'BETA', 'GA'],
  'run.googleapis.com/cpu-throttling': BOOLEAN,
  'run.googleapis.com/execution-environment': ['gen1', 'gen2'],
  'run.googleapis.com/startup-cpu-boost': BOOLEAN,
};

/**
 * The annotations to keep: Google's own only where they are known, everybody else's as they are.
 * @throws INVALID_ARGUMENT naming an annotation of Google's that we do not serve
 */
export function keepAnnotations(
  annotations: Readonly<Record<string, string>>,
  where: 'service' | 'template',
  path: string,
): Readonly<Record<string, string>> {
  const known = where === 'service' ? SERVICE : TEMPLATE;
  const kept = Object.entries(annotations)
    .filter(([name]) => !SERVER_OWNED.has(name))
    .map(([name, text]): [string, string] => [name, VALUES[name] === BOOLEAN ? text.toLowerCase() : text]);
  for (const [name, value] of kept) {
    const googles = /^(?:run\.googleapis\.com|autoscaling\.knative\.dev|serving\.knative\.dev)\//.test(name);
    if (googles && !known.has(name))
      throw badField(`${path}[${name}]`, `The annotation '${name}' is not supported on this ${where}.`);
    const allowed = VALUES[name];
    if (allowed && !allowed.includes(value)) {
      throw badField(`${path}[${name}]`, `Invalid value '${value}': must be one of ${allowed.join(', ')}.`);
    }
    if (name === CUSTOM_AUDIENCES && audiences(value) === undefined) {
      throw badField(`${path}[${name}]`, 'Expected a JSON array of strings.');
    }
  }
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function audiences(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws INVALID_ARGUMENT when the annotation is no count of instances */
export function scaleOf(
  annotations: Readonly<Record<string, string>>,
  name: string,
  unset: number,
  least: number,
): number {
  const text = annotations[name];
  if (text === undefined) return unset;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > 1000) {
    throw badField(
      `spec.template.metadata.annotations[${name}]`,
      `Invalid value '${text}': must be between ${least} and 1000.`,
    );
  }
  return value;
}
