/** What is written when an execution ends, whoever ends it. */
import type { Store, Write } from '../../store/index.js';
import {
  collections,
  type ExecutionRecord,
  type Failure,
  type JobRecord,
  keys,
  type OperationRecord,
} from '../model.js';

/** Ends the execution's operations: with its error the one that ran it, with the execution the others. */
export async function endOperationsOf(
  store: Store,
  execution: ExecutionRecord,
  error?: Failure,
): Promise<Write[]> {
  const writes: Write[] = [];
  for (const pending of await store.list<string>(keys.pendingOfExecution(execution))) {
    writes.push({ op: 'delete', key: pending.key });
    const key = keys.operation(execution.project, execution.location, pending.value);
    const operation = await store.get<OperationRecord>(key);
    // The client may have deleted it.
    if (!operation) continue;
    const failed = error !== undefined && operation.value.kind === 'run';
    const value: OperationRecord = {
      ...operation.value,
      subject: { kind: 'execution', execution },
      result: failed ? { error } : {},
    };
    writes.push({ op: 'put', key, value });
  }
  return writes;
}

/** Tells the job of it, where the execution is its newest. */
export async function toldJob(store: Store, execution: ExecutionRecord): Promise<Write[]> {
  const { project, location, job, jobUid, name, createTime, state, completionTime, deletion } = execution;
  const key = collections.jobs.at({ project, location, name: job });
  const row = await store.get<JobRecord>(key);
  if (row?.value.uid !== jobUid || row.value.latestCreatedExecution?.name !== name) return [];
  const value: JobRecord = {
    ...row.value,
    latestCreatedExecution: {
      name,
      createTime,
      state,
      ...(completionTime === undefined ? {} : { completionTime }),
      ...(deletion === undefined ? {} : { deleteTime: deletion.deleteTime }),
    },
  };
  return [{ op: 'put', key, value, ifVersion: row.version }];
}
