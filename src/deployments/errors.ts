/** The errors of a service's writes, in Cloud Run's words. */
import type { JudgedRequirement } from '../checkpoint/index.js';
import { aborted, badField, GoogleError, invalidArgument, notFound } from '../google/index.js';
import type { ServiceKey } from './model.js';

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

export function conflict(name: string, specified: number, current: number): GoogleError {
  return aborted(
    `Conflict for resource '${name}': version '${specified}' was specified but current version is '${current}'.`,
  );
}

export function badServiceName(): GoogleError {
  return invalidArgument(
    'metadata.name: must use only lowercase alphanumeric characters and dashes, cannot begin or end with a dash, and cannot be longer than 49 characters',
  );
}
