/** Conditions of services and revisions, and how they move. */
import type { Condition, ConditionStatus } from './model.js';

export interface NewCondition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly severity?: 'Info' | 'Warning';
}

/** Sets conditions; the transition time moves only when a condition's status does. */
export function setConditions(
  before: readonly Condition[],
  next: readonly NewCondition[],
  time: Date,
): readonly Condition[] {
  return next.map(({ type, status, reason, message, severity }) => {
    const old = before.find((condition) => condition.type === type);
    return {
      type,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
      ...(severity === undefined ? {} : { severity }),
      lastTransitionTime: old?.status === status ? old.lastTransitionTime : time.toISOString(),
    };
  });
}

const ofService = (before: readonly Condition[], status: ConditionStatus, time: Date) =>
  setConditions(
    before,
    ['Ready', 'ConfigurationsReady', 'RoutesReady'].map((type) => ({ type, status })),
    time,
  );

/** A service whose newest generation is still being worked on. */
export const serviceReconciling = (before: readonly Condition[], time: Date) =>
  ofService(before, 'Unknown', time);

/** A service whose newest revision serves. */
export const serviceReady = (before: readonly Condition[], time: Date) => ofService(before, 'True', time);

/** The newest revision is ready, but traffic is to go to one that is not. */
export function serviceUnroutable(
  before: readonly Condition[],
  { reason, message }: { reason: string; message: string },
  time: Date,
): readonly Condition[] {
  return setConditions(
    before,
    [
      { type: 'Ready', status: 'False', reason, message },
      { type: 'ConfigurationsReady', status: 'True' },
      { type: 'RoutesReady', status: 'False', reason, message },
    ],
    time,
  );
}

/** The newest revision failed: Ready and ConfigurationsReady carry its bare message, RoutesReady waits. */
export function serviceFailed(
  before: readonly Condition[],
  { reason, message }: { reason: string; message: string },
  time: Date,
): readonly Condition[] {
  return setConditions(
    before,
    [
      { type: 'Ready', status: 'False', reason, message },
      { type: 'ConfigurationsReady', status: 'False', reason, message },
      { type: 'RoutesReady', status: 'Unknown', message },
    ],
    time,
  );
}
