/**
 * Deletes jobs and executions. Each is one transaction, so the operation has ended when it is first seen; what runs is
 * stopped afterwards. Jobs and executions stay listed, on request, until they expire; tasks go at once.
 */
import { randomUUID } from 'node:crypto';
import type { AccessControl } from '../../access/index.js';
import type { Call } from '../../google/index.js';
import { callerName, runResourceName } from '../../names/index.js';
import type { Store, Write } from '../../store/index.js';
import { deletionAt, expired } from '../deletion.js';
import { endOperations } from '../ended-operations.js';
import { jobResourceNotFound } from '../errors.js';
import {
  collections,
  type ExecutionRecord,
  type JobKey,
  type JobRecord,
  keys,
  type OperationRecord,
} from '../model.js';
import type { RemovalOptions } from '../removal.js';
import { retry } from '../retry.js';
import { endOperationsOf, toldJob } from './ending.js';
import { finished } from './progress.js';
import { executionsOf, tasksOf } from './rows.js';
import type { Turns } from './turns.js';

const { jobs, executions, tasks } = collections;

/** Removes an execution with its tasks; one that runs ends as a cancelled one does. */
export async function executionRemoval(
  store: Store,
  execution: ExecutionRecord,
  time: Date,
  job: 'its-job-stays' | 'its-job-goes',
): Promise<{ readonly removed: ExecutionRecord; readonly writes: readonly Write[] }> {
  const rows = await tasksOf(store, execution);
  const ended =
    execution.state === 'running'
      ? finished(
          execution,
          rows.map(({ value }) => value),
          time,
        ).execution
      : execution;
  // Nothing starts from its images any longer.
  const removed: ExecutionRecord = { ...ended, imported: {}, deletion: deletionAt(time) };
  const writes: Write[] = [
    { op: 'delete', key: executions.at(execution) },
    { op: 'put', key: executions.deletedAt(execution, execution.uid), value: removed },
    ...rows.map(({ value }): Write => ({ op: 'delete', key: tasks.at(value) })),
    ...(await endOperationsOf(store, removed)),
    ...(job === 'its-job-stays' ? await toldJob(store, removed) : []),
  ];
  return { removed, writes };
}

export interface JobRemovalDependencies {
  readonly store: Store;
  readonly access: AccessControl;
  readonly turns: Turns;
}

/** Removes a job with its executions, their tasks, and its policy. @throws NOT_FOUND, ABORTED */
export function removeJob(
  key: JobKey,
  call: Call,
  options: RemovalOptions<JobRecord>,
  deps: JobRemovalDependencies,
): Promise<OperationRecord> {
  return deps.turns.take(jobs.at(key), () => retry(key.name, () => attemptRemoval(key, call, options, deps)));
}

async function attemptRemoval(
  key: JobKey,
  call: Call,
  { check, dryRun }: RemovalOptions<JobRecord>,
  { store, access }: JobRemovalDependencies,
): Promise<OperationRecord> {
  const row = await store.get<JobRecord>(jobs.at(key));
  if (!row) throw jobResourceNotFound('JOB', key);
  check?.(row);
  const job = deletedJob(row.value, call);
  const operation = operationOf(job, call);
  if (dryRun) return operation;
  const its = await executionsOf(store, key);
  // A running execution's row changes all the time, so no version of it is asked for: its runner's next write meets
  // a row that is gone.
  const removals = await Promise.all(
    its.map(({ value }) => executionRemoval(store, value, call.time, 'its-job-goes')),
  );
  const { project, location } = key;
  await store.commit([
    { op: 'delete', key: jobs.at(key), ifVersion: row.version },
    { op: 'put', key: jobs.deletedAt(key, job.uid), value: job },
    ...removals.flatMap(({ writes }) => writes),
    ...access.removals(runResourceName('job', project, location, key.name)),
    ...(await endOperations(store, {
      kind: 'job',
      owner: row.value,
      error: { code: 1, message: `Job ${key.name} was deleted.` },
    })),
    ...(await expired(store, jobs.deletedIn(project, location), call.time)),
    ...(await expired(store, executions.deletedIn(project, location), call.time)),
    { op: 'put', key: keys.operation(project, location, operation.id), value: operation },
  ]);
  return operation;
}

function deletedJob({ imported: _, ...job }: JobRecord, call: Call): JobRecord {
  const deletion = deletionAt(call.time);
  const generation = job.generation + 1;
  return {
    ...job,
    generation,
    observedGeneration: generation,
    updateTime: deletion.deleteTime,
    lastModifier: callerName(call.principal),
    operationId: randomUUID(),
    deletion,
  };
}

function operationOf(job: JobRecord, call: Call): OperationRecord {
  const { project, location, name, generation, operationId } = job;
  return {
    project,
    location,
    id: operationId,
    createTime: call.time.toISOString(),
    kind: 'delete',
    owner: { kind: 'job', name },
    generation,
    subject: { kind: 'job', job },
    result: {},
  };
}
