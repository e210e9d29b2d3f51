/** Worker pools, and what calls on them need. */
import type { MessageShape } from '@bufbuild/protobuf';
import { policyMethods } from '../../access/index.js';
import type { WorkerPoolRecord, WorkerPoolSpec } from '../../deployments/index.js';
import {
  CreateWorkerPoolRequestSchema,
  DeleteWorkerPoolRequestSchema,
  UpdateWorkerPoolRequestSchema,
  type WorkerPool,
  WorkerPoolSchema,
  WorkerPools,
} from '../../google/gen/google/cloud/run/v2/worker_pool_pb.js';
import { protoMethods } from '../../google/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import { resourcePolicy } from '../run/policy.js';
import { storedWorkerPools } from '../run/worker-pools.js';
import { operationTypes } from './operations.js';
import { parseWorkerPool } from './parse-worker-pool.js';
import { type ResourceKind, resourceCalls, resourceRules } from './resources.js';
import { operationAudit } from './rules.js';
import { checkPreviewFields } from './worker-pool-preview.js';
import { workerPoolInput, workerPoolMessage } from './worker-pool-view.js';

type CreateRequest = MessageShape<typeof CreateWorkerPoolRequestSchema>;
type UpdateRequest = MessageShape<typeof UpdateWorkerPoolRequestSchema>;
type DeleteRequest = MessageShape<typeof DeleteWorkerPoolRequestSchema>;

export function workerPoolMethods(deps: RunDependencies): MethodTable {
  const kind: ResourceKind<typeof WorkerPoolSchema, WorkerPoolSpec, WorkerPoolRecord> = {
    kind: 'workerPool',
    schema: WorkerPoolSchema,
    resources: storedWorkerPools(deps.deployments),
    message: workerPoolMessage,
    input: workerPoolInput,
    parse: parseWorkerPool,
  };
  const calls = resourceCalls(deps, kind);
  const policies = policyMethods(deps.access, resourcePolicy(deps, 'workerPool', kind.resources.get));
  const checked = (pool: WorkerPool | undefined, request: string) => {
    checkPreviewFields(pool, `Violation in ${request}.worker_pool`);
    return pool;
  };
  return {
    methods: protoMethods(
      WorkerPools,
      {
        getWorkerPool: calls.get,
        listWorkerPools: async (request, call) => {
          const { items, nextPageToken } = await calls.list(request, call);
          return { workerPools: items, nextPageToken };
        },
        createWorkerPool: async ({ workerPoolId, workerPool, ...request }, call) => {
          const resource = checked(workerPool, 'CreateWorkerPoolRequest');
          return calls.create({ ...request, id: workerPoolId, resource }, call);
        },
        updateWorkerPool: async ({ workerPool, updateMask, ...request }, call) => {
          const resource = checked(workerPool, 'UpdateWorkerPoolRequest');
          return calls.update({ ...request, resource, paths: updateMask?.paths }, call);
        },
        deleteWorkerPool: calls.remove,
        ...policies.handlers,
      },
      { registry: operationTypes, audit: { ...writeAudit(deps), ...policies.audit } },
    ),
    access: resourceRules(deps, kind, WorkerPools.typeName, policies.rules),
  };
}

function writeAudit(deps: RunDependencies) {
  return {
    createWorkerPool: operationAudit(
      deps,
      CreateWorkerPoolRequestSchema,
      ({ parent, workerPoolId }: CreateRequest) => `${parent}/workerPools/${workerPoolId}`,
    ),
    updateWorkerPool: operationAudit(
      deps,
      UpdateWorkerPoolRequestSchema,
      ({ workerPool }: UpdateRequest) => workerPool?.name ?? '',
    ),
    deleteWorkerPool: operationAudit(deps, DeleteWorkerPoolRequestSchema, ({ name }: DeleteRequest) => name),
  };
}
