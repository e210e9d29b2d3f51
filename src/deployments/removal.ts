/**
 * Deletes services and revisions. Each is one transaction, so the operation has ended when it is first seen; the
 * instances are stopped afterwards. What is deleted stays listed, on request, until it expires.
 */
import { randomUUID } from 'node:crypto';
import type { AccessControl } from '../access/index.js';
import type { Call } from '../google/index.js';
import { emailOf, runResourceName } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { deletionAt, expired } from './deletion.js';
import { revisionInUse, revisionNotFound, serviceNotFound } from './errors.js';
import {
  type Deletion,
  keys,
  type OperationRecord,
  type OperationSubject,
  type RevisionRecord,
  type ServiceKey,
  type ServiceRecord,
  type Stored,
} from './model.js';
import { retry } from './retry.js';

export interface RemovalDependencies {
  readonly store: Store;
  readonly access: AccessControl;
}

export interface RemovalOptions<T> {
  /** Compares what the client read with what is there. @throws ABORTED */
  readonly check?: (before: Stored<T>) => void;
  /** Validate, delete nothing. */
  readonly dryRun?: boolean;
}

export class Removal {
  constructor(private readonly deps: RemovalDependencies) {}

  /** Removes a service with its revisions and its policy. @throws NOT_FOUND, ABORTED */
  service(
    key: ServiceKey,
    call: Call,
    options: RemovalOptions<ServiceRecord> = {},
  ): Promise<OperationRecord> {
    return retry(key.name, () => this.#removeService(key, call, options));
  }

  /** Removes one revision. @throws NOT_FOUND, ABORTED, FAILED_PRECONDITION while the service needs it */
  revision(
    key: ServiceKey,
    call: Call,
    options: RemovalOptions<RevisionRecord> = {},
  ): Promise<OperationRecord> {
    return retry(key.name, () => this.#removeRevision(key, call, options));
  }

  async #removeService(
    key: ServiceKey,
    call: Call,
    { check, dryRun }: RemovalOptions<ServiceRecord>,
  ): Promise<OperationRecord> {
    const { store, access } = this.deps;
    const row = await store.get<ServiceRecord>(keys.service(key));
    if (!row) throw serviceNotFound(key);
    check?.(row);
    const deletion = deletionAt(call.time);
    const generation = row.value.generation + 1;
    const service: ServiceRecord = {
      ...row.value,
      generation,
      observedGeneration: generation,
      updateTime: deletion.deleteTime,
      lastModifier: emailOf(call.principal) ?? '',
      operationId: randomUUID(),
      deletion,
    };
    const operation = ended(service.operationId, { kind: 'service', service }, key.name, generation);
    if (dryRun) return operation;
    const revisions = await store.list<RevisionRecord>(keys.revisions(key.project, key.location));
    await store.commit([
      { op: 'delete', key: keys.service(key), ifVersion: row.version },
      { op: 'put', key: keys.deletedService(key, service.uid), value: service },
      ...revisions
        .filter(({ value }) => value.service === key.name)
        .flatMap(({ value }) => revisionRemoval(value, deletion)),
      access.removal(runResourceName('service', key.project, key.location, key.name)),
      ...(await this.#endOperations(row.value)),
      ...(await expired(store, keys.deletedServices(key.project, key.location), call.time)),
      ...(await expired(store, keys.deletedRevisions(key.project, key.location), call.time)),
      { op: 'put', key: keys.operation(key.project, key.location, operation.id), value: operation },
    ]);
    return operation;
  }

  async #removeRevision(
    key: ServiceKey,
    call: Call,
    { check, dryRun }: RemovalOptions<RevisionRecord>,
  ): Promise<OperationRecord> {
    const { store } = this.deps;
    const row = await store.get<RevisionRecord>(keys.revision(key.project, key.location, key.name));
    if (!row) throw revisionNotFound(key);
    check?.(row);
    const owner = { ...key, name: row.value.service };
    const service = await store.get<ServiceRecord>(keys.service(owner));
    if (service && needs(service.value, key.name)) throw revisionInUse(key.name, row.value.service);
    const deletion = deletionAt(call.time);
    const revision: RevisionRecord = { ...row.value, deletion };
    const operation = ended(
      randomUUID(),
      { kind: 'revision', revision },
      row.value.service,
      row.value.generation,
    );
    if (dryRun) return operation;
    await store.commit([
      // The service must not take the revision into its traffic meanwhile.
      { op: 'check', key: keys.service(owner), ifVersion: service?.version ?? 0 },
      { op: 'check', key: keys.revision(key.project, key.location, key.name), ifVersion: row.version },
      ...revisionRemoval(row.value, deletion),
      ...(await expired(store, keys.deletedRevisions(key.project, key.location), call.time)),
      { op: 'put', key: keys.operation(key.project, key.location, operation.id), value: operation },
    ]);
    return operation;
  }

  /** Deploys of a service that is deleted under them end with an error. */
  async #endOperations(service: ServiceRecord): Promise<Write[]> {
    const writes: Write[] = [];
    for (const pending of await this.deps.store.list<string>(keys.pending('service', service))) {
      const key = keys.operation(service.project, service.location, pending.value);
      const operation = await this.deps.store.get<OperationRecord>(key);
      writes.push({ op: 'delete', key: pending.key });
      if (!operation) continue;
      const result = { error: { code: 1, message: `Service ${service.name} was deleted.` } };
      writes.push({ op: 'put', key, value: { ...operation.value, result } });
    }
    return writes;
  }
}

/** The imported image goes at once: nothing starts from it any longer. */
function revisionRemoval(revision: RevisionRecord, deletion: Deletion): Write[] {
  const { imported: _, ...kept } = revision;
  const { project, location, name, uid } = revision;
  return [
    { op: 'delete', key: keys.revision(project, location, name) },
    {
      op: 'put',
      key: keys.deletedRevision(project, location, name, uid),
      value: { ...kept, deletion } satisfies RevisionRecord,
    },
  ];
}

/**
 * "You cannot delete a revision if it can receive traffic, is the only revision of its service, or is its latest"
 * (https://cloud.google.com/run/docs/managing/revisions#delete): the only one is the latest too.
 */
function needs(service: ServiceRecord, revision: string): boolean {
  return (
    service.latestCreatedRevision === revision ||
    service.latestReadyRevision === revision ||
    service.traffic.some((target) => target.revisionName === revision) ||
    service.spec.traffic.some((target) => 'name' in target.revision && target.revision.name === revision)
  );
}

type Removed = Extract<OperationSubject, { readonly kind: 'service' | 'revision' }>;

function ended(id: string, subject: Removed, service: string, generation: number): OperationRecord {
  const about = subject.kind === 'service' ? subject.service : subject.revision;
  return {
    project: about.project,
    location: about.location,
    id,
    createTime: about.deletion?.deleteTime ?? '',
    kind: 'delete',
    owner: { kind: 'service', name: service },
    generation,
    subject,
    result: {},
  };
}
