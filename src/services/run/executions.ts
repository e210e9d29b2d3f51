/** What both versions say of executions and tasks. */
import type {
  Deployments,
  ExecutionRecord,
  ExecutionState,
  ResourceKey,
  TaskRecord,
} from '../../deployments/index.js';
import { GoogleError } from '../../google/index.js';

/** An execution's state as both versions spell it in a job. */
export const COMPLETION_STATUS = {
  running: 'EXECUTION_RUNNING',
  succeeded: 'EXECUTION_SUCCEEDED',
  failed: 'EXECUTION_FAILED',
  cancelled: 'EXECUTION_CANCELLED',
} as const satisfies Readonly<Record<ExecutionState, string>>;

/** The console's page of an execution's, or one task's, log entries. */
export function executionLogsUrl(execution: ExecutionRecord | TaskRecord): string {
  const filter = [
    'resource.type="cloud_run_job"',
    `resource.labels.job_name="${execution.job}"`,
    `resource.labels.location="${execution.location}"`,
    ...('execution' in execution
      ? [
          `labels."run.googleapis.com/execution_name"="${execution.execution}"`,
          `labels."run.googleapis.com/task_index"="${execution.index}"`,
        ]
      : [`labels."run.googleapis.com/execution_name"="${execution.name}"`]),
  ].join('\n');
  return `https://console.cloud.google.com/logs/viewer?project=${execution.project}&advancedFilter=${encodeURIComponent(filter)}`;
}

/** A task with the execution that it belongs to, which says what it runs. */
export interface TaskOf {
  readonly task: TaskRecord;
  readonly execution: ExecutionRecord;
}

/** By execution and index. */
export const taskOrder = ({ task }: { readonly task: TaskRecord }): string =>
  `${task.location} ${task.execution} ${String(task.index).padStart(5, '0')}`;

/** A task with its execution. @throws NOT_FOUND */
export async function taskAt({ jobs }: Deployments, key: ResourceKey): Promise<TaskOf> {
  const { value: task } = await jobs.tasks.get(key);
  const { value: execution } = await jobs.executions.get({ ...key, name: task.execution });
  return { task, execution };
}

/** Tasks with their executions, in order: of one execution, or of all in a location or everywhere. */
export async function tasksWithin(
  { jobs }: Deployments,
  project: string,
  location: string | undefined,
  execution?: string,
): Promise<TaskOf[]> {
  const rows = await jobs.tasks.list(project, location, execution);
  const executions = new Map<string, ExecutionRecord>();
  const keyOf = (at: string, name: string) => `${at}/${name}`;
  for (const { value: task } of rows) {
    const key = keyOf(task.location, task.execution);
    if (executions.has(key)) continue;
    const found = await ifFound(jobs.executions.get({ ...task, name: task.execution }));
    if (found !== undefined) executions.set(key, found.value);
  }
  return rows.flatMap(({ value: task }) => {
    // One that is gone was deleted with its tasks after these had been read.
    const its = executions.get(keyOf(task.location, task.execution));
    return its === undefined ? [] : [{ task, execution: its }];
  });
}

/** What is looked up, or undefined where it is not there. */
export async function ifFound<T>(lookup: Promise<T>): Promise<T | undefined> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof GoogleError && error.status === 'NOT_FOUND') return undefined;
    throw error;
  }
}
