/** The room's one object: writes that go through the gate, reads, operations, and the way to an instance. */

import { randomUUID } from 'node:crypto';
import type { Log } from '../audit/index.js';
import { type JudgedRequirement, refusalAtTheGate } from '../checkpoint/index.js';
import {
  aborted,
  alreadyExists,
  badField,
  type Call,
  GoogleError,
  invalidArgument,
  notFound,
} from '../google/index.js';
import { emailOf, isServiceName, newRevisionName, runResourceName } from '../names/index.js';
import type { Executor } from '../runtime/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { type AdmissionDependencies, admit, planOf } from './admission.js';
import { serviceReconciling, setConditions } from './conditions.js';
import { imageReadWarning, instanceEvents, type ObjectViews } from './events.js';
import { type Lease, Pool } from './instances.js';
import {
  type ImportedImage,
  keys,
  type OperationRecord,
  type RevisionRecord,
  type ServiceKey,
  type ServiceRecord,
  type ServiceSpec,
} from './model.js';
import { getOperation, waitForOperation } from './operations.js';
import { Reconciler } from './reconciler.js';
import { Routes } from './routes.js';
import { sameTemplate } from './template.js';
import type { ServiceHost } from './urls.js';

export interface DeploymentsOptions extends AdmissionDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly executor: () => Promise<Executor>;
  readonly openBlob: (digest: string) => () => import('node:stream').Readable;
  readonly views: ObjectViews;
  readonly clock: () => Date;
  /** Milliseconds after which an unused instance is stopped. */
  readonly idleMs?: number;
  readonly onError: (error: unknown) => void;
}

/** One write of a service, as any API version sends it. */
export interface ServiceWrite {
  readonly key: ServiceKey;
  readonly projectNumber: string;
  readonly apiVersion: 'v1' | 'v2';
  readonly spec: ServiceSpec;
  /** The store version the client read; undefined overwrites blindly. */
  readonly ifVersion?: number;
  /** Judge and validate, write nothing. */
  readonly dryRun: boolean;
}

export interface Stored<T> {
  readonly value: T;
  readonly version: number;
}

/** A write met a row that changed under it this often: give up and let the client retry. */
const ATTEMPTS = 5;

export class Deployments {
  readonly #pools = new Map<string, Pool>();
  readonly #routes: Routes;
  readonly #reconciler: Reconciler;

  constructor(private readonly deps: DeploymentsOptions) {
    this.#routes = new Routes(deps.store);
    this.#reconciler = new Reconciler({
      ...deps,
      pool: (revision, imported) => this.#pool(revision, imported),
      settled: (key, service) => this.#retirePools(key, service),
    });
  }

  async start(): Promise<void> {
    await this.#routes.start();
    await this.#reconciler.start();
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    const reconciled = this.#reconciler.close();
    await Promise.all(pools.map((pool) => pool.close()));
    await reconciled;
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

  getOperation(project: string, location: string, id: string): Promise<OperationRecord> {
    return getOperation(this.deps.store, project, location, id);
  }

  waitForOperation(
    project: string,
    location: string,
    id: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<OperationRecord> {
    return waitForOperation(this.deps.store, project, location, id, timeoutMs, signal);
  }

  /** @throws ALREADY_EXISTS, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  create(write: ServiceWrite, call: Call): Promise<Stored<ServiceRecord>> {
    return this.#retry(write, () => this.#write(write, call, 'create'));
  }

  /** @throws NOT_FOUND, ABORTED for a stale version, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  replace(write: ServiceWrite, call: Call): Promise<Stored<ServiceRecord>> {
    return this.#retry(write, () => this.#write(write, call, 'replace'));
  }

  /** Removes the service with its revisions and its policy; instances are stopped afterwards. @throws NOT_FOUND */
  async remove(key: ServiceKey): Promise<ServiceRecord> {
    const { value, version } = await this.get(key);
    const revisions = await this.#revisionsOf(key);
    const pending = await this.deps.store.list<string>(keys.pending(key));
    const ended: Write[] = [];
    for (const row of pending) {
      const operationKey = keys.operation(key.project, key.location, row.value);
      const operation = await this.deps.store.get<OperationRecord>(operationKey);
      ended.push({ op: 'delete', key: row.key });
      if (!operation) continue;
      const result = { service: value, error: { code: 1, message: `Service ${key.name} was deleted.` } };
      ended.push({ op: 'put', key: operationKey, value: { ...operation.value, result } });
    }
    await this.deps.store.commit([
      { op: 'delete', key: keys.service(key), ifVersion: version },
      ...revisions.map(
        (row): Write => ({ op: 'delete', key: keys.revision(key.project, key.location, row.value.name) }),
      ),
      this.deps.access.removal(runResourceName('service', key.project, key.location, key.name)),
      ...ended,
    ]);
    return value;
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

  #pool(revision: RevisionRecord, imported: ImportedImage): Pool {
    const id = keys.revision(revision.project, revision.location, revision.name);
    const existing = this.#pools.get(id);
    if (existing) return existing;
    const { executor, openBlob, log, clock, idleMs } = this.deps;
    const pool = new Pool(revision, imported, {
      executor,
      openBlob,
      events: instanceEvents(log, clock),
      ...(idleMs === undefined ? {} : { idleMs }),
    });
    this.#pools.set(id, pool);
    return pool;
  }

  /** Stops the pools of a service's revisions that traffic no longer reaches, and warms those that must not sleep. */
  #retirePools(key: ServiceKey, service: ServiceRecord | undefined): void {
    const reached = new Set(service?.traffic.map((target) => target.revisionName));
    const prefix = keys.revisions(key.project, key.location);
    for (const [id, pool] of this.#pools) {
      if (!id.startsWith(prefix) || pool.service !== key.name || reached.has(id.slice(prefix.length)))
        continue;
      this.#pools.delete(id);
      void pool.close().catch(this.deps.onError);
    }
    if (service && service.spec.template.minInstances > 0) {
      this.acquire(service).then((lease) => lease?.release(), this.deps.onError);
    }
  }

  async #revisionsOf(key: ServiceKey): Promise<Stored<RevisionRecord>[]> {
    return (await this.listRevisions(key.project, key.location)).filter(
      (row) => row.value.service === key.name,
    );
  }

  async #retry(
    write: ServiceWrite,
    attempt: () => Promise<Stored<ServiceRecord>>,
  ): Promise<Stored<ServiceRecord>> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof VersionConflict) || tries === ATTEMPTS) {
          throw error instanceof VersionConflict
            ? conflict(write.key.name, error.expected, error.actual)
            : error;
        }
      }
    }
  }

  async #write(write: ServiceWrite, call: Call, kind: 'create' | 'replace'): Promise<Stored<ServiceRecord>> {
    const { key, spec } = write;
    const row = await this.deps.store.get<ServiceRecord>(keys.service(key));
    if (kind === 'create' && !isServiceName(key.name)) throw badServiceName();
    const templateChanged = !row || !sameTemplate(row.value.spec.template, spec.template);
    const { preconditions, warnings } = await this.#admit(
      write,
      call,
      row !== undefined && kind === 'replace',
      templateChanged,
    );
    if (kind === 'create' && row) throw alreadyExists(`Resource '${key.name}' already exists.`);
    if (kind === 'replace' && !row) throw serviceNotFound(key);
    if (write.ifVersion !== undefined && row && row.version !== write.ifVersion) {
      throw conflict(key.name, write.ifVersion, row.version);
    }
    await this.#checkTraffic(write, spec);
    const time = call.time;
    const next = await this.#nextRecord(write, row?.value, call, templateChanged);
    if (write.dryRun) return { value: next.service, version: row?.version ?? 0 };
    const operation: OperationRecord = {
      project: key.project,
      location: key.location,
      id: next.service.operationId,
      createTime: time.toISOString(),
      kind,
      service: key.name,
      generation: next.service.generation,
    };
    const entries = warnings.map((warning) => imageReadWarning(key, warning, call));
    const version = await this.deps.store.commit([
      ...preconditions,
      { op: 'put', key: keys.service(key), value: next.service, ifVersion: row?.version ?? 0 },
      ...next.writes,
      { op: 'put', key: keys.operation(key.project, key.location, operation.id), value: operation },
      { op: 'put', key: keys.pendingAt(key, operation.generation), value: operation.id },
      ...this.deps.log.writes(key.project, entries, time),
    ]);
    return { value: next.service, version };
  }

  /** The gate. The first refusal is thrown; what only warns is handed back. */
  async #admit(
    write: ServiceWrite,
    call: Call,
    exists: boolean,
    templateChanged: boolean,
  ): Promise<{ preconditions: readonly Write[]; warnings: readonly JudgedRequirement[] }> {
    const plan = planOf(write.key, write.spec, {
      apiVersion: write.apiVersion,
      projectNumber: write.projectNumber,
      deployer: call.principal,
      exists,
      templateChanged,
      publicAccess: false,
    });
    const { judgement, preconditions } = await admit(plan, this.deps, call.time);
    const { kind, name, project, location } = plan.target;
    const label =
      write.apiVersion === 'v1'
        ? `namespaces/${project}/${kind}s/${name}`
        : `projects/${project}/locations/${location}/${kind}s/${name}`;
    const deploys = judgement.requirements.find((requirement) => requirement.id === 'deployer-deploys');
    if (deploys?.permission !== undefined) {
      call.authorizations.push({
        permission: deploys.permission,
        resource: label,
        granted: deploys.verdict === 'granted',
      });
    }
    const refusal = refusalAtTheGate(judgement);
    if (refusal) throw refused(refusal);
    return {
      preconditions,
      warnings: judgement.warnings.filter((warning) => warning.id === 'deployer-reads-image'),
    };
  }

  async #checkTraffic({ key }: ServiceWrite, spec: ServiceSpec): Promise<void> {
    const own = spec.template.revisionName;
    for (const [index, { revision }] of spec.traffic.entries()) {
      if ('latest' in revision || revision.name === own) continue;
      const row = await this.getRevision(key.project, key.location, revision.name);
      if (row?.value.service !== key.name) {
        throw badField(
          `spec.traffic[${index}].revision_name`,
          `Revision '${revision.name}' is not found in service '${key.name}'.`,
        );
      }
    }
  }

  async #nextRecord(
    { key, projectNumber, spec }: ServiceWrite,
    before: ServiceRecord | undefined,
    call: Call,
    templateChanged: boolean,
  ): Promise<{ service: ServiceRecord; writes: Write[] }> {
    const time = call.time.toISOString();
    const caller = emailOf(call.principal) ?? '';
    const generation = (before?.generation ?? 0) + 1;
    const writes: Write[] = [];
    let latestCreatedRevision = before?.latestCreatedRevision ?? '';
    if (templateChanged) {
      const revision: RevisionRecord = {
        ...key,
        name: spec.template.revisionName ?? newRevisionName(key.name, generation),
        projectNumber,
        service: key.name,
        uid: randomUUID(),
        generation,
        createTime: time,
        creator: caller,
        template: spec.template,
        state: 'pending',
        conditions: setConditions([], [{ type: 'Ready', status: 'Unknown' }], call.time),
      };
      latestCreatedRevision = revision.name;
      const revisionKey = keys.revision(key.project, key.location, revision.name);
      if (await this.deps.store.get(revisionKey)) {
        throw alreadyExists(`Revision named '${revision.name}' with different configuration already exists.`);
      }
      writes.push({ op: 'put', key: revisionKey, value: revision, ifVersion: 0 });
    }
    const service: ServiceRecord = {
      ...key,
      projectNumber,
      uid: before?.uid ?? randomUUID(),
      generation,
      observedGeneration: before?.observedGeneration ?? 0,
      createTime: before?.createTime ?? time,
      updateTime: time,
      creator: before?.creator ?? caller,
      lastModifier: caller,
      operationId: randomUUID(),
      spec,
      conditions: serviceReconciling(before?.conditions ?? [], call.time),
      latestCreatedRevision,
      ...(before?.latestReadyRevision === undefined
        ? {}
        : { latestReadyRevision: before.latestReadyRevision }),
      traffic: before?.traffic ?? [],
    };
    return { service, writes };
  }
}

/** Opens the room over a store and takes up what an earlier run left unfinished. */
export async function openDeployments(options: DeploymentsOptions): Promise<Deployments> {
  const deployments = new Deployments(options);
  await deployments.start();
  return deployments;
}

/** A judged requirement as the error that Google answers. */
function refused({
  status = 'PERMISSION_DENIED',
  message = '',
  violation,
  details,
}: JudgedRequirement): GoogleError {
  if (violation) return badField(violation.field, violation.description);
  if (details) return new GoogleError(status, message, { details });
  return new GoogleError(status, message, {
    reason: status === 'PERMISSION_DENIED' ? 'forbidden' : 'badRequest',
  });
}

function serviceNotFound(key: ServiceKey): GoogleError {
  return notFound(
    `Resource '${key.name}' of kind 'SERVICE' in region '${key.location}' in project '${key.project}' does not exist.`,
  );
}

function conflict(name: string, specified: number, current: number): GoogleError {
  return aborted(
    `Conflict for resource '${name}': version '${specified}' was specified but current version is '${current}'.`,
  );
}

function badServiceName(): GoogleError {
  return invalidArgument(
    'metadata.name: must use only lowercase alphanumeric characters and dashes, cannot begin or end with a dash, and cannot be longer than 49 characters',
  );
}
