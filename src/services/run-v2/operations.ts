/** Operations as v2 shows them: their metadata and response are the service, or the revision, that they are about. */
import { create, createRegistry, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { OperationRecord, OperationSubject } from '../../deployments/index.js';
import { RevisionSchema } from '../../google/gen/google/cloud/run/v2/revision_pb.js';
import { ServiceSchema } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { type OperationSchema, Operations } from '../../google/gen/google/longrunning/operations_pb.js';
import { protoMethods } from '../../google/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import {
  deleteOperationAudit,
  operationBindings,
  operationCalls,
  operationRules,
} from '../run/operations.js';
import { revisionMessage, serviceMessage } from './view.js';

type OperationInit = MessageInitShape<typeof OperationSchema>;

/** What an operation's Any may hold. */
export const operationTypes = createRegistry(ServiceSchema, RevisionSchema);

export function operationMessage(operation: OperationRecord): OperationInit {
  const { project, location, id, subject, result } = operation;
  return {
    name: `projects/${project}/locations/${location}/operations/${id}`,
    metadata: packed(subject),
    done: result !== undefined,
    result: resultOf(operation),
  };
}

/** What a validation comes to: done, and nowhere to be looked up. */
export function validated(subject: OperationSubject): OperationInit {
  return {
    metadata: packed(subject),
    done: true,
    result: { case: 'response', value: packed(subject) },
  };
}

function resultOf({ result, subject }: OperationRecord): NonNullable<OperationInit['result']> {
  if (result === undefined) return { case: undefined };
  return result.error === undefined
    ? { case: 'response', value: packed(subject) }
    : { case: 'error', value: { ...result.error } };
}

function packed(subject: OperationSubject) {
  switch (subject.kind) {
    case 'service':
      return anyPack(ServiceSchema, create(ServiceSchema, serviceMessage(subject.service)));
    case 'revision':
      return anyPack(RevisionSchema, create(RevisionSchema, revisionMessage(subject.revision, false)));
    case 'job':
    case 'execution':
    case 'workerPool':
    case 'workerPoolRevision':
      throw new Error(`operations about a ${subject.kind} are not served yet`);
  }
}

/** google.longrunning.Operations: v2's routes, and gRPC. */
export function operationMethods(deps: RunDependencies): MethodTable {
  const calls = operationCalls(deps);
  return {
    methods: protoMethods(
      Operations,
      {
        getOperation: async (request) => operationMessage(await calls.get(request)),
        waitOperation: async (request, call) => operationMessage(await calls.wait(request, call)),
        deleteOperation: async (request) => {
          await calls.remove(request);
          return {};
        },
        listOperations: async (request) => {
          const { operations, nextPageToken } = await calls.list(request);
          return { operations: operations.map(operationMessage), nextPageToken };
        },
      },
      {
        registry: operationTypes,
        bindings: operationBindings('v2'),
        audit: { deleteOperation: deleteOperationAudit(deps) },
      },
    ),
    access: operationRules(deps),
  };
}
