/** Executions and tasks as the APIs see them: read, cancelled, removed. */
import { randomUUID } from 'node:crypto';
import type { Call } from '../../google/index.js';
import type { Store } from '../../store/index.js';
import { expired, unexpired } from '../deletion.js';
import { executionNotRunning, jobResourceNotFound } from '../errors.js';
import {
  collections,
  type ExecutionKey,
  type ExecutionRecord,
  keys,
  type OperationRecord,
  type ResourceKey,
  type Stored,
  type TaskRecord,
} from '../model.js';
import type { RemovalOptions } from '../removal.js';
import type { Written } from '../resource-writer.js';
import { retry } from '../retry.js';
import { cancelling } from './progress.js';
import { executionRemoval } from './removal.js';
import { executionsOf, tasksOf } from './rows.js';
import { operationOf, operationWrites } from './run.js';
import type { Turns } from './turns.js';
import type { Executions, Tasks } from './types.js';

const { executions, tasks } = collections;

export interface ExecutionDependencies {
  readonly store: Store;
  readonly turns: Turns;
}

export class StoredExecutions implements Executions {
  constructor(private readonly deps: ExecutionDependencies) {}

  async get(key: ExecutionKey): Promise<Stored<ExecutionRecord>> {
    const row = await this.deps.store.get<ExecutionRecord>(executions.at(key));
    if (!row) throw jobResourceNotFound('EXECUTION', key);
    return row;
  }

  async list(project: string, location?: string, job?: string): Promise<Stored<ExecutionRecord>[]> {
    const { store } = this.deps;
    if (location !== undefined && job !== undefined)
      return executionsOf(store, { project, location, name: job });
    const rows = await store.list<ExecutionRecord>(executions.in(project, location));
    return rows.filter(({ value }) => job === undefined || value.job === job);
  }

  async listDeleted(
    project: string,
    location: string | undefined,
    time: Date,
    job?: string,
  ): Promise<ExecutionRecord[]> {
    const rows = await this.deps.store.list<ExecutionRecord>(executions.deletedIn(project, location));
    return rows
      .map(({ value }) => value)
      .filter(unexpired(time))
      .filter((execution) => job === undefined || execution.job === job);
  }

  cancel(
    key: ExecutionKey,
    call: Call,
    options: RemovalOptions<ExecutionRecord> = {},
  ): Promise<Written<ExecutionRecord>> {
    return this.#inTurn(key, () => this.#cancel(key, call, options));
  }

  remove(
    key: ExecutionKey,
    call: Call,
    options: RemovalOptions<ExecutionRecord> = {},
  ): Promise<OperationRecord> {
    return this.#inTurn(key, () => this.#remove(key, call, options));
  }

  /** A running execution's row changes all the time: whoever waits for its turn meets no conflict. */
  #inTurn<T>(key: ExecutionKey, work: () => Promise<T>): Promise<T> {
    return this.deps.turns.take(executions.at(key), () => retry(key.name, work));
  }

  async #cancel(
    key: ExecutionKey,
    call: Call,
    { check, dryRun }: RemovalOptions<ExecutionRecord>,
  ): Promise<Written<ExecutionRecord>> {
    const row = await this.get(key);
    check?.(row);
    const { state, cancelRequestTime } = row.value;
    if (state !== 'running' || cancelRequestTime !== undefined) throw executionNotRunning(key.name);
    const value = cancelling(row.value, call.time);
    const operation = operationOf(value, 'cancel', randomUUID(), call);
    if (dryRun) return { value, version: row.version, operation };
    const version = await this.deps.store.commit([
      { op: 'put', key: executions.at(key), value, ifVersion: row.version },
      ...operationWrites(key, operation),
    ]);
    return { value, version, operation };
  }

  async #remove(
    key: ExecutionKey,
    call: Call,
    { check, dryRun }: RemovalOptions<ExecutionRecord>,
  ): Promise<OperationRecord> {
    const { store } = this.deps;
    const row = await this.get(key);
    check?.(row);
    const { removed, writes } = await executionRemoval(store, row.value, call.time, 'its-job-stays');
    const operation: OperationRecord = {
      ...operationOf(removed, 'delete', randomUUID(), call),
      result: {},
    };
    if (dryRun) return operation;
    await store.commit([
      { op: 'check', key: executions.at(key), ifVersion: row.version },
      ...writes,
      ...(await expired(store, executions.deletedIn(key.project, key.location), call.time)),
      { op: 'put', key: keys.operation(key.project, key.location, operation.id), value: operation },
    ]);
    return operation;
  }
}

export class StoredTasks implements Tasks {
  constructor(private readonly store: Store) {}

  async get(key: ResourceKey): Promise<Stored<TaskRecord>> {
    const row = await this.store.get<TaskRecord>(tasks.at(key));
    if (!row) throw jobResourceNotFound('TASK', key);
    return row;
  }

  async list(project: string, location?: string, execution?: string): Promise<Stored<TaskRecord>[]> {
    if (location !== undefined && execution !== undefined)
      return tasksOf(this.store, { project, location, name: execution });
    const rows = await this.store.list<TaskRecord>(tasks.in(project, location));
    return rows
      .filter(({ value }) => execution === undefined || value.execution === execution)
      .sort((a, b) => byExecutionAndIndex(a.value, b.value));
  }
}

function byExecutionAndIndex(a: TaskRecord, b: TaskRecord): number {
  const [left, right] = [`${a.location}/${a.execution}`, `${b.location}/${b.execution}`];
  if (left !== right) return left < right ? -1 : 1;
  return a.index - b.index;
}
