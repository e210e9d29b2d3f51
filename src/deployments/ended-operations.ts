/** The end of operations, with the generation of the resource that they were about. */
import type { RunKind } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import {
  type Failure,
  keys,
  type OperationRecord,
  type OperationSubject,
  type ResourceKey,
} from './model.js';

/** What a resource's unfinished operations come to. */
export interface OperationsEnd {
  readonly kind: RunKind;
  /** The resource, and the newest generation that has come to something. */
  readonly owner: ResourceKey & { readonly generation: number };
  /** As it now stands; left as it was when the operation began when left out. */
  readonly subject?: OperationSubject;
  readonly error?: Failure;
}

/** Ends every unfinished operation of the resource up to this generation: superseded ones end with it. */
export async function endOperations(
  store: Store,
  { kind, owner, subject, error }: OperationsEnd,
): Promise<Write[]> {
  const writes: Write[] = [];
  for (const pending of await store.list<string>(keys.pending(kind, owner))) {
    const key = keys.operation(owner.project, owner.location, pending.value);
    const operation = await store.get<OperationRecord>(key);
    if (operation && operation.value.generation > owner.generation) continue;
    writes.push({ op: 'delete', key: pending.key });
    if (!operation) continue;
    const value: OperationRecord = {
      ...operation.value,
      ...(subject === undefined ? {} : { subject }),
      result: error === undefined ? {} : { error },
    };
    writes.push({ op: 'put', key, value });
  }
  return writes;
}
