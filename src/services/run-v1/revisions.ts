/** Revisions: get, list with the selectors gcloud sends, and delete. */
import { type RevisionRecord, revisionNotFound, type Stored } from '../../deployments/index.js';
import {
  type AccessRule,
  type ApiMethod,
  type AuditRule,
  type Call,
  defineMethod,
  type HttpBinding,
  type PermissionType,
} from '../../google/index.js';
import { API, type MethodTable, type RunDependencies, runMonitored, runRefusal } from '../run/context.js';
import { newestFirst, sortedBy } from '../run/order.js';
import { servedRevisions } from '../run/revisions.js';
import { LIST_PARAMETERS, type Listed, listed } from './paging.js';
import {
  decodeTarget,
  locationOf,
  projectCheck,
  projectOfCall,
  resourceCheck,
  type Target,
} from './requests.js';
import { listView } from './resource-reads.js';
import { deletedView, locationIn } from './resource-writes.js';
import { keyOf } from './rules.js';
import { parseSelector } from './selectors.js';
import { revisionLabels, revisionView } from './view.js';

const PREFIX = 'google.cloud.run.v1.Revisions';
const PATHS = [
  '/apis/serving.knative.dev/v1/namespaces/{project}/revisions',
  '/v1/projects/{project}/locations/{location}/revisions',
];
const SERVICE_LABEL = 'serving.knative.dev/service';

interface Shown {
  readonly row: Stored<RevisionRecord>;
  readonly serves: boolean;
}

const routes = (verb: HttpBinding['verb'], suffix = ''): HttpBinding[] =>
  PATHS.map((path) => ({ verb, template: `${path}${suffix}` }));

export function revisionMethods(deps: RunDependencies): MethodTable {
  const { projects } = deps.access;
  const methods: ApiMethod[] = [
    defineMethod({
      name: `${PREFIX}.GetRevision`,
      bindings: routes('GET', '/{name}'),
      decode: decodeTarget(),
      handle: async (target: Target, call): Promise<Shown> => {
        const key = await keyOf(projects, target, call);
        const row = await find(deps, target, call);
        if (!row) throw revisionNotFound(key);
        const reached = await servedRevisions(deps.deployments, key.project, key.location);
        return { row, serves: reached.has(key.name) };
      },
      encode: ({ row, serves }) => revisionView(row, serves),
    }),
    defineMethod({
      name: `${PREFIX}.ListRevisions`,
      bindings: routes('GET'),
      decode: decodeTarget({ query: LIST_PARAMETERS }),
      handle: (target: Target, call) => list(deps, target, call),
      encode: (page) =>
        listView({ apiVersion: 'serving.knative.dev/v1', kind: 'Revision' }, page, ({ row, serves }) =>
          revisionView(row, serves),
        ),
    }),
    defineMethod({
      name: `${PREFIX}.DeleteRevision`,
      bindings: routes('DELETE', '/{name}'),
      decode: decodeTarget(),
      handle: async (target: Target, call) =>
        deps.deployments.removal.revision(await keyOf(projects, target, call), call),
      encode: deletedView,
      audit: deleteAudit(deps),
    }),
  ];
  return {
    methods,
    access: {
      [`${PREFIX}.GetRevision`]: onOne(deps, 'ADMIN_READ', 'run.revisions.get'),
      [`${PREFIX}.ListRevisions`]: onSelected(deps),
      [`${PREFIX}.DeleteRevision`]: onOne(deps, 'ADMIN_WRITE', 'run.revisions.delete'),
    },
  };
}

async function find(
  { access: { projects }, deployments }: RunDependencies,
  target: Target,
  call: Call,
): Promise<Stored<RevisionRecord> | undefined> {
  const project = (await projects.get(target.project))?.projectId ?? target.project;
  return deployments.getRevision(project, locationOf(target, call), target.name);
}

async function list(deps: RunDependencies, target: Target, call: Call): Promise<Listed<Shown>> {
  const { projectId } = await projectOfCall(deps.access.projects, target);
  const location = locationOf(target, call);
  const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
  const rows = await deps.deployments.listRevisions(projectId, location);
  const selected = rows.filter((row) => selector.matches(revisionLabels(row.value)));
  const order = (row: Stored<RevisionRecord>) => newestFirst(row.value);
  const { items, metadata } = listed(sortedBy(selected, order), order, target);
  const reached = await servedRevisions(deps.deployments, projectId, location);
  return { items: items.map((row) => ({ row, serves: reached.has(row.value.name) })), metadata };
}

/** Revisions carry no policy: their service's decides, or the project's for one that does not exist. */
function onOne(deps: RunDependencies, type: PermissionType, permission: string): AccessRule {
  const { projects } = deps.access;
  return {
    kind: 'permission',
    type,
    checks: async (target: Target, call) => {
      const service = (await find(deps, target, call))?.value.service;
      const check =
        service === undefined
          ? await projectCheck(projects, permission, target, 'revisions')
          : await resourceCheck('service', projects, permission, target, call, service);
      return [
        { ...check, label: `${check.label.split('/').slice(0, 2).join('/')}/revisions/${target.name}` },
      ];
    },
    refusal: runRefusal,
  };
}

/** A list of one service's revisions asks for the service, any other for the project. */
function onSelected({ access: { projects } }: RunDependencies): AccessRule {
  return {
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: async (target: Target, call) => {
      const service = parseSelector(target.input.query.get('labelSelector') ?? '').valueOf(SERVICE_LABEL);
      return [
        service === undefined
          ? await projectCheck(projects, 'run.revisions.list', target, 'revisions')
          : await resourceCheck('service', projects, 'run.revisions.list', target, call, service),
      ];
    },
    refusal: runRefusal,
  };
}

function deleteAudit({ access }: RunDependencies): AuditRule {
  return {
    serviceName: API,
    resourceName: (target: Target) => `namespaces/${target.project}/revisions/${target.name}`,
    monitored: (target: Target, call) =>
      runMonitored(
        'service',
        { project: target.project, location: locationIn(target, call), name: '' },
        target.name,
      ),
    project: async (target: Target) =>
      (await access.projects.get(target.project))?.projectId ?? target.project,
    request: (target: Target, call) => ({
      '@type': 'type.googleapis.com/google.cloud.run.v1.DeleteRevisionRequest',
      name: `projects/${target.project}/locations/${locationIn(target, call)}/revisions/${target.name}`,
      region: locationIn(target, call),
    }),
    response: () => undefined,
  };
}
