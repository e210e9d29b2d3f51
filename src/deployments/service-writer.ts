/** Writes of services: the gate, then one transaction for service, revision and operation. */
import { randomUUID } from 'node:crypto';
import type { Log } from '../audit/index.js';
import { type JudgedRequirement, refusalAtTheGate } from '../checkpoint/index.js';
import { alreadyExists, badField, type Call } from '../google/index.js';
import { emailOf, isServiceName, newRevisionName, runResourceName } from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { type AdmissionDependencies, admit, planOf } from './admission.js';
import { serviceReconciling, setConditions } from './conditions.js';
import { badServiceName, conflict, refused, serviceNotFound } from './errors.js';
import { imageReadWarning } from './events.js';
import {
  checksInvokers,
  keys,
  type OperationRecord,
  type RevisionRecord,
  type ServiceKey,
  type ServiceRecord,
  type ServiceSpec,
  type Stored,
} from './model.js';
import { sameTemplate } from './template.js';

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

/** A write met a row that changed under it this often: give up and let the client retry. */
const ATTEMPTS = 5;

export interface WriterDependencies extends AdmissionDependencies {
  readonly store: Store;
  readonly log: Log;
}

export class ServiceWriter {
  constructor(private readonly deps: WriterDependencies) {}

  /** @throws ALREADY_EXISTS, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  create(write: ServiceWrite, call: Call): Promise<Stored<ServiceRecord>> {
    return retry(write.key, () => this.#write(write, call, 'create'));
  }

  /** @throws NOT_FOUND, ABORTED for a stale version, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  replace(write: ServiceWrite, call: Call): Promise<Stored<ServiceRecord>> {
    return retry(write.key, () => this.#write(write, call, 'replace'));
  }

  /** Removes the service with its revisions and its policy; instances are stopped afterwards. @throws NOT_FOUND */
  remove(key: ServiceKey): Promise<ServiceRecord> {
    return retry(key, () => this.#remove(key));
  }

  async #get(key: ServiceKey): Promise<Stored<ServiceRecord>> {
    const row = await this.deps.store.get<ServiceRecord>(keys.service(key));
    if (!row) throw serviceNotFound(key);
    return row;
  }

  async #revisionsOf(key: ServiceKey): Promise<Stored<RevisionRecord>[]> {
    const rows = await this.deps.store.list<RevisionRecord>(keys.revisions(key.project, key.location));
    return rows.filter((row) => row.value.service === key.name);
  }

  async #remove(key: ServiceKey): Promise<ServiceRecord> {
    const { value, version } = await this.#get(key);
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

  async #write(write: ServiceWrite, call: Call, kind: 'create' | 'replace'): Promise<Stored<ServiceRecord>> {
    const { key, spec } = write;
    const row = await this.deps.store.get<ServiceRecord>(keys.service(key));
    if (kind === 'create' && !isServiceName(key.name)) throw badServiceName();
    const templateChanged = !row || !sameTemplate(row.value.spec.template, spec.template);
    const before = kind === 'replace' ? row?.value : undefined;
    const { preconditions, warnings } = await this.#admit(write, call, before, templateChanged);
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
    before: ServiceRecord | undefined,
    templateChanged: boolean,
  ): Promise<{ preconditions: readonly Write[]; warnings: readonly JudgedRequirement[] }> {
    const runtime = await this.deps.accounts.get(write.spec.template.serviceAccount);
    const plan = planOf(write.key, write.spec, {
      apiVersion: write.apiVersion,
      ...(runtime === undefined ? {} : { runtimeProject: runtime.project }),
      projectNumber: write.projectNumber,
      deployer: call.principal,
      exists: before !== undefined,
      templateChanged,
      publicAccess: false,
      switchesInvokerCheck: checksInvokers(write.spec) !== (before ? checksInvokers(before.spec) : true),
    });
    const { judgement, preconditions } = await admit(plan, this.deps, call.time);
    const { kind, name, project, location } = plan.target;
    const label =
      write.apiVersion === 'v1'
        ? `namespaces/${project}/${kind}s/${name}`
        : `projects/${project}/locations/${location}/${kind}s/${name}`;
    const deploys = judgement.requirements.find((requirement) => requirement.id === 'deployer-deploys');
    if (deploys?.permission !== undefined) {
      // A second attempt at the same call is not a second check.
      call.authorizations.length = 0;
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
      const row = await this.deps.store.get<RevisionRecord>(
        keys.revision(key.project, key.location, revision.name),
      );
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

/** Tries again when what was read has changed before it could be written. @throws ABORTED when it keeps changing */
async function retry<T>(key: ServiceKey, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      if (tries === ATTEMPTS) throw conflict(key.name, error.expected, error.actual);
    }
  }
}
