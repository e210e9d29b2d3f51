/** What services, jobs and worker pools may be called. */
import { badField, type GoogleError } from '../google/index.js';
import { isServiceName, type RunKind } from '../names/index.js';

/** Where a write names its resource. */
export interface NamedWrite {
  readonly kind: RunKind;
  readonly apiVersion: 'v1' | 'v2';
  /** An update that creates what is missing; v1 has none. */
  readonly upsert: boolean;
}

/**
 * "must begin with letter, and cannot end with hyphen; must contain fewer than 50 characters"
 * (google.cloud.run.v2.CreateServiceRequest.service_id, CreateJobRequest.job_id, CreateWorkerPoolRequest.worker_pool_id).
 * @throws INVALID_ARGUMENT in the words of the API version
 */
export function checkResourceName(name: string, write: NamedWrite): void {
  if (!isServiceName(name)) throw badName(write);
}

function badName({ kind, apiVersion, upsert }: NamedWrite): GoogleError {
  const cannot = apiVersion === 'v1' ? 'may not' : 'cannot';
  return badField(
    apiVersion === 'v1' ? `${kind}.metadata.name` : `Violation in ${fieldOfV2(kind, upsert)}`,
    `only lowercase, digits, and hyphens; must begin with letter, and ${cannot} end with hyphen; must be less than 50 characters.`,
  );
}

function fieldOfV2(kind: RunKind, upsert: boolean): string {
  const type = kind.charAt(0).toUpperCase() + kind.slice(1);
  const field = kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return upsert ? `Update${type}Request.${field}.name` : `Create${type}Request.${field}_id`;
}
