/** Writes of services: the gate, then one transaction for service, revision and operation. */
import { randomUUID } from 'node:crypto';
import type { Log } from '../audit/index.js';
import { alreadyExists, badField, type Call } from '../google/index.js';
import { emailOf, isServiceName, newRevisionName } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import type { AdmissionDependencies } from './admission.js';
import { serviceReconciling, setConditions } from './conditions.js';
import { badServiceName, serviceNotFound } from './errors.js';
import { imageReadWarning } from './events.js';
import { type Intent, mayUpdate, passGate } from './gate.js';
import {
  keys,
  type OperationRecord,
  type RevisionRecord,
  type ServiceRecord,
  type ServiceSpec,
  type Stored,
} from './model.js';
import { retry } from './retry.js';
import { sameTemplate } from './template.js';

/** One write of a service, as any API version sends it. */
export interface ServiceWrite extends Intent {
  /**
   * What the service is to be, given what it is (undefined when there is none). Called again when the row has
   * changed before it could be written. @throws INVALID_ARGUMENT
   */
  readonly spec: (before: ServiceRecord | undefined) => ServiceSpec;
  /** Compares what the client read with what is there, once the caller has been let in. @throws ABORTED */
  readonly check?: (before: Stored<ServiceRecord>) => void;
  /** Judge and validate, write nothing. */
  readonly dryRun: boolean;
}

/** The service as it now is, or as it would be after a dry run, with the operation that a client may follow. */
export interface WrittenService extends Stored<ServiceRecord> {
  readonly operation: OperationRecord;
}

export interface WriterDependencies extends AdmissionDependencies {
  readonly store: Store;
  readonly log: Log;
}

/** `upsert` creates what is missing and updates what is there. */
type WriteKind = 'create' | 'update' | 'upsert';

export class ServiceWriter {
  constructor(private readonly deps: WriterDependencies) {}

  /** @throws ALREADY_EXISTS, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  create(write: ServiceWrite, call: Call): Promise<WrittenService> {
    return retry(write.key.name, () => this.#write(write, call, 'create'));
  }

  /** @throws NOT_FOUND, ABORTED for a stale version, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  update(write: ServiceWrite, call: Call): Promise<WrittenService> {
    return retry(write.key.name, () => this.#write(write, call, 'update'));
  }

  /** @throws ABORTED for a stale version, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  upsert(write: ServiceWrite, call: Call): Promise<WrittenService> {
    return retry(write.key.name, () => this.#write(write, call, 'upsert'));
  }

  async #write(write: ServiceWrite, call: Call, kind: WriteKind): Promise<WrittenService> {
    const { key } = write;
    const row = await this.deps.store.get<ServiceRecord>(keys.service(key));
    if (kind !== 'update' && !isServiceName(key.name)) throw badServiceName();
    // A create is judged as one even where the name is taken: only who may create learns that it is.
    const before = kind === 'create' ? undefined : row;
    if (kind === 'update' && !row) {
      await mayUpdate(write, this.deps, call);
      throw serviceNotFound(key);
    }
    const spec = await this.#specOf(write, before, call);
    const templateChanged = !row || !sameTemplate(row.value.spec.template, spec.template);
    const passed = await passGate(write, spec, before?.value, templateChanged, this.deps, call);
    if (kind === 'create' && row) throw alreadyExists(`Resource '${key.name}' already exists.`);
    if (before) write.check?.(before);
    await this.#checkTraffic(write, spec);
    const next = await this.#nextRecord(write, spec, before?.value, call, templateChanged);
    const operation: OperationRecord = {
      project: key.project,
      location: key.location,
      id: next.service.operationId,
      createTime: call.time.toISOString(),
      kind: before ? 'update' : 'create',
      service: key.name,
      generation: next.service.generation,
      subject: { kind: 'service', service: next.service },
    };
    if (write.dryRun) return { value: next.service, version: row?.version ?? 0, operation };
    const entries = passed.warnings.map((warning) => imageReadWarning(key, passed.label, warning, call));
    const version = await this.deps.store.commit([
      ...passed.preconditions,
      { op: 'put', key: keys.service(key), value: next.service, ifVersion: row?.version ?? 0 },
      ...next.writes,
      { op: 'put', key: keys.operation(key.project, key.location, operation.id), value: operation },
      { op: 'put', key: keys.pendingAt(key, operation.generation), value: operation.id },
      ...this.deps.log.writes(key.project, entries, call.time),
    ]);
    return { value: next.service, version, operation };
  }

  async #specOf(
    write: ServiceWrite,
    before: Stored<ServiceRecord> | undefined,
    call: Call,
  ): Promise<ServiceSpec> {
    try {
      return write.spec(before?.value);
    } catch (error) {
      if (before) await mayUpdate(write, this.deps, call);
      throw error;
    }
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
    { key, projectNumber }: ServiceWrite,
    spec: ServiceSpec,
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
        launchStage: spec.launchStage,
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
