/**
 * The reconciler of worker pools: has the revisions brought up that a changed pool needs, settles pool and operations
 * in one transaction, and has as many instances run as the pool says. Level-triggered, as that of services.
 */
import type { Log } from '../../audit/index.js';
import { type Store, VersionConflict } from '../../store/index.js';
import { ComingUp } from '../coming-up.js';
import { endOperations } from '../ended-operations.js';
import type { ObjectViews } from '../events.js';
import type { InstanceDependencies } from '../instance/index.js';
import {
  collections,
  type ResourceKey,
  type Stored,
  type WorkerPoolRecord,
  type WorkerPoolRevisionRecord,
} from '../model.js';
import type { RevisionDependencies } from '../revision-bring-up.js';
import { settledBy, type Verdict, verdictOn } from '../verdict.js';
import { Watched } from '../watched.js';
import { bringUpWorkers } from './bring-up.js';
import { workerPoolEvent, workerPoolRevisionEvent } from './events.js';
import { Fleet, type Wanted } from './fleet.js';
import { settleSplits, shareOut } from './splits.js';
import { cannotHaveInstances } from './texts.js';

export interface WorkerPoolReconcilerDependencies extends RevisionDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly views: ObjectViews;
  /** What instances are started with. */
  readonly instances: InstanceDependencies;
  readonly onError: (error: unknown) => void;
}

export class WorkerPoolReconciler {
  readonly #watched: Watched;
  readonly #comingUp: ComingUp<WorkerPoolRevisionRecord>;
  readonly #fleets = new Map<string, Fleet>();
  /** Of pools that are gone, while their last instances stop. */
  readonly #disbanding = new Set<Promise<void>>();

  constructor(private readonly deps: WorkerPoolReconcilerDependencies) {
    const { store, onError, views } = deps;
    const prefix = collections.workerPools.all;
    this.#watched = new Watched({ store, prefix, look: (key) => this.#reconcile(key), onError });
    this.#comingUp = new ComingUp<WorkerPoolRevisionRecord>({
      ...deps,
      rowKey: collections.workerPoolRevisions.at,
      bringUp: (revision, signal) => this.#bringUp(revision, signal),
      failedEntry: (revision, time) => workerPoolRevisionEvent(revision, views, time),
      ended: (pool, recorded) => (recorded ? this.#watched.wake(pool) : this.#watched.wakeLater(pool)),
    });
  }

  /** Takes up whatever an earlier run left unfinished, has what is to run run, then follows the store. */
  start(): Promise<void> {
    return this.#watched.start();
  }

  /** Stops every instance; work under way is given up unrecorded and taken up by the next start. */
  async close(): Promise<void> {
    this.#watched.stop();
    const comingUp = this.#comingUp.close();
    await Promise.all([...this.#fleets.values()].map((fleet) => fleet.close()));
    await comingUp;
    await this.#watched.idle();
    // A look that was under way may have begun something.
    await Promise.all([...this.#disbanding, ...[...this.#fleets.values()].map((fleet) => fleet.close())]);
  }

  /** Resolves when every pool that woke it has been looked at, and what is to stop has stopped. */
  async idle(): Promise<void> {
    await this.#watched.idle();
    await Promise.all([...this.#disbanding, ...[...this.#fleets.values()].map((fleet) => fleet.stopped())]);
  }

  async #reconcile(key: ResourceKey): Promise<void> {
    const row = await this.deps.store.get<WorkerPoolRecord>(collections.workerPools.at(key));
    const pool = row?.value;
    const unsettled = pool !== undefined && pool.observedGeneration !== pool.generation;
    const needed = unsettled ? await this.#revisionsNeeded(pool) : [];
    const pending = needed.filter(({ value }) => value.state === 'pending');
    this.#comingUp.only(key, pending);
    if (this.#watched.closed) return;
    await this.#man(
      key,
      pool,
      needed.map(({ value }) => value),
    );
    if (!row || !unsettled || pending.length > 0) return;
    try {
      await this.#settle(
        row,
        needed.map(({ value }) => value),
      );
    } catch (error) {
      // Somebody wrote the pool meanwhile: that write has woken us again, and what we brought up stays up.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }

  /** Has the instances run that the pool's settled splits ask for; those of revisions that are coming up stay. */
  async #man(
    key: ResourceKey,
    pool: WorkerPoolRecord | undefined,
    needed: readonly WorkerPoolRevisionRecord[],
  ): Promise<void> {
    const id = collections.workerPools.at(key);
    if (!pool) {
      this.#disband(id);
      return;
    }
    const wanted: Wanted[] = [];
    for (const [name, count] of shareOut(pool.settledInstances, pool.splits)) {
      const at = collections.workerPoolRevisions.at({ ...key, name });
      const revision = (await this.deps.store.get<WorkerPoolRevisionRecord>(at))?.value;
      if (revision?.imported) wanted.push({ revision: { ...revision, imported: revision.imported }, count });
    }
    if (this.#watched.closed) return;
    // What has come up waits for its pool to be settled; what has failed is given up.
    const staying = needed.filter(({ state }) => state !== 'failed').map(({ name }) => name);
    this.#fleetOf(id).want(wanted, new Set(staying));
  }

  /** Stops everything of a pool that is gone. */
  #disband(id: string): void {
    const fleet = this.#fleets.get(id);
    if (!fleet) return;
    this.#fleets.delete(id);
    const disbanding = fleet.close();
    this.#disbanding.add(disbanding);
    void disbanding.finally(() => this.#disbanding.delete(disbanding));
  }

  #fleetOf(id: string): Fleet {
    const known = this.#fleets.get(id);
    if (known) return known;
    const fleet = new Fleet(this.deps.instances, this.deps.onError);
    this.#fleets.set(id, fleet);
    return fleet;
  }

  /** A revision's first instance; none where the pool is to have none. */
  async #bringUp(revision: WorkerPoolRevisionRecord, signal: AbortSignal): Promise<WorkerPoolRevisionRecord> {
    const id = collections.workerPools.at({ ...revision, name: revision.workerPool });
    const pool = await this.deps.store.get<WorkerPoolRecord>(id);
    const first = (pool?.value.spec.instances ?? 0) > 0 ? this.#fleetOf(id) : undefined;
    return bringUpWorkers(revision, first, this.deps, signal);
  }

  /** The newest revision first, then those that splits name. */
  async #revisionsNeeded(pool: WorkerPoolRecord): Promise<Stored<WorkerPoolRevisionRecord>[]> {
    const named = pool.spec.splits.flatMap(({ revision }) => ('name' in revision ? [revision.name] : []));
    const names = [...new Set([pool.latestCreatedRevision, ...named])];
    return Promise.all(
      names.map(async (name) => {
        const at = collections.workerPoolRevisions.at({ ...pool, name });
        const row = await this.deps.store.get<WorkerPoolRevisionRecord>(at);
        if (!row) throw new Error(`revision ${name} of ${collections.workerPools.at(pool)} is missing`);
        return row;
      }),
    );
  }

  async #settle(
    { value: pool, version }: Stored<WorkerPoolRecord>,
    revisions: readonly WorkerPoolRevisionRecord[],
  ): Promise<void> {
    const { store, log, views, clock } = this.deps;
    const time = clock();
    const verdict = verdictOn(revisions, cannotHaveInstances);
    const settled = settledAs(pool, verdict, time);
    await store.commit([
      { op: 'put', key: collections.workerPools.at(pool), value: settled, ifVersion: version },
      ...(await endOperations(store, {
        kind: 'workerPool',
        owner: settled,
        subject: { kind: 'workerPool', workerPool: settled },
        ...(verdict.kind === 'ready' ? {} : { error: { code: verdict.code, message: verdict.message } }),
      })),
      ...log.writes(pool.project, [workerPoolEvent(settled, views, time)], time),
    ]);
  }
}

function settledAs(pool: WorkerPoolRecord, verdict: Verdict, time: Date): WorkerPoolRecord {
  const { fields, latest } = settledBy(verdict, pool, time);
  return {
    ...pool,
    ...fields,
    settledInstances: pool.spec.instances,
    ...(latest === undefined ? {} : { splits: settleSplits(pool.spec.splits, latest) }),
  };
}
