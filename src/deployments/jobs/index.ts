/** Jobs: written, brought up, run. Their executions and tasks, until those are gone. */
import type { Log } from '../../audit/index.js';
import type { Call } from '../../google/index.js';
import type { Store } from '../../store/index.js';
import { unexpired } from '../deletion.js';
import { jobResourceNotFound } from '../errors.js';
import {
  collections,
  type ExecutionRecord,
  type JobKey,
  type JobRecord,
  type OperationRecord,
  type Stored,
} from '../model.js';
import type { RemovalOptions } from '../removal.js';
import type { WriterDependencies, Written } from '../resource-writer.js';
import type { StartInstance } from './attempt.js';
import type { JobViews } from './events.js';
import { StoredExecutions, StoredTasks } from './executions.js';
import { type JobWriter, jobWriter } from './job-kind.js';
import { JobReconciler, type JobReconcilerDependencies } from './job-reconciler.js';
import { removeJob } from './removal.js';
import { runJob } from './run.js';
import { Runner } from './runner.js';
import { Slots, slotsOfThisMachine } from './slots.js';
import { Turns } from './turns.js';
import type { Executions, JobRuns, RunRequest, Tasks } from './types.js';

export type { JobViews } from './events.js';
export type { JobWriter } from './job-kind.js';
export type { ContainerOverride, Executions, RunOverrides, RunRequest, Tasks } from './types.js';

const { jobs } = collections;

export interface JobsOptions extends WriterDependencies, JobReconcilerDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly views: JobViews;
  readonly start: StartInstance;
  /** Tasks that run at the same time, of all executions together; by this machine's memory when left out. */
  readonly slots?: number;
  /** Executions of each job; Cloud Run's own limit when left out. */
  readonly keptExecutions?: number;
}

export class Jobs implements JobRuns {
  /** Create, update and both in one, each through the gate. */
  readonly writer: JobWriter;
  readonly executions: Executions;
  readonly tasks: Tasks;
  readonly #turns = new Turns();
  readonly #reconciler: JobReconciler;
  readonly #runner: Runner;

  constructor(private readonly options: JobsOptions) {
    const { store, slots = slotsOfThisMachine() } = options;
    this.writer = jobWriter(options);
    this.executions = new StoredExecutions({ store, turns: this.#turns });
    this.tasks = new StoredTasks(store);
    this.#reconciler = new JobReconciler(options);
    this.#runner = new Runner({ ...options, turns: this.#turns, slots: new Slots(slots) });
  }

  /** Takes up what an earlier run left unfinished. */
  async start(): Promise<void> {
    await this.#reconciler.start();
    await this.#runner.start();
  }

  /** Stops every task; the next start makes its attempt again. */
  async close(): Promise<void> {
    await Promise.all([this.#reconciler.close(), this.#runner.close()]);
  }

  /** Resolves when of executions that have ended, or are gone, nothing runs any longer. */
  async goneStopped(): Promise<void> {
    await this.#reconciler.idle();
    await this.#runner.goneStopped();
  }

  /** @throws NOT_FOUND */
  async get(key: JobKey): Promise<Stored<JobRecord>> {
    const row = await this.options.store.get<JobRecord>(jobs.at(key));
    if (!row) throw jobResourceNotFound('JOB', key);
    return row;
  }

  /** Jobs of a project, in one location or in all, by location and name. */
  async list(project: string, location?: string): Promise<Stored<JobRecord>[]> {
    return this.options.store.list<JobRecord>(jobs.in(project, location));
  }

  /** Jobs that were deleted and have not expired yet, by location and name. */
  async listDeleted(project: string, location: string | undefined, time: Date): Promise<JobRecord[]> {
    const rows = await this.options.store.list<JobRecord>(jobs.deletedIn(project, location));
    return rows.map(({ value }) => value).filter(unexpired(time));
  }

  /** Removes a job with its executions; what runs is stopped afterwards. @throws NOT_FOUND, ABORTED */
  remove(key: JobKey, call: Call, options: RemovalOptions<JobRecord> = {}): Promise<OperationRecord> {
    return removeJob(key, call, options, { ...this.options, turns: this.#turns });
  }

  run(key: JobKey, request: RunRequest, call: Call): Promise<Written<ExecutionRecord>> {
    return runJob(key, request, call, { ...this.options, turns: this.#turns });
  }
}
