/** The fields of what instances run, as Cloud Run's messages spell them: as v1 does, which v2 callers read as well. */
import type { RunKind } from '../names/index.js';

/** Where what one instance runs stands; a job's tasks have a template of their own. */
export function instanceField(kind: RunKind): string {
  return kind === 'job' ? 'spec.template.spec.template.spec' : 'spec.template.spec';
}

/** The field of a container's image. @param index which container, from 0 */
export function imageField(kind: RunKind, index: number): string {
  return `${instanceField(kind)}.containers[${index}].image`;
}

/**
 * The field that names the secret of an environment variable.
 * @param container which container, from 0
 * @param index which of its variables, from 0
 */
export function secretVariableField(kind: RunKind, container: number, index: number): string {
  return `${instanceField(kind)}.containers[${container}].env[${index}].value_from.secret_key_ref.name`;
}

/** The field that names the secret of a volume. @param index which volume, from 0 */
export function secretVolumeField(kind: RunKind, index: number): string {
  return `${instanceField(kind)}.volumes[${index}].secret.secret_name`;
}
