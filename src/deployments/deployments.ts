/** The room's one object: writes that go through the gate, reads, operations, and the way to an instance. */
import type { Log } from '../audit/index.js';
import type { Executor } from '../runtime/index.js';
import type { Store } from '../store/index.js';
import type { AdmissionDependencies } from './admission.js';
import { unexpired } from './deletion.js';
import { serviceNotFound } from './errors.js';
import { instanceEvents, type ObjectViews } from './events.js';
import {
  type ContainerTrust,
  type InstanceDependencies,
  type InstanceIdentity,
  instanceRegistry,
  startInstance,
} from './instance/index.js';
import { Jobs } from './jobs/index.js';
import { keys, type RevisionRecord, type ServiceKey, type ServiceRecord, type Stored } from './model.js';
import { Operations } from './operations.js';
import { type Lease, Pools } from './pool/index.js';
import { Reconciler } from './reconciler.js';
import { Routes } from './routes.js';
import { type ServiceRemoval, serviceRemoval } from './service-removal.js';
import { type ServiceWriter, serviceWriter } from './service-writer.js';
import type { ServiceHost } from './urls.js';
import { WorkerPools } from './worker-pools/index.js';

export interface DeploymentsOptions extends AdmissionDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly executor: () => Promise<Executor>;
  readonly openBlob: (digest: string) => () => import('node:stream').Readable;
  readonly views: ObjectViews;
  readonly clock: () => Date;
  /** What containers are given to trust whoever answers for Google's APIs here. */
  readonly trust?: () => Promise<ContainerTrust>;
  /** Milliseconds after which an unused instance is stopped. */
  readonly idleMs?: number;
  readonly onError: (error: unknown) => void;
}

/** What is known of a request that asks for an instance. */
export interface AcquireOptions {
  /** The revision that a host names by its tag. */
  readonly tag?: string | undefined;
  /** Of an earlier lease: the request goes to the same instance while it has room. */
  readonly affinity?: string | undefined;
  /** Aborted when the client does not wait any longer. */
  readonly gone?: AbortSignal | undefined;
}

export class Deployments {
  /** Create, update and both in one, each through the gate. */
  readonly writer: ServiceWriter;
  /** Deletes services and revisions. */
  readonly removal: ServiceRemoval;
  readonly operations: Operations;
  readonly jobs: Jobs;
  readonly workerPools: WorkerPools;
  /** What every instance is started with, whoever's it is. */
  readonly #instances: InstanceDependencies;
  readonly #pools: Pools;
  readonly #routes: Routes;
  readonly #reconciler: Reconciler;

  constructor(private readonly deps: DeploymentsOptions) {
    const { executor, openBlob, secrets, log, clock } = deps;
    const events = instanceEvents(log, clock);
    this.#instances = {
      ...{ executor, openBlob, secrets, clock, events, registry: instanceRegistry() },
      ...(deps.trust === undefined ? {} : { trust: deps.trust }),
    };
    this.writer = serviceWriter(deps);
    this.removal = serviceRemoval(deps);
    this.operations = new Operations(deps.store);
    this.jobs = new Jobs({
      ...deps,
      start: (request, signal) => startInstance(request, this.#instances, signal),
    });
    this.workerPools = new WorkerPools({ ...deps, instances: this.#instances });
    this.#routes = new Routes(deps.store);
    this.#pools = new Pools({ ...deps, instances: this.#instances });
    this.#reconciler = new Reconciler({
      ...deps,
      pool: (revision, imported) => this.#pools.of(revision, imported),
      retire: (key, service, needed) => this.#pools.retire(key, service, needed),
      settled: (service) => this.#pools.settle(service),
    });
  }

  async start(): Promise<void> {
    await this.#routes.start();
    await this.#reconciler.start();
    await this.jobs.start();
    await this.workerPools.start();
  }

  /** Resolves when what the store no longer asks for has stopped: with a service that is gone, its last instance. */
  async goneStopped(): Promise<void> {
    await this.#reconciler.idle();
    await Promise.all([this.#pools.gone(), this.jobs.goneStopped(), this.workerPools.goneStopped()]);
  }

  async close(): Promise<void> {
    const reconciled = Promise.all([this.#reconciler.close(), this.jobs.close(), this.workerPools.close()]);
    // The front door has let requests end before it closed: what still runs is cut off.
    await this.#pools.close();
    await reconciled;
    await this.#pools.gone();
    this.#routes.close();
  }

  /** @throws NOT_FOUND */
  async get(key: ServiceKey): Promise<Stored<ServiceRecord>> {
    const row = await this.deps.store.get<ServiceRecord>(keys.service(key));
    if (!row) throw serviceNotFound(key);
    return row;
  }

  /** Services of a project, in one location or in all, by location and name. */
  async list(project: string, location?: string): Promise<Stored<ServiceRecord>[]> {
    return this.deps.store.list<ServiceRecord>(keys.services(project, location));
  }

  async listRevisions(project: string, location: string): Promise<Stored<RevisionRecord>[]> {
    return this.deps.store.list<RevisionRecord>(keys.revisions(project, location));
  }

  async getRevision(
    project: string,
    location: string,
    name: string,
  ): Promise<Stored<RevisionRecord> | undefined> {
    return this.deps.store.get<RevisionRecord>(keys.revision(project, location, name));
  }

  /** Services that were deleted and have not expired yet, by location and name. */
  async listDeleted(project: string, location: string | undefined, time: Date): Promise<ServiceRecord[]> {
    const rows = await this.deps.store.list<ServiceRecord>(keys.deletedServices(project, location));
    return rows.map(({ value }) => value).filter(unexpired(time));
  }

  /** The same for revisions. */
  async listDeletedRevisions(project: string, location: string, time: Date): Promise<RevisionRecord[]> {
    const rows = await this.deps.store.list<RevisionRecord>(keys.deletedRevisions(project, location));
    return rows.map(({ value }) => value).filter(unexpired(time));
  }

  /** Who runs in an instance, for the metadata server; undefined once it has ended. */
  instanceIdentity(id: string): InstanceIdentity | undefined {
    return this.#instances.registry.get(id);
  }

  /** The service that a run.app host names, if there is one. */
  find(host: ServiceHost): ServiceRecord | undefined {
    return this.#routes.find(host);
  }

  /**
   * A place on an instance for one request, by the service's traffic split or by tag.
   * @returns undefined when the service serves nothing (no revision was ever ready, or an unknown tag)
   * @throws InstanceFailure when no instance comes up, or none is free in time; the reason of `gone` once that is over
   */
  async acquire(service: ServiceRecord, options: AcquireOptions = {}): Promise<Lease | undefined> {
    const { tag, affinity, gone } = options;
    const own = affinity === undefined ? undefined : this.#revisionOf(service, tag, affinity);
    const name = own ?? this.#routes.choose(service, tag);
    if (name === undefined) return undefined;
    const pool = this.#pools.peek(service, name) ?? (await this.#pools.find(service, name));
    return pool?.acquire(affinity, gone);
  }

  /** The revision whose instance served the client before, while requests may still go to it. */
  #revisionOf(service: ServiceRecord, tag: string | undefined, affinity: string): string | undefined {
    return this.#routes
      .candidates(service, tag)
      .find((name) => this.#pools.peek(service, name)?.knows(affinity));
  }
}

/** Opens the room over a store and takes up what an earlier run left unfinished. */
export async function openDeployments(options: DeploymentsOptions): Promise<Deployments> {
  const deployments = new Deployments(options);
  await deployments.start();
  return deployments;
}
