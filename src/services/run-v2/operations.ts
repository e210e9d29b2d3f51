/** Operations as v2 shows them: their metadata and response are the resource that they are about. */
import { create, createRegistry, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { OperationRecord, OperationSubject } from '../../deployments/index.js';
import { ExecutionSchema } from '../../google/gen/google/cloud/run/v2/execution_pb.js';
import { JobSchema } from '../../google/gen/google/cloud/run/v2/job_pb.js';
import { RevisionSchema } from '../../google/gen/google/cloud/run/v2/revision_pb.js';
import { ServiceSchema } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { WorkerPoolSchema } from '../../google/gen/google/cloud/run/v2/worker_pool_pb.js';
import { type OperationSchema, Operations } from '../../google/gen/google/longrunning/operations_pb.js';
import { protoMethods } from '../../google/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import {
  deleteOperationAudit,
  operationBindings,
  operationCalls,
  operationRules,
} from '../run/operations.js';
import { executionMessage, jobMessage } from './job-view.js';
import { revisionMessage, serviceMessage } from './view.js';
import { poolRevisionMessage, workerPoolMessage } from './worker-pool-view.js';

type OperationInit = MessageInitShape<typeof OperationSchema>;

/** What an operation's Any may hold. */
export const operationTypes = createRegistry(
  ServiceSchema,
  JobSchema,
  ExecutionSchema,
  RevisionSchema,
  WorkerPoolSchema,
);

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
    case 'workerPool':
      return anyPack(WorkerPoolSchema, create(WorkerPoolSchema, workerPoolMessage(subject.workerPool)));
    case 'workerPoolRevision':
      return anyPack(RevisionSchema, create(RevisionSchema, poolRevisionMessage(subject.revision, false)));
    case 'revision':
      return anyPack(RevisionSchema, create(RevisionSchema, revisionMessage(subject.revision, false)));
    case 'job':
      return anyPack(JobSchema, create(JobSchema, jobMessage(subject.job)));
    case 'execution':
      return anyPack(ExecutionSchema, create(ExecutionSchema, executionMessage(subject.execution)));
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
