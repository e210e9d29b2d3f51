/** Executions: get, list with the selectors gcloud sends, cancel and delete. */
import type { ExecutionRecord, Stored } from '../../deployments/index.js';
import { type AccessRule, type Call, defineMethod, type PermissionType } from '../../google/index.js';
import { type MethodTable, type RunDependencies, runMonitored } from '../run/context.js';
import { ifFound } from '../run/executions.js';
import { newestFirst, sortedBy } from '../run/order.js';
import { type AuditedCall, auditOf, typedResponse } from './audit.js';
import { DELETE_PARAMETERS, deleteOptions } from './deletes.js';
import { EXECUTION, executionLabels, executionView, JOB_LABEL } from './job-view.js';
import { type Owner, onOwned, onSelected } from './owned.js';
import { LIST_PARAMETERS, type Listed, listed } from './paging.js';
import { decodeTarget, projectOfCall, type Target } from './requests.js';
import { prefixOf, routes } from './resource-kind.js';
import { listedLocation, listView } from './resource-reads.js';
import { deletedView } from './resource-writes.js';
import { keyOf } from './rules.js';
import { parseSelector } from './selectors.js';

const PREFIX = prefixOf({ object: EXECUTION });
const AT = { paths: ['/apis/run.googleapis.com/v1/namespaces/{project}/executions'] };

export function executionMethods(deps: RunDependencies): MethodTable {
  const { projects } = deps.access;
  const { executions } = deps.deployments.jobs;
  const onOne = (type: PermissionType, permission: string): AccessRule =>
    onOwned(projects, type, permission, 'executions', (target, call) =>
      jobOf(deps, target, call, target.name),
    );
  return {
    methods: [
      defineMethod({
        name: `${PREFIX}.GetExecution`,
        bindings: routes(AT, 'GET', '/{name}'),
        decode: decodeTarget(),
        handle: async (target: Target, call) => executions.get(await keyOf(projects, target, call)),
        encode: executionView,
      }),
      defineMethod({
        name: `${PREFIX}.ListExecutions`,
        bindings: routes(AT, 'GET'),
        decode: decodeTarget({ query: LIST_PARAMETERS }),
        handle: (target: Target, call) => list(deps, target, call),
        encode: (page) => listView(EXECUTION, page, executionView),
      }),
      defineMethod({
        name: `${PREFIX}.CancelExecution`,
        bindings: routes(AT, 'POST', '/{name}:cancel'),
        decode: decodeTarget(),
        handle: async (target: Target, call): Promise<Stored<ExecutionRecord>> =>
          executions.cancel(await keyOf(projects, target, call), call),
        encode: executionView,
        audit: auditOf(deps, {
          ...audited('CancelExecutionRequest'),
          response: (answer: Stored<ExecutionRecord>) => typedResponse(EXECUTION.kind, executionView(answer)),
        }),
      }),
      defineMethod({
        name: `${PREFIX}.DeleteExecution`,
        bindings: routes(AT, 'DELETE', '/{name}'),
        decode: decodeTarget({ query: DELETE_PARAMETERS }),
        handle: async (target: Target, call) =>
          executions.remove(await keyOf(projects, target, call), call, deleteOptions(target, EXECUTION)),
        encode: deletedView,
        audit: auditOf(deps, audited('DeleteExecutionRequest')),
      }),
    ],
    access: {
      [`${PREFIX}.GetExecution`]: onOne('ADMIN_READ', 'run.executions.get'),
      [`${PREFIX}.ListExecutions`]: onSelected(
        projects,
        'run.executions.list',
        'executions',
        async (selector) => ownedBy(selector.valueOf(JOB_LABEL)),
      ),
      [`${PREFIX}.CancelExecution`]: onOne('ADMIN_WRITE', 'run.executions.cancel'),
      [`${PREFIX}.DeleteExecution`]: onOne('ADMIN_WRITE', 'run.executions.delete'),
    },
  };
}

const ownedBy = (job: string | undefined): Owner | undefined =>
  job === undefined ? undefined : { kind: 'job', name: job };

/** The job of an execution in the project and region of a call; undefined where there is no such execution. */
export async function jobOf(
  { access: { projects }, deployments }: RunDependencies,
  target: Target,
  call: Call,
  execution: string,
): Promise<Owner | undefined> {
  if ((await projects.get(target.project)) === undefined) return undefined;
  const key = { ...(await keyOf(projects, target, call)), name: execution };
  return ownedBy((await ifFound(deployments.jobs.executions.get(key)))?.value.job);
}

async function list(
  deps: RunDependencies,
  target: Target,
  call: Call,
): Promise<Listed<Stored<ExecutionRecord>>> {
  const { projectId } = await projectOfCall(deps.access.projects, target);
  const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
  const rows = await deps.deployments.jobs.executions.list(
    projectId,
    listedLocation(target, call),
    selector.valueOf(JOB_LABEL),
  );
  const selected = rows.filter(({ value }) => selector.matches(executionLabels(value)));
  const order = ({ value }: Stored<ExecutionRecord>) => newestFirst(value);
  return listed(sortedBy(selected, order), order, target);
}

/** An execution's name is its job's with a suffix: an entry tells which job it was also where there is none. */
const audited = (request: string): AuditedCall => ({
  request,
  collection: 'executions',
  monitored: (execution) =>
    runMonitored('job', { ...execution, name: execution.name.replace(/-[^-]*$/, '') }),
});
