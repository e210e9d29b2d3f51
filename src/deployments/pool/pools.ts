/** The pools of all services' revisions: opened when something needs them, closed when traffic no longer does. */
import type { Store } from '../../store/index.js';
import { type InstanceDependencies, startInstance } from '../instance/index.js';
import {
  type ImportedImages,
  keys,
  type RevisionRecord,
  type ServiceKey,
  type ServiceRecord,
} from '../model.js';
import { Pool } from './pool.js';
import { revisionRequest, startupAllowance } from './revision-request.js';
import { scalingOf } from './scaling.js';

export interface PoolsDependencies {
  readonly store: Store;
  readonly instances: InstanceDependencies;
  /** Milliseconds after which an unused instance is stopped. */
  readonly idleMs?: number;
  readonly onError: (error: unknown) => void;
}

export class Pools {
  readonly #open = new Map<string, Pool>();
  /** Pools that have been taken away and are being closed. */
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(private readonly deps: PoolsDependencies) {}

  /** The pool of a revision whose images are there; opened unless it is. */
  of(revision: RevisionRecord, imported: ImportedImages): Pool {
    const id = keys.revision(revision.project, revision.location, revision.name);
    const existing = this.#open.get(id);
    if (existing) return existing;
    const { instances, idleMs, onError } = this.deps;
    const pool = new Pool(revision, {
      start: (reason, signal) =>
        startInstance(revisionRequest(revision, imported, reason), instances, signal),
      startAllowanceMs: startupAllowance(revision).seconds * 1000,
      onError,
      ...(idleMs === undefined ? {} : { idleMs }),
    });
    if (this.#closed) this.#close(pool, 0);
    else this.#open.set(id, pool);
    return pool;
  }

  /** The pool of one of the service's revisions, if it is open. */
  peek({ project, location }: ServiceKey, revision: string): Pool | undefined {
    return this.#open.get(keys.revision(project, location, revision));
  }

  /** The pool of one of the service's revisions, scaled as the service says; undefined unless the revision is ready. */
  async find(service: ServiceRecord, revision: string): Promise<Pool | undefined> {
    const open = this.peek(service, revision);
    if (open) return open;
    const key = keys.revision(service.project, service.location, revision);
    const row = await this.deps.store.get<RevisionRecord>(key);
    if (row?.value.imported === undefined || row.value.state !== 'ready') return undefined;
    const pool = this.of(row.value, row.value.imported);
    pool.scale(scalingOf(service, revision, row.value.template));
    return pool;
  }

  /** Scales the pools of all revisions that the service's traffic reaches; those that must not sleep start. */
  async settle(service: ServiceRecord): Promise<void> {
    for (const revision of new Set(service.traffic.map(({ revisionName }) => revisionName))) {
      const { project, location } = service;
      const row = await this.deps.store.get<RevisionRecord>(keys.revision(project, location, revision));
      if (!row || this.#closed) continue;
      const scaling = scalingOf(service, revision, row.value.template);
      const pool = scaling.min > 0 ? await this.find(service, revision) : this.peek(service, revision);
      pool?.scale(scaling);
    }
  }

  /** Closes the pools of a service's revisions that traffic does not reach and that are not coming up either. */
  retire(key: ServiceKey, service: ServiceRecord | undefined, needed: ReadonlySet<string>): void {
    const reached = new Set([...needed, ...(service?.traffic ?? []).map((target) => target.revisionName)]);
    const prefix = keys.revisions(key.project, key.location);
    for (const [id, pool] of this.#open) {
      if (!id.startsWith(prefix) || pool.service !== key.name || reached.has(id.slice(prefix.length)))
        continue;
      this.#open.delete(id);
      this.#close(pool);
    }
  }

  /** Resolves when the pools that were taken away have stopped. */
  async gone(): Promise<void> {
    await Promise.all(this.#closing);
  }

  /** Cuts off what still runs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const pool of this.#open.values()) this.#close(pool, 0);
    this.#open.clear();
    await this.gone();
  }

  #close(pool: Pool, drainMs?: number): void {
    const closing = pool.close(drainMs).catch(this.deps.onError);
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
