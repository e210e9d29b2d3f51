/** Worker pools as the APIs reach them: writes through the gate, reads, removal; and the instances behind them. */
import type { Store } from '../../store/index.js';
import { unexpired } from '../deletion.js';
import {
  collections,
  type ResourceKey,
  type Stored,
  type WorkerPoolRecord,
  type WorkerPoolRevisionRecord,
} from '../model.js';
import type { WriterDependencies } from '../resource-writer.js';
import { WorkerPoolReconciler, type WorkerPoolReconcilerDependencies } from './reconciler.js';
import { type WorkerPoolRemoval, workerPoolRemoval } from './removal.js';
import { workerPoolNotFound } from './texts.js';
import { type WorkerPoolWriter, workerPoolWriter } from './writer.js';

export type WorkerPoolDependencies = WriterDependencies & WorkerPoolReconcilerDependencies;

export class WorkerPools {
  /** Create, update and both in one, each through the gate. */
  readonly writer: WorkerPoolWriter;
  /** Deletes worker pools and revisions. */
  readonly removal: WorkerPoolRemoval;
  readonly #store: Store;
  readonly #reconciler: WorkerPoolReconciler;

  constructor(deps: WorkerPoolDependencies) {
    this.#store = deps.store;
    this.writer = workerPoolWriter(deps);
    this.removal = workerPoolRemoval(deps);
    this.#reconciler = new WorkerPoolReconciler(deps);
  }

  /** Takes up what an earlier run left unfinished, and starts the instances of the pools that there are. */
  start(): Promise<void> {
    return this.#reconciler.start();
  }

  /** Resolves when what the store no longer asks for has stopped. */
  goneStopped(): Promise<void> {
    return this.#reconciler.idle();
  }

  /** Stops all instances. */
  close(): Promise<void> {
    return this.#reconciler.close();
  }

  /** @throws NOT_FOUND */
  async get(key: ResourceKey): Promise<Stored<WorkerPoolRecord>> {
    const row = await this.#store.get<WorkerPoolRecord>(collections.workerPools.at(key));
    if (!row) throw workerPoolNotFound(key);
    return row;
  }

  /** Worker pools of a project, in one location or in all, by location and name. */
  list(project: string, location?: string): Promise<Stored<WorkerPoolRecord>[]> {
    return this.#store.list<WorkerPoolRecord>(collections.workerPools.in(project, location));
  }

  /** Those that were deleted and have not expired yet. */
  async listDeleted(project: string, location: string | undefined, time: Date): Promise<WorkerPoolRecord[]> {
    const rows = await this.#store.list<WorkerPoolRecord>(
      collections.workerPools.deletedIn(project, location),
    );
    return rows.map(({ value }) => value).filter(unexpired(time));
  }

  getRevision(key: ResourceKey): Promise<Stored<WorkerPoolRevisionRecord> | undefined> {
    return this.#store.get<WorkerPoolRevisionRecord>(collections.workerPoolRevisions.at(key));
  }

  /** Revisions of all worker pools of a project, in one location or in all. */
  listRevisions(project: string, location?: string): Promise<Stored<WorkerPoolRevisionRecord>[]> {
    return this.#store.list<WorkerPoolRevisionRecord>(collections.workerPoolRevisions.in(project, location));
  }

  /** Those that were deleted and have not expired yet. */
  async listDeletedRevisions(
    project: string,
    location: string | undefined,
    time: Date,
  ): Promise<WorkerPoolRevisionRecord[]> {
    const prefix = collections.workerPoolRevisions.deletedIn(project, location);
    const rows = await this.#store.list<WorkerPoolRevisionRecord>(prefix);
    return rows.map(({ value }) => value).filter(unexpired(time));
  }
}
