/** google.longrunning.Operations over the stored operations of deploys and deletions, whichever version shows them. */
import type { MessageShape } from '@bufbuild/protobuf';
import type { OperationRecord } from '../../deployments/index.js';
import type {
  ListOperationsRequestSchema,
  WaitOperationRequestSchema,
} from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type AccessRule,
  type AuditRule,
  type Call,
  type HttpBinding,
  invalidArgument,
  type PermissionType,
} from '../../google/index.js';
import { page } from '../paging.js';
import { API, projectIdOf, type RunDependencies } from './context.js';
import { parseLocation, parseOperationName } from './names.js';
import { PAGES } from './order.js';
import { onProject } from './rules.js';

/** "The normal limit of a wait": one call of ours waits no longer (WaitOperationRequest.timeout may be cut). */
const LONGEST_WAIT_MS = 30_000;

type ListRequest = MessageShape<typeof ListOperationsRequestSchema>;
type WaitRequest = MessageShape<typeof WaitOperationRequestSchema>;
type Named = { readonly name: string };

/** The routes of an API version. Operations of Cloud Run cannot be cancelled. */
export function operationBindings(version: 'v1' | 'v2'): Readonly<Record<string, readonly HttpBinding[]>> {
  const one = `/${version}/{name=projects/*/locations/*/operations/*}`;
  return {
    getOperation: [{ verb: 'GET', template: one }],
    deleteOperation: [{ verb: 'DELETE', template: one }],
    waitOperation: [{ verb: 'POST', template: `${one}:wait`, body: '*' }],
    listOperations: [{ verb: 'GET', template: `/${version}/{name=projects/*/locations/*}/operations` }],
    cancelOperation: [],
  };
}

/** What the methods do. */
export function operationCalls({ access, deployments }: RunDependencies) {
  const { operations } = deployments;
  const keyOf = async (name: string) => {
    const { project, location, operation } = parseOperationName(name);
    return { project: await projectIdOf(access.projects, project), location, id: operation };
  };
  return {
    get: async ({ name }: Named): Promise<OperationRecord> => operations.get(await keyOf(name)),
    wait: async ({ name, timeout }: WaitRequest, call: Call): Promise<OperationRecord> => {
      const asked =
        timeout === undefined ? LONGEST_WAIT_MS : Number(timeout.seconds) * 1000 + timeout.nanos / 1e6;
      if (asked < 0) throw invalidArgument('The timeout must not be negative.');
      return operations.wait(await keyOf(name), Math.min(asked, LONGEST_WAIT_MS), call.signal);
    },
    remove: async ({ name }: Named): Promise<void> => operations.remove(await keyOf(name)),
    /** In the order in which they began. */
    list: async (request: ListRequest) => {
      const fits = parseFilter(request.filter);
      const { project, location } = parseLocation(request.name);
      const id = await projectIdOf(access.projects, project);
      const all = await operations.list(id, location === '-' ? undefined : location);
      const keyed = all.filter(fits).map((operation) => ({ operation, key: orderOf(operation) }));
      keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
      const query = `operations ${request.name} ${request.filter}`;
      const { items, nextPageToken } = page(keyed, ({ key }) => key, { ...request, query }, PAGES);
      return { operations: items.map(({ operation }) => operation), nextPageToken };
    },
  };
}

const orderOf = ({ createTime, id }: OperationRecord) => `${createTime} ${id}`;

/** "done" alone is what Cloud Run's operations can be filtered by. @throws INVALID_ARGUMENT for anything else */
function parseFilter(filter: string): (operation: OperationRecord) => boolean {
  if (filter.trim() === '') return () => true;
  const [, value] = /^\s*done\s*=\s*(true|false)\s*$/.exec(filter) ?? [];
  if (value === undefined)
    throw invalidArgument(`Invalid filter '${filter}': only done=true and done=false are supported.`);
  return ({ result }) => (result !== undefined) === (value === 'true');
}

/** What each method needs: operations carry no policy, so the project decides. */
export function operationRules({
  access: { projects },
}: RunDependencies): Readonly<Record<string, AccessRule>> {
  const one = (type: PermissionType, permission: string) =>
    onProject(projects, type, permission, ({ name }: Named) => ({
      ...parseOperationName(name),
      label: name,
    }));
  const name = 'google.longrunning.Operations';
  return {
    [`${name}.GetOperation`]: one('ADMIN_READ', 'run.operations.get'),
    [`${name}.WaitOperation`]: one('ADMIN_READ', 'run.operations.get'),
    [`${name}.DeleteOperation`]: one('ADMIN_WRITE', 'run.operations.delete'),
    [`${name}.ListOperations`]: onProject(
      projects,
      'ADMIN_READ',
      'run.operations.list',
      (request: ListRequest) => ({
        ...parseLocation(request.name),
        label: `${request.name}/operations`,
      }),
    ),
  };
}

/** The entry of a deleted operation. A malformed name was refused, and its entry lies in no project's log. */
export function deleteOperationAudit({ access }: RunDependencies): AuditRule {
  const partsOf = ({ name }: Named) => /^projects\/([^/]+)\/locations\/([^/]+)/.exec(name) ?? [];
  return {
    serviceName: API,
    resourceName: ({ name }: Named) => name,
    monitored: (request: Named) => {
      const [, project = '', location = ''] = partsOf(request);
      return {
        type: 'audited_resource',
        labels: { project_id: project, service: API, method: 'DeleteOperation', location },
      };
    },
    project: async (request: Named) => {
      const [, project = ''] = partsOf(request);
      return (await access.projects.get(project))?.projectId ?? project;
    },
  };
}
