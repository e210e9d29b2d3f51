/** Where a job's executions lie, and an execution's tasks: their keys begin with the owner's name. */
import type { Store } from '../../store/index.js';
import {
  collections,
  type ExecutionKey,
  type ExecutionRecord,
  type JobKey,
  type Stored,
  type TaskRecord,
} from '../model.js';

/** A job's executions, by name. */
export async function executionsOf(store: Store, job: JobKey): Promise<Stored<ExecutionRecord>[]> {
  const rows = await store.list<ExecutionRecord>(`${collections.executions.at(job)}-`);
  // Another job's name may begin like this one's.
  return rows.filter(({ value }) => value.job === job.name);
}

/** An execution's tasks, by index. */
export async function tasksOf(store: Store, execution: ExecutionKey): Promise<Stored<TaskRecord>[]> {
  const rows = await store.list<TaskRecord>(`${collections.tasks.at(execution)}-task`);
  return rows
    .filter(({ value }) => value.execution === execution.name)
    .sort((a, b) => a.value.index - b.value.index);
}

/** The key of the task with this index. */
export const taskKey = (execution: ExecutionKey, index: number): string =>
  `${collections.tasks.at(execution)}-task${index}`;
