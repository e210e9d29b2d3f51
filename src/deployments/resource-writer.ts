/**
 * Writes of services, jobs and worker pools: the gate, then one transaction for the resource, what the write makes
 * besides (a revision, say) and the operation. What differs between the kinds stands in a {@link WritableKind}.
 */
import { randomUUID } from 'node:crypto';
import type { Log } from '../audit/index.js';
import { alreadyExists, type Call, type GoogleError } from '../google/index.js';
import { callerName, type RunKind } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import type { AdmissionDependencies } from './admission.js';
import { imageReadWarning } from './events.js';
import { mayUpdate, passGate } from './gate.js';
import {
  type InstanceTemplate,
  keys,
  type OperationRecord,
  type OperationSubject,
  type ResourceKey,
  type Stored,
  type WrittenRecord,
} from './model.js';
import { checkResourceName } from './resource-name.js';
import { retry } from './retry.js';

/** One write of a resource, as any API version sends it. */
export interface ResourceWrite<Spec, R extends WrittenRecord<Spec>> {
  readonly key: ResourceKey;
  readonly projectNumber: string;
  readonly apiVersion: 'v1' | 'v2';
  /**
   * What the resource is to be, given what it is (undefined when there is none). Called again when the row has
   * changed before it could be written. @throws INVALID_ARGUMENT
   */
  readonly spec: (before: R | undefined) => Spec;
  /** Compares what the client read with what is there, once the caller has been let in. @throws ABORTED */
  readonly check?: (before: Stored<R>) => void;
  /** Judge and validate, write nothing. */
  readonly dryRun: boolean;
  /** A new revision also where the template is as it was. */
  readonly forceNewRevision?: boolean;
}

/** The resource as it now is, or as it would be after a dry run, with the operation that a client may follow. */
export interface Written<R> extends Stored<R> {
  readonly operation: OperationRecord;
}

/** What every record begins with: set here, so that a kind adds only its own. */
export type RecordBase<Spec> = Omit<WrittenRecord<Spec>, 'conditions' | 'deletion'>;

/** What a write knows when it makes its record. */
export interface Making<Spec, R> {
  readonly base: RecordBase<Spec>;
  readonly before: R | undefined;
  /** The images have to be imported, and a revision made. */
  readonly templateChanged: boolean;
  /** The caller's e-mail. */
  readonly caller: string;
  readonly call: Pick<Call, 'time'>;
}

/** What differs between services, jobs and worker pools. */
export interface WritableKind<Spec, R extends WrittenRecord<Spec>> {
  readonly kind: RunKind;
  readonly rowKey: (key: ResourceKey) => string;
  readonly notFound: (key: ResourceKey) => GoogleError;
  readonly templateOf: (spec: Spec) => InstanceTemplate;
  /** False when a write of this spec needs new images, or a new revision. */
  readonly sameTemplate: (before: R, spec: Spec) => boolean;
  /** True when the write turns a service's invoker check off or on. */
  readonly switchesInvokerCheck?: (before: R | undefined, spec: Spec) => boolean;
  /** What the spec names must be there (traffic's revisions, say). @throws INVALID_ARGUMENT */
  readonly checkSpec?: (key: ResourceKey, spec: Spec) => Promise<void>;
  /** The record, and what is written with it. @throws ALREADY_EXISTS for a revision's name that is taken */
  readonly make: (
    making: Making<Spec, R>,
  ) => Promise<{ readonly record: R; readonly writes: readonly Write[] }>;
  readonly subject: (record: R) => OperationSubject;
}

export interface WriterDependencies extends AdmissionDependencies {
  readonly store: Store;
  readonly log: Log;
}

/** `upsert` creates what is missing and updates what is there. */
type WriteMode = 'create' | 'update' | 'upsert';

export class ResourceWriter<Spec, R extends WrittenRecord<Spec>> {
  constructor(
    private readonly kind: WritableKind<Spec, R>,
    private readonly deps: WriterDependencies,
  ) {}

  /** @throws ALREADY_EXISTS, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  create(write: ResourceWrite<Spec, R>, call: Call): Promise<Written<R>> {
    return retry(write.key.name, () => this.#write(write, call, 'create'));
  }

  /** @throws NOT_FOUND, ABORTED for a stale version, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  update(write: ResourceWrite<Spec, R>, call: Call): Promise<Written<R>> {
    return retry(write.key.name, () => this.#write(write, call, 'update'));
  }

  /** @throws ABORTED for a stale version, INVALID_ARGUMENT, PERMISSION_DENIED: nothing is written then */
  upsert(write: ResourceWrite<Spec, R>, call: Call): Promise<Written<R>> {
    return retry(write.key.name, () => this.#write(write, call, 'upsert'));
  }

  async #write(write: ResourceWrite<Spec, R>, call: Call, mode: WriteMode): Promise<Written<R>> {
    const { key } = write;
    const intent = { ...write, kind: this.kind.kind };
    const row = await this.deps.store.get<R>(this.kind.rowKey(key));
    if (mode !== 'update') checkResourceName(key.name, { ...intent, upsert: mode === 'upsert' });
    // A create is judged as one even where the name is taken: only who may create learns that it is.
    const before = mode === 'create' ? undefined : row;
    if (mode === 'update' && !row) {
      await mayUpdate(intent, this.deps, call);
      throw this.kind.notFound(key);
    }
    const spec = await this.#specOf(write, before, call);
    const templateChanged =
      !row || write.forceNewRevision === true || !this.kind.sameTemplate(row.value, spec);
    const passed = await passGate(
      intent,
      {
        template: this.kind.templateOf(spec),
        exists: before !== undefined,
        templateChanged,
        switchesInvokerCheck: this.kind.switchesInvokerCheck?.(before?.value, spec) ?? false,
      },
      this.deps,
      call,
    );
    if (mode === 'create' && row) throw alreadyExists(`Resource '${key.name}' already exists.`);
    if (before) write.check?.(before);
    await this.kind.checkSpec?.(key, spec);
    const caller = callerName(call.principal);
    const { record, writes } = await made<Spec, R>(
      this.kind,
      write,
      spec,
      before?.value,
      templateChanged,
      caller,
      call,
    );
    const operation = operationOf(this.kind, record, before ? 'update' : 'create', call);
    if (write.dryRun) return { value: record, version: row?.version ?? 0, operation };
    const entries = passed.warnings.map((warning) =>
      imageReadWarning(this.kind.kind, key, passed.label, warning, call),
    );
    const version = await this.deps.store.commit([
      ...passed.preconditions,
      ...rowsOf(this.kind, record, row?.version ?? 0, writes, operation),
      ...this.deps.log.writes(key.project, entries, call.time),
    ]);
    return { value: record, version, operation };
  }

  async #specOf(write: ResourceWrite<Spec, R>, before: Stored<R> | undefined, call: Call): Promise<Spec> {
    try {
      return write.spec(before?.value);
    } catch (error) {
      if (before) await mayUpdate({ ...write, kind: this.kind.kind }, this.deps, call);
      throw error;
    }
  }
}

/** @param caller the e-mail address of who writes */
async function made<Spec, R extends WrittenRecord<Spec>>(
  kind: Pick<WritableKind<Spec, R>, 'make'>,
  { key, projectNumber }: Pick<ResourceWrite<Spec, R>, 'key' | 'projectNumber'>,
  spec: Spec,
  before: R | undefined,
  templateChanged: boolean,
  caller: string,
  call: Pick<Call, 'time'>,
): Promise<{ readonly record: R; readonly writes: readonly Write[] }> {
  const time = call.time.toISOString();
  const base: RecordBase<Spec> = {
    ...key,
    projectNumber,
    uid: before?.uid ?? randomUUID(),
    generation: (before?.generation ?? 0) + 1,
    observedGeneration: before?.observedGeneration ?? 0,
    createTime: before?.createTime ?? time,
    updateTime: time,
    creator: before?.creator ?? caller,
    lastModifier: caller,
    operationId: randomUUID(),
    spec,
  };
  return kind.make({ base, before, templateChanged, caller, call });
}

function operationOf<Spec, R extends WrittenRecord<Spec>>(
  { kind, subject }: Pick<WritableKind<Spec, R>, 'kind' | 'subject'>,
  record: R,
  change: 'create' | 'update',
  { time }: Pick<Call, 'time'>,
): OperationRecord {
  return {
    project: record.project,
    location: record.location,
    id: record.operationId,
    createTime: time.toISOString(),
    kind: change,
    owner: { kind, name: record.name },
    generation: record.generation,
    subject: subject(record),
  };
}

/** The rows of a write: the resource, what is made with it, and its operation, which goes on until it has settled. */
function rowsOf<Spec, R extends WrittenRecord<Spec>>(
  { kind, rowKey }: Pick<WritableKind<Spec, R>, 'kind' | 'rowKey'>,
  record: R,
  ifVersion: number,
  writes: readonly Write[],
  operation: OperationRecord,
): readonly [Write, ...Write[]] {
  const { project, location, name } = record;
  const key = { project, location, name };
  return [
    { op: 'put', key: rowKey(key), value: record, ifVersion },
    ...writes,
    { op: 'put', key: keys.operation(project, location, operation.id), value: operation },
    { op: 'put', key: keys.pendingAt(kind, key, operation.generation), value: operation.id },
  ];
}

/**
 * What a create would write, without asking whether anybody may: for whoever puts resources there as the operator.
 * @param caller whom the resource names as its creator
 */
export async function writesOfNew<Spec, R extends WrittenRecord<Spec>>(
  kind: WritableKind<Spec, R>,
  write: Pick<ResourceWrite<Spec, R>, 'key' | 'projectNumber'>,
  spec: Spec,
  caller: string,
  call: Pick<Call, 'time'>,
): Promise<readonly Write[]> {
  const { record, writes } = await made(kind, write, spec, undefined, true, caller, call);
  return rowsOf(kind, record, 0, writes, operationOf(kind, record, 'create', call));
}
