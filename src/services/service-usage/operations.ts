/** Operations of Service Usage. All are done when they are answered; those that did something are kept. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../google/index.js';
import type { Store } from '../../store/index.js';

const PREFIX = 'service-usage/';

/** Names of operations that had nothing to do; they belong to no project. */
export const NOTHING_TO_DO = 'operations/noop.DONE_OPERATION';
export const FINISHED = 'operations/finished.DONE_OPERATION';

export interface KeptOperation {
  /** The project (id) that it changed. */
  readonly project: string;
  /** google.longrunning.Operation in JSON form. */
  readonly operation: JsonObject;
}

export type OperationStore = Pick<Store, 'get' | 'commit'>;

/** A new operation's name, as Google makes them: `operations/acf.p2-NUMBER-UUID`. */
export function newOperationName(projectNumber: string): string {
  return `operations/acf.p2-${projectNumber}-${randomUUID()}`;
}

export async function keepOperation(store: OperationStore, name: string, kept: KeptOperation): Promise<void> {
  await store.commit([{ op: 'put', key: PREFIX + name, value: kept }]);
}

export async function keptOperation(store: OperationStore, name: string): Promise<KeptOperation | undefined> {
  return (await store.get<KeptOperation>(PREFIX + name))?.value;
}

/** The project that decides who may read an operation; undefined when there is no such operation. */
export async function operationProject(store: OperationStore, name: string): Promise<string | undefined> {
  return (await keptOperation(store, name))?.project;
}
