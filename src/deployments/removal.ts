/**
 * Deletes resources that have revisions, and revisions. Each is one transaction, so the operation has ended when it is
 * first seen; the instances are stopped afterwards. What is deleted stays listed, on request, until it expires.
 */
import { randomUUID } from 'node:crypto';
import type { AccessControl } from '../access/index.js';
import type { Call, GoogleError } from '../google/index.js';
import { callerName, type RunKind, runResourceName } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { deletionAt, expired } from './deletion.js';
import { endOperations } from './ended-operations.js';
import {
  type AnyRevision,
  type collections,
  type Deletion,
  type InstanceTemplate,
  keys,
  type OperationRecord,
  type OperationSubject,
  type ResourceKey,
  type Stored,
  type WrittenRecord,
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

type Collection = (typeof collections)[keyof typeof collections];
type Removable = WrittenRecord<unknown>;
type Revision = AnyRevision<InstanceTemplate>;

/** What differs between services and worker pools. */
export interface RemovableKind<R extends Removable, V extends Revision> {
  readonly kind: RunKind;
  /** The kind in a sentence's beginning: `Service`. */
  readonly noun: string;
  readonly resources: Collection;
  readonly revisions: Collection;
  readonly ownerOf: (revision: V) => string;
  readonly notFound: (key: ResourceKey) => GoogleError;
  readonly revisionNotFound: (key: ResourceKey) => GoogleError;
  readonly revisionInUse: (revision: string, owner: string) => GoogleError;
  /** True while the resource cannot do without the revision. */
  readonly needs: (resource: R, revision: string) => boolean;
  readonly subject: (resource: R) => OperationSubject;
  readonly revisionSubject: (revision: V) => OperationSubject;
}

export class Removal<R extends Removable, V extends Revision> {
  constructor(
    private readonly kind: RemovableKind<R, V>,
    private readonly deps: RemovalDependencies,
  ) {}

  /** Removes a resource with its revisions and its policy. @throws NOT_FOUND, ABORTED */
  resource(key: ResourceKey, call: Call, options: RemovalOptions<R> = {}): Promise<OperationRecord> {
    return retry(key.name, () => this.#removeResource(key, call, options));
  }

  /** Removes one revision. @throws NOT_FOUND, ABORTED, FAILED_PRECONDITION while its owner needs it */
  revision(key: ResourceKey, call: Call, options: RemovalOptions<V> = {}): Promise<OperationRecord> {
    return retry(key.name, () => this.#removeRevision(key, call, options));
  }

  async #removeResource(
    key: ResourceKey,
    call: Call,
    { check, dryRun }: RemovalOptions<R>,
  ): Promise<OperationRecord> {
    const { store, access } = this.deps;
    const { kind, noun, resources, revisions, ownerOf } = this.kind;
    const row = await store.get<R>(resources.at(key));
    if (!row) throw this.kind.notFound(key);
    check?.(row);
    const deletion = deletionAt(call.time);
    const generation = row.value.generation + 1;
    const removed: R = {
      ...row.value,
      generation,
      observedGeneration: generation,
      updateTime: deletion.deleteTime,
      lastModifier: callerName(call.principal),
      operationId: randomUUID(),
      deletion,
    };
    const operation = this.#ended(removed.operationId, this.kind.subject(removed), {
      key,
      generation,
      deletion,
    });
    if (dryRun) return operation;
    const all = await store.list<V>(revisions.in(key.project, key.location));
    await store.commit([
      { op: 'delete', key: resources.at(key), ifVersion: row.version },
      { op: 'put', key: resources.deletedAt(key, removed.uid), value: removed },
      ...all
        .filter(({ value }) => ownerOf(value) === key.name)
        .flatMap(({ value }) => this.#revisionWrites(value, deletion)),
      ...access.removals(runResourceName(kind, key.project, key.location, key.name)),
      // Deploys of what is deleted under them end with an error.
      ...(await endOperations(store, {
        kind,
        owner: removed,
        error: { code: 1, message: `${noun} ${key.name} was deleted.` },
      })),
      ...(await expired(store, resources.deletedIn(key.project, key.location), call.time)),
      ...(await expired(store, revisions.deletedIn(key.project, key.location), call.time)),
      { op: 'put', key: keys.operation(key.project, key.location, operation.id), value: operation },
    ]);
    return operation;
  }

  async #removeRevision(
    key: ResourceKey,
    call: Call,
    { check, dryRun }: RemovalOptions<V>,
  ): Promise<OperationRecord> {
    const { store } = this.deps;
    const { resources, revisions, ownerOf, needs } = this.kind;
    const row = await store.get<V>(revisions.at(key));
    if (!row) throw this.kind.revisionNotFound(key);
    check?.(row);
    const owner = { ...key, name: ownerOf(row.value) };
    const resource = await store.get<R>(resources.at(owner));
    if (resource && needs(resource.value, key.name)) throw this.kind.revisionInUse(key.name, owner.name);
    const deletion = deletionAt(call.time);
    const operation = this.#ended(randomUUID(), this.kind.revisionSubject({ ...row.value, deletion }), {
      key: owner,
      generation: row.value.generation,
      deletion,
    });
    if (dryRun) return operation;
    await store.commit([
      // The owner must not take the revision into use meanwhile.
      { op: 'check', key: resources.at(owner), ifVersion: resource?.version ?? 0 },
      { op: 'check', key: revisions.at(key), ifVersion: row.version },
      ...this.#revisionWrites(row.value, deletion),
      ...(await expired(store, revisions.deletedIn(key.project, key.location), call.time)),
      { op: 'put', key: keys.operation(key.project, key.location, operation.id), value: operation },
    ]);
    return operation;
  }

  /** The imported images go at once: nothing starts from them any longer. */
  #revisionWrites(revision: V, deletion: Deletion): Write[] {
    const { revisions } = this.kind;
    const { imported: _, ...kept } = revision;
    return [
      { op: 'delete', key: revisions.at(revision) },
      { op: 'put', key: revisions.deletedAt(revision, revision.uid), value: { ...kept, deletion } },
    ];
  }

  #ended(
    id: string,
    subject: OperationSubject,
    about: { readonly key: ResourceKey; readonly generation: number; readonly deletion: Deletion },
  ): OperationRecord {
    const { key, generation, deletion } = about;
    return {
      project: key.project,
      location: key.location,
      id,
      createTime: deletion.deleteTime,
      kind: 'delete',
      owner: { kind: this.kind.kind, name: key.name },
      generation,
      subject,
      result: {},
    };
  }
}
