/** The room's one object: writes that go through the gate, reads, operations, and the way to an instance. */
import type { Log } from '../audit/index.js';
import type { Executor } from '../runtime/index.js';
import type { SecretReader } from '../secrets/index.js';
import type { Store } from '../store/index.js';
import type { AdmissionDependencies } from './admission.js';
import { unexpired } from './deletion.js';
import { serviceNotFound } from './errors.js';
import { instanceEvents, type ObjectViews } from './events.js';
import { type InstanceDependencies, type InstanceIdentity, instanceRegistry } from './instance/index.js';
import { type Lease, Pool } from './instances.js';
import {
  type ImportedImages,
  keys,
  type RevisionRecord,
  type ServiceKey,
  type ServiceRecord,
  type Stored,
} from './model.js';
import { Operations } from './operations.js';
import { Reconciler } from './reconciler.js';
import { Routes } from './routes.js';
import { type ServiceRemoval, serviceRemoval } from './service-removal.js';
import { type ServiceWriter, serviceWriter } from './service-writer.js';
import { ingressContainer } from './template.js';
import type { ServiceHost } from './urls.js';

export interface DeploymentsOptions extends AdmissionDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly executor: () => Promise<Executor>;
  /** Reads secrets as the runtime service account. */
  readonly secrets: SecretReader;
  readonly openBlob: (digest: string) => () => import('node:stream').Readable;
  readonly views: ObjectViews;
  readonly clock: () => Date;
  /** Milliseconds after which an unused instance is stopped. */
  readonly idleMs?: number;
  readonly onError: (error: unknown) => void;
}

export class Deployments {
  /** Create, update and both in one, each through the gate. */
  readonly writer: ServiceWriter;
  /** Deletes services and revisions. */
  readonly removal: ServiceRemoval;
  readonly operations: Operations;
  /** What every instance is started with, whoever's it is. */
  readonly #instances: InstanceDependencies;
  readonly #pools = new Map<string, Pool>();
  /** Pools that have been taken away and are being closed. */
  readonly #closing = new Set<Promise<void>>();
  readonly #routes: Routes;
  readonly #reconciler: Reconciler;

  constructor(private readonly deps: DeploymentsOptions) {
    const { executor, openBlob, secrets, log, clock } = deps;
    const events = instanceEvents(log, clock);
    this.#instances = { executor, openBlob, secrets, clock, events, registry: instanceRegistry() };
    this.writer = serviceWriter(deps);
    this.removal = serviceRemoval(deps);
    this.operations = new Operations(deps.store);
    this.#routes = new Routes(deps.store);
    this.#reconciler = new Reconciler({
      ...deps,
      pool: (revision, imported) => this.#pool(revision, imported),
      retire: (key, service, needed) => this.#retirePools(key, service, needed),
      settled: (service) => this.#keepWarm(service),
    });
  }

  async start(): Promise<void> {
    await this.#routes.start();
    await this.#reconciler.start();
  }

  /** Resolves when what the store no longer asks for has stopped: with a service that is gone, its last instance. */
  async goneStopped(): Promise<void> {
    await this.#reconciler.idle();
    await Promise.all(this.#closing);
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    const reconciled = this.#reconciler.close();
    // The front door has let requests end before it closed: what still runs is cut off.
    await Promise.all(pools.map((pool) => pool.close(0)));
    await reconciled;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close(0)));
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
   * @throws InstanceFailure when no instance comes up
   */
  async acquire(service: ServiceRecord, tag?: string): Promise<Lease | undefined> {
    const name = this.#routes.choose(service, tag);
    if (name === undefined) return undefined;
    const id = keys.revision(service.project, service.location, name);
    const open = this.#pools.get(id);
    if (open) return open.acquire();
    const row = await this.deps.store.get<RevisionRecord>(id);
    if (row?.value.imported === undefined || row.value.state !== 'ready') return undefined;
    return this.#pool(row.value, row.value.imported).acquire();
  }

  #pool(revision: RevisionRecord, imported: ImportedImages): Pool {
    const id = keys.revision(revision.project, revision.location, revision.name);
    const existing = this.#pools.get(id);
    if (existing) return existing;
    const { executor, openBlob, idleMs } = this.deps;
    const image = imported[ingressContainer(revision.template).name];
    if (!image) throw new Error(`revision ${revision.name} has no image of its ingress container`);
    const pool = new Pool(revision, image, {
      executor,
      openBlob,
      events: this.#instances.events,
      ...(idleMs === undefined ? {} : { idleMs }),
    });
    this.#pools.set(id, pool);
    return pool;
  }

  /** Stops the pools of a service's revisions that traffic does not reach and that are not coming up either. */
  #retirePools(key: ServiceKey, service: ServiceRecord | undefined, needed: ReadonlySet<string>): void {
    const reached = new Set([...needed, ...(service?.traffic ?? []).map((target) => target.revisionName)]);
    const prefix = keys.revisions(key.project, key.location);
    for (const [id, pool] of this.#pools) {
      if (!id.startsWith(prefix) || pool.service !== key.name || reached.has(id.slice(prefix.length)))
        continue;
      this.#pools.delete(id);
      const closing = pool.close().catch(this.deps.onError);
      this.#closing.add(closing);
      void closing.finally(() => this.#closing.delete(closing));
    }
  }

  #keepWarm(service: ServiceRecord): void {
    if (service.spec.template.minInstances > 0)
      this.acquire(service).then((lease) => lease?.release(), this.deps.onError);
  }
}

/** Opens the room over a store and takes up what an earlier run left unfinished. */
export async function openDeployments(options: DeploymentsOptions): Promise<Deployments> {
  const deployments = new Deployments(options);
  await deployments.start();
  return deployments;
}
