/**
 * The reconciler: wakes by the store's watch, has the revisions brought up that a changed service needs, and settles
 * service and operations in one transaction. Level-triggered: it looks at what is stored, never at what happened, so
 * it may be killed at any point and goes on after a restart.
 */
import type { Log } from '../audit/index.js';
import { type Store, VersionConflict } from '../store/index.js';
import { type BringUpDependencies, bringUp } from './bring-up.js';
import { ComingUp } from './coming-up.js';
import { endOperations } from './ended-operations.js';
import { type ObjectViews, revisionEvent, serviceEvent } from './events.js';
import {
  collections,
  keys,
  type RevisionRecord,
  type RoutedTarget,
  type ServiceKey,
  type ServiceRecord,
} from './model.js';
import { notReady } from './texts.js';
import { settledBy, type Verdict, verdictOn } from './verdict.js';
import { Watched } from './watched.js';

export interface ReconcilerDependencies extends BringUpDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly views: ObjectViews;
  /** Stops the service's pools, but for those that traffic reaches and those of these revisions, which it is to reach. */
  readonly retire: (key: ServiceKey, service: ServiceRecord | undefined, needed: ReadonlySet<string>) => void;
  /** Called when a service has been settled: its revisions get as many instances as it says. */
  readonly settled: (service: ServiceRecord) => Promise<void>;
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
  readonly #watched: Watched;
  readonly #comingUp: ComingUp<RevisionRecord>;

  constructor(private readonly deps: ReconcilerDependencies) {
    const { store, onError } = deps;
    const look = (key: ServiceKey) => this.#reconcile(key);
    this.#watched = new Watched({ store, prefix: collections.services.all, look, onError });
    this.#comingUp = new ComingUp<RevisionRecord>({
      ...deps,
      rowKey: collections.revisions.at,
      bringUp: (revision, signal) => bringUp(revision, deps, signal),
      failedEntry: (revision, time) => revisionEvent(revision, deps.views, time),
      ended: (service, recorded) =>
        recorded ? this.#watched.wake(service) : this.#watched.wakeLater(service),
    });
  }

  /** Takes up whatever an earlier run left unfinished, then follows the store. */
  start(): Promise<void> {
    return this.#watched.start();
  }

  /** Stops waking; work under way is given up unrecorded and taken up by the next start. */
  async close(): Promise<void> {
    this.#watched.stop();
    await this.#comingUp.close();
    await this.#watched.idle();
  }

  /** Resolves when every service that woke it has been looked at. */
  idle(): Promise<void> {
    return this.#watched.idle();
  }

  async #reconcile(key: ServiceKey): Promise<void> {
    const row = await this.deps.store.get<ServiceRecord>(keys.service(key));
    const service = row?.value;
    const unsettled = service !== undefined && service.observedGeneration !== service.generation;
    const needed = unsettled ? await this.#revisionsNeeded(service) : [];
    const pending = needed.filter(({ value }) => value.state === 'pending');
    // Whoever has become superfluous stops first: a newer deploy does not wait for an older one's startup probe.
    this.#comingUp.only(key, pending);
    this.deps.retire(key, service, new Set(needed.map(({ value }) => value.name)));
    if (!row || pending.length > 0 || this.#watched.closed) return;
    if (!unsettled) {
      await this.deps.settled(row.value);
      return;
    }
    try {
      await this.#settle(
        row.value,
        row.version,
        needed.map(({ value }) => value),
      );
    } catch (error) {
      // Somebody wrote the service meanwhile: that write has woken us again, and what we brought up stays up.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }

  /** The newest revision first, then those that traffic names. */
  async #revisionsNeeded(service: ServiceRecord): Promise<{ value: RevisionRecord; version: number }[]> {
    const named = service.spec.traffic.flatMap(({ revision }) => ('name' in revision ? [revision.name] : []));
    const names = [...new Set([service.latestCreatedRevision, ...named])];
    return Promise.all(
      names.map(async (name) => {
        const row = await this.deps.store.get<RevisionRecord>(
          keys.revision(service.project, service.location, name),
        );
        if (!row) throw new Error(`revision ${name} of ${keys.service(service)} is missing`);
        return row;
      }),
    );
  }

  async #settle(
    service: ServiceRecord,
    version: number,
    revisions: readonly RevisionRecord[],
  ): Promise<void> {
    const time = this.deps.clock();
    const verdict = verdictOn(revisions, notReady);
    const settled = settledAs(service, verdict, time);
    await this.deps.store.commit([
      { op: 'put', key: keys.service(service), value: settled, ifVersion: version },
      ...(await endOperations(this.deps.store, {
        kind: 'service',
        owner: settled,
        subject: { kind: 'service', service: settled },
        ...(verdict.kind === 'ready' ? {} : { error: { code: verdict.code, message: verdict.message } }),
      })),
      ...this.deps.log.writes(service.project, [serviceEvent(settled, this.deps.views, time)], time),
    ]);
  }
}

function settledAs(service: ServiceRecord, verdict: Verdict, time: Date): ServiceRecord {
  const { fields, latest } = settledBy(verdict, service, time);
  return {
    ...service,
    ...fields,
    ...(latest === undefined ? {} : { traffic: routeTraffic(service, latest) }),
  };
}
