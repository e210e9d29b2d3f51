/** What becomes of a revision, of a service or of a worker pool, and how its conditions say it. */
import { setConditions } from './conditions.js';
import type { DeployFailure } from './import-images.js';
import type { AnyRevision, InstanceTemplate } from './model.js';
import { importFailed } from './texts.js';

type Anyone = AnyRevision<InstanceTemplate>;

/** A step of the bring-up that has been taken, as a condition says it. */
export interface Passed {
  readonly type: string;
  readonly status: 'True';
  readonly reason?: string;
  readonly message: string;
}

/** e.g. `0.12s` */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)}s`;

/** A revision that failed; `where` is the condition that failed besides Ready. */
export function failed<R extends Anyone>(
  revision: R,
  failure: DeployFailure,
  where: 'ContainerReady' | 'ResourcesAvailable' | 'ContainerHealthy',
  passed: readonly Passed[],
  time: Date,
): R {
  const { reason, message, code } = failure;
  return {
    ...revision,
    state: 'failed',
    error: { code, message },
    conditions: setConditions(
      revision.conditions,
      [
        { type: 'Ready', status: 'False', reason, message },
        { type: where, status: 'False', reason, message },
        ...passed,
        {
          type: 'Retry',
          status: 'True',
          severity: 'Info',
          reason: 'ImmediateRetry',
          message: 'System will retry after 00:00 from lastTransitionTime for attempt 0.',
        },
      ],
      time,
    ),
  };
}

/** A revision that came up. */
export function ready<R extends Anyone>(revision: R, passed: readonly Passed[], time: Date): R {
  return {
    ...revision,
    state: 'ready',
    conditions: setConditions(
      revision.conditions,
      [{ type: 'Ready', status: 'True' }, { type: 'Active', status: 'True' }, ...passed],
      time,
    ),
  };
}

/** A failure that none of the modelled ones covers: the revision ends, and says what went wrong. */
export function crashed<R extends Anyone>(revision: R, error: unknown, time: Date): R {
  const why = error instanceof Error ? error.message : String(error);
  return failed(
    revision,
    { reason: 'Internal', code: 13, message: importFailed(why) },
    'ContainerReady',
    [],
    time,
  );
}
