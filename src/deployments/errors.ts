/** The errors of a service's writes, in Cloud Run's words. */
import type { JudgedRequirement } from '../checkpoint/index.js';
import { aborted, badField, failedPrecondition, GoogleError, notFound } from '../google/index.js';
import type { ResourceKey, ServiceKey } from './model.js';

/** A judged requirement as the error that Google answers. */
export function refused({
  status = 'PERMISSION_DENIED',
  message = '',
  violation,
  details,
}: JudgedRequirement): GoogleError {
  if (violation) return badField(violation.field, violation.description);
  if (details) return new GoogleError(status, message, { details });
  return new GoogleError(status, message, {
    reason: status === 'PERMISSION_DENIED' ? 'forbidden' : 'badRequest',
  });
}

export function serviceNotFound(key: ServiceKey): GoogleError {
  return notFound(
    `Resource '${key.name}' of kind 'SERVICE' in region '${key.location}' in project '${key.project}' does not exist.`,
  );
}

/** A revision that is not there, in the words of v1 and v2. */
export function revisionNotFound({ project, location, name }: ServiceKey): GoogleError {
  return notFound(
    `Resource '${name}' of kind 'REVISION' in region '${location}' in project '${project}' does not exist.`,
  );
}

/** A job, one of its executions, or a task of that, which is not there. */
export function jobResourceNotFound(
  kind: 'JOB' | 'EXECUTION' | 'TASK',
  { project, location, name }: ResourceKey,
): GoogleError {
  return notFound(
    `Resource '${name}' of kind '${kind}' in region '${location}' in project '${project}' does not exist.`,
  );
}

/** Its newest generation failed, or is not settled yet: not Google's words, which are unknown. */
export function jobNotReady(job: string, why: string | undefined): GoogleError {
  return failedPrecondition(
    `Job '${job}' is not ready and cannot be run.${why === undefined ? '' : ` ${why}`}`,
  );
}

/** A cancelled execution cannot be cancelled again, nor one that has ended. */
export function executionNotRunning(execution: string): GoogleError {
  return failedPrecondition(`Execution '${execution}' cannot be cancelled because it is not running.`);
}

/** The service serves by the revision, or would make it anew: not Google's words, which are unknown. */
export function revisionInUse(revision: string, service: string): GoogleError {
  return failedPrecondition(
    `Revision '${revision}' cannot be deleted: it receives traffic of service '${service}' or is its latest revision.`,
  );
}

export function conflict(name: string, specified: number | string, current: number | string): GoogleError {
  return aborted(
    `Conflict for resource '${name}': version '${specified}' was specified but current version is '${current}'.`,
  );
}
