/** What Cloud Run says of worker pools. */
import { failedPrecondition, type GoogleError, notFound } from '../../google/index.js';
import type { ResourceKey, WorkerPoolRevisionRecord } from '../model.js';
import { FAILED_STARTUP_PROBE, seeLogs } from '../texts.js';

export function workerPoolNotFound({ project, location, name }: ResourceKey): GoogleError {
  return notFound(
    `Resource '${name}' of kind 'WORKER_POOL' in region '${location}' in project '${project}' does not exist.`,
  );
}

/** Instances run of the revision, or would have to be made anew: not Google's words, which are unknown. */
export function poolRevisionInUse(revision: string, pool: string): GoogleError {
  return failedPrecondition(
    `Revision '${revision}' cannot be deleted: it has instances of worker pool '${pool}' or is its latest revision.`,
  );
}

/** A container ended while the instance started, or its startup probe failed. */
export function workersFailedToStart({
  project,
  workerPool,
  name,
  template,
}: WorkerPoolRevisionRecord): string {
  const probed = template.containers.some(({ startupProbe }) => startupProbe !== undefined);
  const opening = probed ? FAILED_STARTUP_PROBE : 'The user-provided container failed to start.';
  const labels = { worker_pool_name: workerPool, revision_name: name };
  return seeLogs(opening, { project, type: 'cloud_run_worker_pool', labels });
}

/** Instances were to be of a revision that does not run. */
export const cannotHaveInstances = (revision: string): string =>
  `Revision '${revision}' is not ready and cannot have instances.`;
