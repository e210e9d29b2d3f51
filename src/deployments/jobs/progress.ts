/** How an execution and its tasks move together: from what is stored, and what has happened, to what is stored next. */
import { type NewCondition, setConditions } from '../conditions.js';
import type { Condition, ExecutionRecord, Failure, TaskAttempt, TaskRecord } from '../model.js';
import * as texts from './texts.js';

/** An execution with one of its tasks. */
export interface Pair {
  readonly execution: ExecutionRecord;
  readonly task: TaskRecord;
}

/** As Cloud Run orders an execution's conditions; a task has the first and the third. */
const ORDER = ['Completed', 'ResourcesAvailable', 'Started', 'ContainerReady', 'Retry'];

/** Some conditions move, the others stay. */
export function moved(
  before: readonly Condition[],
  changes: readonly NewCondition[],
  time: Date,
): readonly Condition[] {
  const next = new Map<string, NewCondition>(before.map((condition) => [condition.type, condition]));
  for (const change of changes) next.set(change.type, change);
  return setConditions(
    before,
    ORDER.flatMap((type) => next.get(type) ?? []),
    time,
  );
}

const at = (time: Date) => ({ updateTime: time.toISOString() });

/** An attempt at the task is about to start. */
export function scheduled({ execution, task }: Pair, time: Date): Pair {
  const now = time.toISOString();
  const waits = { type: 'Started', status: 'Unknown', message: texts.WAITING_TO_START } as const;
  const first = execution.startTime === undefined;
  return {
    execution: {
      ...execution,
      ...at(time),
      runningCount: execution.runningCount + 1,
      startTime: execution.startTime ?? now,
      conditions: first
        ? moved(
            execution.conditions,
            [{ type: 'ResourcesAvailable', status: 'True', message: texts.PROVISIONED }, waits],
            time,
          )
        : execution.conditions,
    },
    task: { ...task, ...at(time), state: 'running', scheduledTime: task.scheduledTime ?? now },
  };
}

const hasStarted = (conditions: readonly Condition[]) =>
  conditions.some(({ type, status }) => type === 'Started' && status === 'True');

/** The attempt's containers run. */
export function started({ execution, task }: Pair, time: Date): Pair {
  const provisioned = execution.conditions.find(({ type }) => type === 'ResourcesAvailable');
  const since = Date.parse(provisioned?.lastTransitionTime ?? execution.createTime);
  return {
    execution: hasStarted(execution.conditions)
      ? execution
      : {
          ...execution,
          ...at(time),
          conditions: moved(
            execution.conditions,
            [
              { type: 'Started', status: 'True', message: texts.startedIn(time.getTime() - since) },
              {
                type: 'Retry',
                status: 'True',
                reason: 'WaitingForOperation',
                message: texts.POLLING,
                severity: 'Info',
              },
            ],
            time,
          ),
        },
    task: {
      ...task,
      ...at(time),
      startTime: task.startTime ?? time.toISOString(),
      conditions: moved(task.conditions, [{ type: 'Started', status: 'True' }], time),
    },
  };
}

/** The plane was killed, and the attempt with it: it is made again, and does not count. */
export function lost({ execution, task }: Pair, time: Date): Pair {
  return {
    execution: { ...execution, ...at(time), runningCount: execution.runningCount - 1 },
    task: { ...task, ...at(time), state: 'waiting' },
  };
}

const succeeded = ({ status }: TaskAttempt) => status.code === 0;

/** v1's spelling of the reason; timeouts and too much memory have none. */
export const reasonOf = ({ exitCode }: TaskAttempt): { reason?: string } =>
  exitCode === undefined ? {} : { reason: 'NonZeroExitCode' };

/** The attempt has ended by itself: well, to be made again, or for the last time. */
export function ended({ execution, task }: Pair, attempt: TaskAttempt, time: Date): Pair {
  const base = { ...execution, ...at(time), runningCount: execution.runningCount - 1 };
  const tried = { ...task, ...at(time), lastAttempt: attempt };
  if (succeeded(attempt)) {
    return {
      execution: { ...base, succeededCount: base.succeededCount + 1 },
      task: completed(tried, 'succeeded', { status: 'True' }, time),
    };
  }
  if (task.retried >= execution.template.task.maxRetries) {
    const { message } = attempt.status;
    return {
      execution: { ...base, failedCount: base.failedCount + 1 },
      task: completed(tried, 'failed', { status: 'False', ...reasonOf(attempt), message }, time),
    };
  }
  if (execution.cancelRequestTime !== undefined) return cancelled({ execution, task }, time);
  return {
    execution: { ...base, retriedCount: base.retriedCount + 1 },
    task: { ...tried, state: 'waiting', retried: task.retried + 1 },
  };
}

/** The task is not to be done any longer. One that has ended stays as it is. */
export function cancelled({ execution, task }: Pair, time: Date): Pair {
  if (task.state !== 'waiting' && task.state !== 'running') return { execution, task };
  const runs = task.state === 'running' ? 1 : 0;
  return {
    execution: {
      ...execution,
      ...at(time),
      runningCount: execution.runningCount - runs,
      cancelledCount: execution.cancelledCount + 1,
    },
    task: completed(
      { ...task, ...at(time), lastAttempt: { status: { code: 1, message: texts.CANCELLED } } },
      'cancelled',
      { status: 'False', reason: 'Cancelled', message: texts.CANCELLED },
      time,
    ),
  };
}

function completed(
  task: TaskRecord,
  state: 'succeeded' | 'failed' | 'cancelled',
  condition: Omit<NewCondition, 'type'>,
  time: Date,
): TaskRecord {
  return {
    ...task,
    state,
    completionTime: time.toISOString(),
    conditions: moved(task.conditions, [{ type: 'Completed', ...condition }], time),
  };
}

/** Somebody asked for the execution's end. */
export function cancelling(execution: ExecutionRecord, time: Date): ExecutionRecord {
  return {
    ...execution,
    ...at(time),
    cancelRequestTime: time.toISOString(),
    conditions: moved(
      execution.conditions,
      [
        {
          type: 'Completed',
          status: 'Unknown',
          reason: 'Cancelling',
          message: texts.WAITING_TO_BE_CANCELLED,
        },
      ],
      time,
    ),
  };
}

export interface Finish {
  readonly execution: ExecutionRecord;
  /** All of them, ended. */
  readonly tasks: readonly TaskRecord[];
  /** The error of the operation that ran it. A cancelled execution's operation has none. */
  readonly error?: Failure;
}

/** The execution's end: what has not been done is cancelled; of the tasks that failed, the first is the cause. */
export function finished(before: ExecutionRecord, its: readonly TaskRecord[], time: Date): Finish {
  let execution = before;
  const tasks = its.map((task) => {
    const after = cancelled({ execution, task }, time);
    execution = after.execution;
    return after.task;
  });
  const base = { ...execution, ...at(time), completionTime: time.toISOString() };
  const end = (state: ExecutionRecord['state'], ...changes: NewCondition[]): ExecutionRecord => ({
    ...base,
    state,
    conditions: moved(
      base.conditions.filter(({ type }) => type !== 'Retry'),
      changes,
      time,
    ),
  });
  if (base.cancelledCount > 0) {
    const why = { status: 'False', reason: 'Cancelled', message: texts.CANCELLED } as const;
    return { tasks, execution: end('cancelled', { type: 'Completed', ...why }, ...neverStarted(base, why)) };
  }
  const failed = firstFailed(tasks);
  if (!failed) {
    const took = time.getTime() - Date.parse(base.startTime ?? base.createTime);
    const message = texts.completedIn(took);
    return { tasks, execution: end('succeeded', { type: 'Completed', status: 'True', message }) };
  }
  const { exitCode, status } = failed.attempt;
  const message = texts.taskFailed(failed.task.name, exitCode, status.message);
  const why = { status: 'False', ...reasonOf(failed.attempt), message } as const;
  const retry = { type: 'Retry', status: 'True', severity: 'Info' } as const;
  return {
    tasks,
    error: { code: status.code, message },
    execution: end('failed', { type: 'Completed', ...why }, ...neverStarted(base, why), {
      ...retry,
      reason: 'ImmediateRetry',
      message: texts.RETRIED,
    }),
  };
}

/** An execution of which nothing ever ran has not started either. */
function neverStarted(
  { conditions }: ExecutionRecord,
  why: Pick<NewCondition, 'status' | 'reason' | 'message'>,
): NewCondition[] {
  return hasStarted(conditions) ? [] : [{ type: 'Started', ...why }];
}

function firstFailed(
  tasks: readonly TaskRecord[],
): { readonly task: TaskRecord; readonly attempt: TaskAttempt } | undefined {
  let first: { task: TaskRecord; attempt: TaskAttempt } | undefined;
  for (const task of tasks) {
    const { state, lastAttempt: attempt, completionTime = '' } = task;
    if (state !== 'failed' || attempt === undefined) continue;
    if (first === undefined || completionTime < (first.task.completionTime ?? '')) first = { task, attempt };
  }
  return first;
}
