/** Brings a worker pool's revision up: a first instance of it is started and, where it has startup probes, probed. */
import { BadLayer } from '../../runtime/index.js';
import type { DeployFailure } from '../import-images.js';
import { InstanceFailure } from '../instance/index.js';
import type { WorkerPoolRevisionRecord } from '../model.js';
import { bringUpRevision, type RevisionDependencies } from '../revision-bring-up.js';
import { containerNotRunHere, importFailed } from '../texts.js';
import type { Fleet, Runnable } from './fleet.js';
import { workersFailedToStart } from './texts.js';

/**
 * Takes a pending revision as far as it goes.
 * @param fleet undefined where the pool is to have no instances: then nothing is started
 */
export function bringUpWorkers(
  revision: WorkerPoolRevisionRecord,
  fleet: Fleet | undefined,
  deps: RevisionDependencies,
  signal: AbortSignal,
): Promise<WorkerPoolRevisionRecord> {
  return bringUpRevision<WorkerPoolRevisionRecord>(
    revision,
    {
      kind: 'workerPool',
      startFirst: async (pulled, stop) => fleet && startFirst(pulled, fleet, stop),
      startupWait: () => undefined,
    },
    deps,
    signal,
  );
}

async function startFirst(
  revision: Runnable,
  fleet: Fleet,
  signal: AbortSignal,
): Promise<DeployFailure | undefined> {
  try {
    await fleet.first(revision, signal);
    return undefined;
  } catch (error) {
    if (error instanceof BadLayer)
      return { reason: 'Internal', code: 13, message: importFailed(error.message) };
    if (!(error instanceof InstanceFailure)) throw error;
    switch (error.outcome.cause) {
      case 'no-runtime':
        return {
          reason: 'HealthCheckContainerError',
          code: 9,
          message: containerNotRunHere(revision, error.message),
        };
      case 'secrets':
        return { reason: 'SecretsAccessCheckFailed', code: 9, message: error.message };
      default:
        return { reason: 'HealthCheckContainerError', code: 9, message: workersFailedToStart(revision) };
    }
  }
}
