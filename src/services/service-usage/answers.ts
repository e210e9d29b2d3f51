/** What Service Usage answers: services of a project, and operations that are done. */
import {
  create,
  createRegistry,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { anyPack, EmptySchema } from '@bufbuild/protobuf/wkt';
import type { Project } from '../../access/index.js';
import { type ServiceSchema, State } from '../../google/gen/google/api/serviceusage/v1/resources_pb.js';
import {
  BatchEnableServicesResponseSchema,
  DisableServiceResponseSchema,
  EnableServiceResponseSchema,
} from '../../google/gen/google/api/serviceusage/v1/serviceusage_pb.js';
import { ServiceIdentitySchema } from '../../google/gen/google/api/serviceusage/v1beta1/resources_pb.js';
import { type Operation, OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import { isJsonObject, messageFromJson, messageToJson, notFound } from '../../google/index.js';
import type { KnownApi } from './catalogue.js';
import { isEnabled } from './enable.js';
import { FINISHED, keepOperation, keptOperation, NOTHING_TO_DO, type OperationStore } from './operations.js';

/** The messages that operations answer with. */
export const registry = createRegistry(
  EnableServiceResponseSchema,
  DisableServiceResponseSchema,
  BatchEnableServicesResponseSchema,
  ServiceIdentitySchema,
  EmptySchema,
);

export type ServiceMessage = MessageInitShape<typeof ServiceSchema>;

/** Answers name projects by their number. */
export function serviceMessage(project: Project, { name, title }: KnownApi): ServiceMessage {
  return {
    name: `projects/${project.number}/services/${name}`,
    parent: `projects/${project.number}`,
    config: { name, title, documentation: {}, quota: {}, authentication: {}, usage: {} },
    state: isEnabled(project, name) ? State.ENABLED : State.DISABLED,
  };
}

/** A done operation with its response. */
export function done<D extends DescMessage>(name: string, schema: D, response: MessageShape<D>): Operation {
  return create(OperationSchema, {
    name,
    done: true,
    result: { case: 'response', value: anyPack(schema, response) },
  });
}

/** Keeps the operation, so that it can be read again. */
export async function kept(
  store: OperationStore,
  project: Project,
  operation: Operation,
): Promise<Operation> {
  const json = messageToJson(OperationSchema, operation, { registry });
  if (!isJsonObject(json)) throw new Error('an operation in JSON is an object');
  await keepOperation(store, operation.name, { project: project.projectId, operation: json });
  return operation;
}

/** @throws GoogleError NOT_FOUND */
export async function readOperation(store: OperationStore, name: string): Promise<Operation> {
  if (name === NOTHING_TO_DO || name === FINISHED) return done(name, EmptySchema, create(EmptySchema));
  const found = await keptOperation(store, name);
  if (!found) throw notFound(`Operation '${name}' not found.`);
  return messageFromJson(OperationSchema, found.operation, { registry });
}
