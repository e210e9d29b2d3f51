/** Labels and annotations of services and revisions (https://cloud.google.com/run/docs/configuring/services/labels). */
import { badField } from '../../google/index.js';
import type { Fields } from './fields.js';

const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
/** With Kubernetes' prefix before a slash. */
const LABEL_KEY = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const SYSTEM = /^(?:run\.googleapis\.com|cloud\.googleapis\.com|(?:serving|autoscaling)\.knative\.dev)\//;

/** "Each resource can have up to 64 labels" (https://cloud.google.com/resource-manager/docs/labels-overview#requirements). */
const MOST_LABELS = 64;
/** As of labels' keys in Kubernetes (https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/). */
const ANNOTATION_KEY =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
/** Kubernetes' `TotalAnnotationSizeLimitB`: of all keys and values together. */
const MOST_ANNOTATION_BYTES = 256 * 1024;

/** True for names in the namespaces that Cloud Run keeps to itself. */
export const isSystemName = (name: string): boolean => SYSTEM.test(name);

/**
 * @param dropped the labels that the server adds to what it shows, and clients send back
 * @throws INVALID_ARGUMENT naming a label that cannot be
 */
export function parseLabels(
  fields: Fields,
  dropped: readonly string[] = [],
): Readonly<Record<string, string>> {
  const labels = Object.entries(fields.map('labels')).filter(([name]) => !dropped.includes(name));
  if (labels.length > MOST_LABELS)
    throw badField(fields.at('labels'), `${labels.length} labels are given; ${MOST_LABELS} is the most.`);
  for (const [name, value] of labels) {
    const path = `${fields.at('labels')}[${name}]`;
    if (isSystemName(name)) throw badField(path, `The label '${name}' is reserved for the system.`);
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
  return inOrder(labels);
}

/**
 * A client's own annotations.
 * @param path of the annotations, as refusals name it
 * @throws INVALID_ARGUMENT naming one that cannot be
 */
export function checkAnnotations(annotations: Readonly<Record<string, string>>, path: string): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(annotations)) {
    if (!ANNOTATION_KEY.test(name)) {
      throw badField(
        `${path}[${name}]`,
        `Invalid annotation key '${name}': letters, digits, dashes, dots and underscores, at most 63, after a domain and a slash or without.`,
      );
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > MOST_ANNOTATION_BYTES)
    throw badField(
      path,
      `Annotations must not be longer than ${MOST_ANNOTATION_BYTES} bytes in all, but are ${bytes}.`,
    );
}

/** A map whose keys are in order, so that the same content is the same text. */
export function inOrder(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
