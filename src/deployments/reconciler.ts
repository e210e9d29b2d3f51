/**
 * The reconciler: wakes by the store's watch, brings the newest revision of a changed service up, and settles
 * service, revision and operations in one transaction. Level-triggered: it looks at what is stored, never at what
 * happened, so it may be killed at any point and goes on after a restart.
 */
import type { Log } from '../audit/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { type BringUpDependencies, bringUp, crashed } from './bring-up.js';
import { serviceFailed, serviceReady } from './conditions.js';
import { type ObjectViews, revisionEvent, serviceEvent } from './events.js';
import {
  keys,
  type OperationRecord,
  type RevisionRecord,
  type RoutedTarget,
  type ServiceKey,
  type ServiceRecord,
} from './model.js';

export interface ReconcilerDependencies extends BringUpDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly views: ObjectViews;
  /** Called after a service settled or was deleted: pools that serve no traffic any more are stopped. */
  readonly settled: (key: ServiceKey, service: ServiceRecord | undefined) => void;
  readonly onError: (error: unknown) => void;
}

/** Where traffic goes once the newest revision is ready. */
export function routeTraffic(service: ServiceRecord, latestReady: string): readonly RoutedTarget[] {
  return service.spec.traffic.map((target) => ({
    percent: target.percent,
    revisionName: 'latest' in target.revision ? latestReady : target.revision.name,
    latest: 'latest' in target.revision,
    ...(target.tag === undefined ? {} : { tag: target.tag }),
  }));
}

export class Reconciler {
  readonly #running = new Map<string, { dirty: boolean; done: Promise<void> }>();
  #unwatch: () => void = () => undefined;
  #closing = false;

  constructor(private readonly deps: ReconcilerDependencies) {}

  /** Takes up whatever an earlier run left unfinished, then follows the store. */
  async start(): Promise<void> {
    this.#unwatch = this.deps.store.watch('run/services/', (changes) => {
      for (const change of changes) {
        const [, , project, location, name] = change.key.split('/');
        if (project !== undefined && location !== undefined && name !== undefined)
          this.#wake({ project, location, name });
      }
    });
    for (const row of await this.deps.store.list<ServiceRecord>('run/services/')) this.#wake(row.value);
  }

  /** Stops waking; work under way is abandoned unrecorded and taken up by the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#unwatch();
    await Promise.allSettled([...this.#running.values()].map((task) => task.done));
  }

  #wake({ project, location, name }: ServiceKey): void {
    if (this.#closing) return;
    const key = { project, location, name };
    const id = keys.service(key);
    const running = this.#running.get(id);
    if (running) {
      running.dirty = true;
      return;
    }
    const task = { dirty: false, done: Promise.resolve() };
    this.#running.set(id, task);
    task.done = this.#run(key, task)
      .catch((error: unknown) => this.deps.onError(error))
      .finally(() => this.#running.delete(id));
  }

  async #run(key: ServiceKey, task: { dirty: boolean }): Promise<void> {
    do {
      task.dirty = false;
      await this.#reconcile(key);
    } while (task.dirty && !this.#closing);
  }

  async #reconcile(key: ServiceKey): Promise<void> {
    const { store } = this.deps;
    const row = await store.get<ServiceRecord>(keys.service(key));
    if (!row) {
      this.deps.settled(key, undefined);
      return;
    }
    const service = row.value;
    if (service.observedGeneration === service.generation) {
      this.deps.settled(key, service);
      return;
    }
    const revisionKey = keys.revision(key.project, key.location, service.latestCreatedRevision);
    const stored = await store.get<RevisionRecord>(revisionKey);
    if (!stored)
      throw new Error(`revision ${service.latestCreatedRevision} of ${keys.service(key)} is missing`);
    const revision = stored.value.state === 'pending' ? await this.#bringUp(stored.value) : stored.value;
    if (this.#closing) return;
    try {
      await this.#settle(service, row.version, revision, stored.version);
    } catch (error) {
      // Somebody wrote the service meanwhile: that write has woken us again, and what we brought up stays up.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }

  async #bringUp(revision: RevisionRecord): Promise<RevisionRecord> {
    try {
      return await bringUp(revision, this.deps);
    } catch (error) {
      this.deps.onError(error);
      return crashed(revision, error, this.deps.clock());
    }
  }

  async #settle(
    service: ServiceRecord,
    version: number,
    revision: RevisionRecord,
    revisionVersion: number,
  ): Promise<void> {
    const time = this.deps.clock();
    const failure = revision.conditions.find(
      (condition) => condition.type === 'Ready' && condition.status === 'False',
    );
    const settled: ServiceRecord = {
      ...service,
      observedGeneration: service.generation,
      ...(failure
        ? {
            conditions: serviceFailed(
              service.conditions,
              { reason: failure.reason ?? '', message: failure.message ?? '' },
              time,
            ),
            // What was ready before keeps serving, and named revisions get the share they were given.
            ...(service.latestReadyRevision === undefined
              ? {}
              : { traffic: routeTraffic(service, service.latestReadyRevision) }),
          }
        : {
            conditions: serviceReady(service.conditions, time),
            latestReadyRevision: revision.name,
            traffic: routeTraffic(service, revision.name),
          }),
    };
    const entries = [
      ...(failure ? [revisionEvent(revision, this.deps.views, time)] : []),
      serviceEvent(settled, this.deps.views, time),
    ];
    await this.deps.store.commit([
      { op: 'put', key: keys.service(service), value: settled, ifVersion: version },
      {
        op: 'put',
        key: keys.revision(revision.project, revision.location, revision.name),
        value: revision,
        ifVersion: revisionVersion,
      },
      ...(await this.#endOperations(settled, revision)),
      ...this.deps.log.writes(service.project, entries, time),
    ]);
  }

  /** Ends every unfinished operation of the service up to this generation: superseded ones end with it. */
  async #endOperations(service: ServiceRecord, revision: RevisionRecord): Promise<Write[]> {
    const writes: Write[] = [];
    for (const pending of await this.deps.store.list<string>(keys.pending(service))) {
      const key = keys.operation(service.project, service.location, pending.value);
      const operation = await this.deps.store.get<OperationRecord>(key);
      if (operation && operation.value.generation <= service.generation) {
        const result = { service, ...(revision.error ? { error: revision.error } : {}) };
        writes.push(
          { op: 'put', key, value: { ...operation.value, result } },
          { op: 'delete', key: pending.key },
        );
      }
    }
    return writes;
  }
}
