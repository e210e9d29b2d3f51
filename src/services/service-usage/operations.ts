/** Operations of Service Usage. All are done when they are answered; those that did something are kept. */
import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import type { Project } from '../../access/index.js';
import { type Operation, OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  isJsonObject,
  type JsonObject,
  messageFromJson,
  messageToJson,
  notFound,
} from '../../google/index.js';
import type { Store } from '../../store/index.js';
import { done, registry } from './answers.js';

const PREFIX = 'service-usage/';

/** Names of operations that had nothing to do; they belong to no project. */
export const NOTHING_TO_DO = 'operations/noop.DONE_OPERATION';
export const FINISHED = 'operations/finished.DONE_OPERATION';

interface KeptOperation {
  /** The project (id) that it changed. */
  readonly project: string;
  /** google.longrunning.Operation in JSON form. */
  readonly operation: JsonObject;
}

export type OperationStore = Pick<Store, 'get' | 'list' | 'commit'>;

/** A new operation's name, as Google makes them: `operations/acf.p2-NUMBER-UUID`. */
export function newOperationName(projectNumber: string): string {
  return `operations/acf.p2-${projectNumber}-${randomUUID()}`;
}

/** Keeps the operation, so that it can be read again. */
export async function kept(
  store: OperationStore,
  project: Project,
  operation: Operation,
): Promise<Operation> {
  const json = messageToJson(OperationSchema, operation, { registry });
  if (!isJsonObject(json)) throw new Error('an operation in JSON is an object');
  const value: KeptOperation = { project: project.projectId, operation: json };
  await store.commit([{ op: 'put', key: PREFIX + operation.name, value }]);
  return operation;
}

/** @throws GoogleError NOT_FOUND */
export async function readOperation(store: OperationStore, name: string): Promise<Operation> {
  if (name === NOTHING_TO_DO || name === FINISHED) return done(name, EmptySchema, create(EmptySchema));
  const found = await store.get<KeptOperation>(PREFIX + name);
  if (!found) throw notFound(`Operation '${name}' not found.`);
  return messageFromJson(OperationSchema, found.value.operation, { registry });
}

/** Forgets the operation. @throws GoogleError NOT_FOUND */
export async function deleteOperation(store: OperationStore, name: string): Promise<void> {
  await readOperation(store, name);
  if (name !== NOTHING_TO_DO && name !== FINISHED) await store.commit([{ op: 'delete', key: PREFIX + name }]);
}

/** The kept operations by name, with the project (id) that each changed. */
export async function listOperations(
  store: OperationStore,
): Promise<readonly { readonly project: string; readonly operation: Operation }[]> {
  const rows = await store.list<KeptOperation>(PREFIX);
  return rows.map(({ value }) => ({
    project: value.project,
    operation: messageFromJson(OperationSchema, value.operation, { registry }),
  }));
}

/** The project that decides who may read an operation; undefined when there is no such operation. */
export async function operationProject(store: OperationStore, name: string): Promise<string | undefined> {
  return (await store.get<KeptOperation>(PREFIX + name))?.value.project;
}
