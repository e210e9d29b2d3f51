/** Runs of jobs: each makes an execution with its tasks. What they start from was imported with the job. */
import { randomUUID } from 'node:crypto';
import type { Call } from '../../google/index.js';
import { callerName, newExecutionName } from '../../names/index.js';
import type { Store, Write } from '../../store/index.js';
import { setConditions } from '../conditions.js';
import { jobNotReady, jobResourceNotFound } from '../errors.js';
import {
  collections,
  type ExecutionKey,
  type ExecutionRecord,
  type ImportedImages,
  type JobKey,
  type JobRecord,
  keys,
  type OperationRecord,
  type Stored,
  type TaskRecord,
} from '../model.js';
import type { Written } from '../resource-writer.js';
import { retry } from '../retry.js';
import { overridden } from './overrides.js';
import { executionsOf, tasksOf } from './rows.js';
import * as texts from './texts.js';
import type { Turns } from './turns.js';
import type { RunRequest } from './types.js';

/** "Cloud Run keeps the newest 1,000 executions of a job" (https://cloud.google.com/run/quotas). */
const KEPT_EXECUTIONS = 1000;

export interface RunDependencies {
  readonly store: Store;
  readonly turns: Turns;
  /** Of each job; Cloud Run's own limit when left out. */
  readonly keptExecutions?: number;
}

/** @throws NOT_FOUND, ABORTED, INVALID_ARGUMENT, FAILED_PRECONDITION */
export function runJob(
  key: JobKey,
  request: RunRequest,
  call: Call,
  deps: RunDependencies,
): Promise<Written<ExecutionRecord>> {
  const row = collections.jobs.at(key);
  return deps.turns.take(row, () => retry(key.name, () => attemptRun(key, request, call, deps)));
}

async function attemptRun(
  key: JobKey,
  { overrides, check, dryRun }: RunRequest,
  call: Call,
  deps: RunDependencies,
): Promise<Written<ExecutionRecord>> {
  const { store } = deps;
  const row = await store.get<JobRecord>(collections.jobs.at(key));
  if (!row) throw jobResourceNotFound('JOB', key);
  check?.(row);
  const job = row.value;
  const template = overridden(job.spec.template, overrides);
  const execution = newExecution({ ...job, imported: imagesOf(job) }, template, call);
  const operation = operationOf(execution, 'run', execution.operationId, call);
  if (dryRun) return { value: execution, version: 0, operation };
  const tasks = Array.from({ length: template.taskCount }, (_, index) => newTask(execution, index, call));
  const { name, createTime, state } = execution;
  const ran: JobRecord = {
    ...job,
    executionCount: job.executionCount + 1,
    latestCreatedExecution: { name, createTime, state },
  };
  const version = await store.commit([
    { op: 'put', key: collections.jobs.at(key), value: ran, ifVersion: row.version },
    { op: 'put', key: collections.executions.at(execution), value: execution, ifVersion: 0 },
    ...tasks.map(
      (task): Write => ({ op: 'put', key: collections.tasks.at(task), value: task, ifVersion: 0 }),
    ),
    ...operationWrites(execution, operation),
    ...(await surplus(job, deps)),
  ]);
  return { value: execution, version, operation };
}

/** The images that the job's newest generation starts from. @throws FAILED_PRECONDITION */
function imagesOf({ name, generation, observedGeneration, imported, error }: JobRecord): ImportedImages {
  if (generation === observedGeneration && imported !== undefined && error === undefined) return imported;
  throw jobNotReady(name, error?.message);
}

function newExecution(
  job: JobRecord & { readonly imported: ImportedImages },
  template: ExecutionRecord['template'],
  call: Call,
): ExecutionRecord {
  const time = call.time.toISOString();
  return {
    project: job.project,
    location: job.location,
    name: newExecutionName(job.name),
    projectNumber: job.projectNumber,
    job: job.name,
    jobUid: job.uid,
    jobGeneration: job.generation,
    uid: randomUUID(),
    createTime: time,
    updateTime: time,
    creator: callerName(call.principal),
    operationId: randomUUID(),
    launchStage: job.spec.launchStage,
    template,
    imported: job.imported,
    state: 'running',
    conditions: setConditions(
      [],
      [
        { type: 'Completed', status: 'Unknown', message: texts.WAITING_TO_COMPLETE },
        { type: 'ResourcesAvailable', status: 'Unknown' },
        { type: 'Started', status: 'Unknown' },
        { type: 'ContainerReady', status: 'True', message: texts.IMPORTED },
      ],
      call.time,
    ),
    runningCount: 0,
    succeededCount: 0,
    failedCount: 0,
    cancelledCount: 0,
    retriedCount: 0,
  };
}

function newTask(execution: ExecutionRecord, index: number, call: Call): TaskRecord {
  const { project, location, projectNumber, job, name, createTime } = execution;
  return {
    project,
    location,
    name: `${name}-task${index}`,
    projectNumber,
    job,
    execution: name,
    uid: randomUUID(),
    index,
    createTime,
    updateTime: createTime,
    state: 'waiting',
    conditions: setConditions(
      [],
      [
        { type: 'Completed', status: 'Unknown' },
        { type: 'Started', status: 'Unknown' },
      ],
      call.time,
    ),
    retried: 0,
  };
}

/** An operation about an execution, as it begins. */
export function operationOf(
  execution: ExecutionRecord,
  kind: 'run' | 'cancel' | 'delete',
  id: string,
  call: Call,
): OperationRecord {
  const { project, location, job, jobGeneration } = execution;
  return {
    project,
    location,
    id,
    createTime: call.time.toISOString(),
    kind,
    owner: { kind: 'job', name: job },
    generation: jobGeneration,
    subject: { kind: 'execution', execution },
  };
}

/** The operation, and the row by which the execution's end finds it. */
export function operationWrites(execution: ExecutionKey, operation: OperationRecord): Write[] {
  const { project, location, id } = operation;
  return [
    { op: 'put', key: keys.operation(project, location, id), value: operation },
    { op: 'put', key: `${keys.pendingOfExecution(execution)}${id}`, value: id },
  ];
}

/** Forgets the oldest executions, so that with the new one there are no more than are kept. */
async function surplus(
  job: JobRecord,
  { store, keptExecutions = KEPT_EXECUTIONS }: RunDependencies,
): Promise<Write[]> {
  if (job.executionCount < keptExecutions) return [];
  const executions = await executionsOf(store, job);
  const tooMany = executions.length + 1 - keptExecutions;
  if (tooMany <= 0) return [];
  const oldest = executions
    .filter(({ value }) => value.state !== 'running')
    .sort((a, b) => Date.parse(a.value.createTime) - Date.parse(b.value.createTime))
    .slice(0, tooMany);
  return (await Promise.all(oldest.map((row) => forgotten(store, row)))).flat();
}

async function forgotten(store: Store, { value }: Stored<ExecutionRecord>): Promise<Write[]> {
  const tasks = await tasksOf(store, value);
  return [
    { op: 'delete', key: collections.executions.at(value) },
    ...tasks.map((task): Write => ({ op: 'delete', key: collections.tasks.at(task.value) })),
  ];
}
