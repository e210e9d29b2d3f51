/** One execution while it runs: starts its tasks' attempts, as many at a time as it may, and records how they end. */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Log } from '../../audit/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';
import { Later } from '../later.js';
import { collections, type ExecutionKey, type ExecutionRecord, type TaskRecord } from '../model.js';
import { type AttemptDependencies, attempt, instanceOf } from './attempt.js';
import { endOperationsOf, toldJob } from './ending.js';
import { executionEvent, type JobViews } from './events.js';
import { cancelled, ended, finished, lost, type Pair, scheduled, started } from './progress.js';
import { taskKey, tasksOf } from './rows.js';
import type { Slots } from './slots.js';
import type { Turns } from './turns.js';

const { executions, jobs, tasks } = collections;

export interface ExecutionRunDependencies extends AttemptDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly views: JobViews;
  readonly turns: Turns;
  readonly slots: Slots;
  readonly clock: () => Date;
}

export class ExecutionRun {
  /** Resolves when nothing of it runs any longer; rejects when it cannot go on. */
  readonly done: Promise<void>;
  readonly #key: ExecutionKey;
  readonly #running = new Set<number>();
  #waiting: number[] = [];
  #parallelism = 1;
  /** Ends the attempts. */
  readonly #stop = new AbortController();
  /** Nothing is recorded any longer: the execution is gone, or the plane closes. */
  readonly #abandoned = new AbortController();
  #failure: unknown;
  #settled: () => void = () => undefined;

  constructor(
    key: ExecutionKey,
    private readonly deps: ExecutionRunDependencies,
  ) {
    // Each attempt listens.
    setMaxListeners(0, this.#stop.signal, this.#abandoned.signal);
    this.#key = { project: key.project, location: key.location, name: key.name };
    this.done = this.#go();
  }

  /** Starts no more tasks, stops those that run, and then records the execution's end. */
  cancel(): void {
    this.#stop.abort();
  }

  /** Stops what runs and records nothing of it. */
  abandon(): void {
    this.#abandoned.abort();
    this.#stop.abort();
  }

  async #go(): Promise<void> {
    await this.#recover();
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
      this.#fill();
    });
    if (this.#failure !== undefined) throw this.#failure;
    await this.#finish();
  }

  /** What an earlier run of the plane had begun is begun anew. */
  async #recover(): Promise<void> {
    await this.#record(async (execution, version) => {
      const rows = await tasksOf(this.deps.store, execution);
      const time = this.deps.clock();
      const writes: Write[] = [];
      let now = execution;
      for (const { value, version: ifVersion } of rows) {
        if (value.state !== 'running') continue;
        const pair = lost({ execution: now, task: value }, time);
        now = pair.execution;
        writes.push({ op: 'put', key: tasks.at(value), value: pair.task, ifVersion });
      }
      if (writes.length > 0)
        await this.deps.store.commit([
          { op: 'put', key: executions.at(execution), value: now, ifVersion: version },
          ...writes,
        ]);
      this.#parallelism = execution.template.parallelism;
      this.#waiting = rows
        .filter(({ value }) => value.state === 'waiting' || value.state === 'running')
        .map(({ value }) => value.index);
    });
  }

  #fill(): void {
    while (!this.#stop.signal.aborted && this.#running.size < this.#parallelism) {
      const index = this.#waiting.shift();
      if (index === undefined) break;
      this.#running.add(index);
      this.#task(index).then(
        (again) => this.#over(index, again),
        (error: unknown) => {
          this.#failure ??= error;
          this.abandon();
          this.#over(index, false);
        },
      );
    }
    if (this.#running.size === 0) this.#settled();
  }

  #over(index: number, again: boolean): void {
    this.#running.delete(index);
    if (again) this.#waiting.push(index);
    this.#fill();
  }

  /** One attempt at a task. @returns whether another one is to follow */
  async #task(index: number): Promise<boolean> {
    const { deps } = this;
    const release = await deps.slots.acquire(this.#stop.signal);
    if (!release) return false;
    try {
      const begun = await this.#update(index, (pair) =>
        pair.execution.cancelRequestTime === undefined ? scheduled(pair, deps.clock()) : undefined,
      );
      if (!begun) return false;
      const { execution, task } = begun;
      const id = `${execution.name}-${index}-${randomBytes(4).toString('hex')}`;
      let starting = Promise.resolve<unknown>(undefined);
      const result = await attempt(
        instanceOf(execution, task, id),
        execution.template.task.timeoutSeconds,
        () => {
          if (task.startTime !== undefined) return;
          starting = this.#update(index, (pair) => started(pair, deps.clock()));
        },
        deps,
        this.#stop.signal,
      );
      await starting;
      const after = await this.#update(index, (pair) =>
        result ? ended(pair, result, deps.clock()) : cancelled(pair, deps.clock()),
      );
      return after?.task.state === 'waiting';
    } finally {
      release();
    }
  }

  /** Moves the execution and one of its tasks. @returns undefined when there is nothing to move any longer */
  async #update(index: number, change: (pair: Pair) => Pair | undefined): Promise<Pair | undefined> {
    const { store } = this.deps;
    const key = taskKey(this.#key, index);
    let moved: Pair | undefined;
    await this.#record(async (execution, version) => {
      moved = undefined;
      const row = await store.get<TaskRecord>(key);
      const pair = row && change({ execution, task: row.value });
      if (!pair) return;
      await store.commit([
        { op: 'put', key: executions.at(execution), value: pair.execution, ifVersion: version },
        { op: 'put', key, value: pair.task, ifVersion: row.version },
      ]);
      moved = pair;
    });
    return moved;
  }

  async #finish(): Promise<void> {
    const { store, log, views, turns, clock } = this.deps;
    await this.#record(async (before, version) => {
      const rows = await tasksOf(store, before);
      const time = clock();
      const finish = finished(
        before,
        rows.map(({ value }) => value),
        time,
      );
      const { execution } = finish;
      const changed = finish.tasks.filter((task, index) => task !== rows[index]?.value);
      const job = jobs.at({ ...this.#key, name: execution.job });
      await turns.take(job, async () =>
        store.commit([
          { op: 'put', key: executions.at(execution), value: execution, ifVersion: version },
          ...changed.map((task): Write => ({ op: 'put', key: tasks.at(task), value: task })),
          ...(await endOperationsOf(store, execution, finish.error)),
          ...(await toldJob(store, execution)),
          ...log.writes(execution.project, [executionEvent(execution, views, time)], time),
        ]),
      );
    });
  }

  /**
   * Reads the execution and writes what follows, in its turn, until it is on disk: a full disk or a busy database only
   * delays it. Does nothing when the execution is gone or has ended.
   */
  async #record(write: (execution: ExecutionRecord, version: number) => Promise<void>): Promise<void> {
    const { store, turns, onError } = this.deps;
    const key = executions.at(this.#key);
    const later = new Later();
    while (!this.#abandoned.signal.aborted) {
      try {
        await turns.take(key, async () => {
          const row = await store.get<ExecutionRecord>(key);
          if (row?.value.state !== 'running') this.abandon();
          else await write(row.value, row.version);
        });
        break;
      } catch (error) {
        if (error instanceof VersionConflict) continue;
        onError(error);
        await this.#pause(later);
      }
    }
    later.close();
  }

  #pause(later: Later): Promise<void> {
    const { signal } = this.#abandoned;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
      later.again('', () => resolve());
    });
  }
}
