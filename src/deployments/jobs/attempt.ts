/** One attempt at a task: an instance that starts, runs to its end or to the task's timeout, and is cleaned up. */
import type { Exit } from '../../runtime/index.js';
import { BadLayer } from '../../runtime/index.js';
import { GRACE_MS, InstanceFailure, type InstanceRequest, type RunningInstance } from '../instance/index.js';
import type { ExecutionRecord, TaskAttempt, TaskRecord } from '../model.js';
import { importFailed } from '../texts.js';
import * as texts from './texts.js';

/** Starts an instance. @throws InstanceFailure, BadLayer: nothing is left then */
export type StartInstance = (request: InstanceRequest, signal: AbortSignal) => Promise<RunningInstance>;

export interface AttemptDependencies {
  readonly start: StartInstance;
  readonly onError: (error: unknown) => void;
}

/** The instance of an attempt, as the container sees it (docs "Container runtime contract", "Environment variables"). */
export function instanceOf(execution: ExecutionRecord, task: TaskRecord, id: string): InstanceRequest {
  const { project, location, projectNumber, job, name, template, imported } = execution;
  const environment = {
    CLOUD_RUN_JOB: job,
    CLOUD_RUN_EXECUTION: name,
    CLOUD_RUN_TASK_INDEX: String(task.index),
    CLOUD_RUN_TASK_ATTEMPT: String(task.retried),
    CLOUD_RUN_TASK_COUNT: String(template.taskCount),
  };
  return {
    id,
    owner: {
      kind: 'job',
      project,
      location,
      job,
      execution: name,
      taskIndex: task.index,
      taskAttempt: task.retried,
    },
    projectNumber,
    template: template.task,
    imported,
    environment: () => environment,
    defaultStartupProbe: false,
    reason: '',
  };
}

/**
 * Makes the attempt and resolves when nothing of it is left.
 * @param started called once its containers run
 * @param signal ends it: SIGTERM, ten seconds, SIGKILL
 * @returns undefined when the signal ended it
 */
export async function attempt(
  request: InstanceRequest,
  timeoutSeconds: number,
  started: () => void,
  { start, onError }: AttemptDependencies,
  signal: AbortSignal,
): Promise<TaskAttempt | undefined> {
  let instance: RunningInstance;
  try {
    instance = await start(request, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    return notStarted(error, onError);
  }
  started();
  const limit = new Limit(timeoutSeconds * 1000, signal);
  const end = await Promise.race([instance.ended, limit.reached]);
  limit.clear();
  if (typeof end === 'object') return attemptOf(end.exit);
  await instance.stop(GRACE_MS);
  return end === 'stopped' ? undefined : { status: { code: 4, message: texts.TIMED_OUT } };
}

/** What ends an attempt that does not end by itself. */
class Limit {
  readonly reached: Promise<'timeout' | 'stopped'>;
  clear: () => void = () => undefined;

  constructor(ms: number, signal: AbortSignal) {
    this.reached = new Promise((resolve) => {
      const stopped = () => resolve('stopped');
      const timer = setTimeout(() => resolve('timeout'), ms);
      this.clear = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stopped);
      };
      if (signal.aborted) stopped();
      else signal.addEventListener('abort', stopped, { once: true });
    });
  }
}

function attemptOf({ code, outOfMemory }: Exit): TaskAttempt {
  // SIGKILL, by the kernel.
  if (outOfMemory) return { termSignal: 9, status: { code: 8, message: texts.OUT_OF_MEMORY } };
  if (code === 0) return { exitCode: 0, status: { code: 0, message: '' } };
  return { exitCode: code, status: { code: 10, message: texts.EXITED } };
}

function notStarted(error: unknown, onError: (error: unknown) => void): TaskAttempt {
  if (error instanceof BadLayer) return { status: { code: 13, message: importFailed(error.message) } };
  if (!(error instanceof InstanceFailure)) {
    onError(error);
    const why = error instanceof Error ? error.message : String(error);
    return { status: { code: 13, message: `The task could not be started: ${why}` } };
  }
  if (error.outcome.cause === 'exit') return attemptOf(error.outcome.exit);
  return { status: { code: 9, message: error.message } };
}
