/** Executions, under the jobs that they belong to. */
import { create, type MessageShape } from '@bufbuild/protobuf';
import {
  type ExecutionRecord,
  jobResourceNotFound,
  type ResourceKey,
  type Stored,
} from '../../deployments/index.js';
import {
  CancelExecutionRequestSchema,
  DeleteExecutionRequestSchema,
  Executions,
  type ListExecutionsRequestSchema,
} from '../../google/gen/google/cloud/run/v2/execution_pb.js';
import { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import { type AccessRule, type PermissionType, protoMethods } from '../../google/index.js';
import { page } from '../paging.js';
import { type MethodTable, projectIdOf, type RunDependencies } from '../run/context.js';
import { type ExecutionName, parseExecutionName, parseRunName } from '../run/names.js';
import { newestFirst, PAGES, sortedBy } from '../run/order.js';
import { matchEtag } from './etag.js';
import { executionMessage, executionVersion } from './job-view.js';
import { operationTypes } from './operations.js';
import { onOwned, onOwners } from './owned.js';
import { answer } from './resources.js';
import { keyOf, operationAudit } from './rules.js';

const NAME = Executions.typeName;

type ListRequest = MessageShape<typeof ListExecutionsRequestSchema>;
type CancelRequest = MessageShape<typeof CancelExecutionRequestSchema>;
type DeleteRequest = MessageShape<typeof DeleteExecutionRequestSchema>;

export function executionMethods(deps: RunDependencies): MethodTable {
  const { executions } = deps.deployments.jobs;
  const onOne = (type: PermissionType, permission: string): AccessRule =>
    onOwned(deps.access.projects, type, permission, (name) => {
      const { execution, ...job } = parseExecutionName(name);
      return { ...job, below: `executions/${execution}` };
    });
  const unchanged =
    (etag: string) =>
    ({ value }: Stored<ExecutionRecord>): void =>
      matchEtag(etag, executionVersion(value), value.name);
  return {
    methods: protoMethods(
      Executions,
      {
        getExecution: async ({ name }) => {
          const { row } = await findExecution(deps, parseExecutionName(name));
          return executionMessage(row.value);
        },
        listExecutions: (request, call) => list(deps, request, call.time),
        cancelExecution: async ({ name, etag, validateOnly }, call) => {
          const { key } = await findExecution(deps, parseExecutionName(name));
          const options = { check: unchanged(etag), dryRun: validateOnly };
          const { operation } = await executions.cancel(key, call, options);
          return create(OperationSchema, answer(operation, validateOnly));
        },
        deleteExecution: async ({ name, etag, validateOnly }, call) => {
          const { key } = await findExecution(deps, parseExecutionName(name));
          const options = { check: unchanged(etag), dryRun: validateOnly };
          const operation = await executions.remove(key, call, options);
          return create(OperationSchema, answer(operation, validateOnly));
        },
      },
      {
        registry: operationTypes,
        audit: {
          cancelExecution: operationAudit(
            deps,
            CancelExecutionRequestSchema,
            ({ name }: CancelRequest) => name,
          ),
          deleteExecution: operationAudit(
            deps,
            DeleteExecutionRequestSchema,
            ({ name }: DeleteRequest) => name,
          ),
        },
      },
    ),
    access: {
      [`${NAME}.GetExecution`]: onOne('ADMIN_READ', 'run.executions.get'),
      [`${NAME}.CancelExecution`]: onOne('ADMIN_WRITE', 'run.executions.cancel'),
      [`${NAME}.DeleteExecution`]: onOne('ADMIN_WRITE', 'run.executions.delete'),
      [`${NAME}.ListExecutions`]: onOwners(deps.access.projects, 'run.executions.list', (parent) => ({
        ...parseRunName('job', parent),
        below: 'executions',
      })),
    },
  };
}

/** The execution of that job. @throws NOT_FOUND */
export async function findExecution(
  { access, deployments }: RunDependencies,
  { project, location, name, execution }: ExecutionName,
): Promise<{ readonly key: ResourceKey; readonly row: Stored<ExecutionRecord> }> {
  const key = { project: await projectIdOf(access.projects, project), location, name: execution };
  const row = await deployments.jobs.executions.get(key);
  if (row.value.job !== name) throw jobResourceNotFound('EXECUTION', key);
  return { key, row };
}

/** "To list all Executions across Jobs, use "-" instead of Job name." (ListExecutionsRequest.parent) */
async function list(deps: RunDependencies, request: ListRequest, time: Date) {
  const { jobs } = deps.deployments;
  const key = await keyOf(deps, parseRunName('job', request.parent));
  const job = key.name === '-' ? undefined : key.name;
  const rows = await jobs.executions.list(key.project, key.location, job);
  const deleted = request.showDeleted
    ? await jobs.executions.listDeleted(key.project, key.location, time, job)
    : [];
  const all = sortedBy([...rows.map(({ value }) => value), ...deleted], newestFirst);
  if (all.length === 0 && job !== undefined) await jobs.get(key);
  const query = `executions ${request.parent} ${request.showDeleted}`;
  const { items, nextPageToken } = page(all, newestFirst, { ...request, query }, PAGES);
  return { executions: items.map(executionMessage), nextPageToken };
}
