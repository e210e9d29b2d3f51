/**
 * Runs executions: each that has an unfinished operation goes on until it has ended. Level-triggered by those rows, so
 * the plane may be killed at any point and goes on after a restart.
 */
import { Later } from '../later.js';
import { collections, type ExecutionKey, type ExecutionRecord, keys } from '../model.js';
import { Watched } from '../watched.js';
import { ExecutionRun, type ExecutionRunDependencies } from './execution-run.js';

export class Runner {
  readonly #watched: Watched;
  readonly #later = new Later();
  readonly #runs = new Map<string, ExecutionRun>();

  constructor(private readonly deps: ExecutionRunDependencies) {
    const { store, onError } = deps;
    const look = (key: ExecutionKey) => this.#look(key);
    this.#watched = new Watched({ store, prefix: keys.executionsPending, look, onError });
  }

  /** Takes up whatever an earlier run left unfinished, then follows the store. */
  start(): Promise<void> {
    return this.#watched.start();
  }

  /** Stops every task; nothing of that is recorded, so that the next start makes the attempts again. */
  async close(): Promise<void> {
    this.#watched.stop();
    this.#later.close();
    await this.#watched.idle();
    for (const run of this.#runs.values()) run.abandon();
    await Promise.allSettled([...this.#runs.values()].map((run) => run.done));
  }

  /** Resolves when of executions that have ended, or are gone, nothing runs any longer. */
  async goneStopped(): Promise<void> {
    await this.#watched.idle();
    const gone: Promise<void>[] = [];
    for (const [key, run] of this.#runs) {
      const row = await this.deps.store.get<ExecutionRecord>(key);
      if (row?.value.state !== 'running') gone.push(run.done);
    }
    await Promise.allSettled(gone);
  }

  async #look(key: ExecutionKey): Promise<void> {
    const id = collections.executions.at(key);
    const row = await this.deps.store.get<ExecutionRecord>(id);
    const run = this.#runs.get(id);
    if (row?.value.state !== 'running') {
      run?.abandon();
      return;
    }
    if (this.#watched.closed) return;
    const running = run ?? this.#begin(id, key);
    if (row.value.cancelRequestTime !== undefined) running.cancel();
  }

  #begin(id: string, key: ExecutionKey): ExecutionRun {
    const run = new ExecutionRun(key, this.deps);
    this.#runs.set(id, run);
    run.done.then(
      () => {
        this.#runs.delete(id);
        this.#later.worked(id);
      },
      (error: unknown) => {
        this.#runs.delete(id);
        this.deps.onError(error);
        this.#later.again(id, () => this.#watched.wake(key));
      },
    );
    return run;
  }
}
