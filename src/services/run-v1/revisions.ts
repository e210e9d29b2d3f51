/** Revisions: get, list with the selectors gcloud sends, and delete. */
import { type RevisionRecord, revisionNotFound, type Stored } from '../../deployments/index.js';
import {
  type AccessRule,
  type ApiMethod,
  type Call,
  defineMethod,
  type HttpBinding,
  type PermissionType,
} from '../../google/index.js';
import { type MethodTable, type RunDependencies, runMonitored } from '../run/context.js';
import { newestFirst, sortedBy } from '../run/order.js';
import { servedRevisions } from '../run/revisions.js';
import { auditOf } from './audit.js';
import { type Owner, onOwned, onSelected } from './owned.js';
import { LIST_PARAMETERS, type Listed, listed } from './paging.js';
import { decodeTarget, locationOf, projectOfCall, type Target } from './requests.js';
import { listView } from './resource-reads.js';
import { deletedView } from './resource-writes.js';
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
  const onOne = (type: PermissionType, permission: string): AccessRule =>
    onOwned(projects, type, permission, 'revisions', async (target, call) =>
      ownedBy((await find(deps, target, call))?.value.service),
    );
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
      audit: auditOf(deps, {
        request: 'DeleteRevisionRequest',
        collection: 'revisions',
        monitored: (name) => runMonitored('service', { ...name, name: '' }, name.name),
      }),
    }),
  ];
  return {
    methods,
    access: {
      [`${PREFIX}.GetRevision`]: onOne('ADMIN_READ', 'run.revisions.get'),
      [`${PREFIX}.ListRevisions`]: onSelected(projects, 'run.revisions.list', 'revisions', async (selector) =>
        ownedBy(selector.valueOf(SERVICE_LABEL)),
      ),
      [`${PREFIX}.DeleteRevision`]: onOne('ADMIN_WRITE', 'run.revisions.delete'),
    },
  };
}

const ownedBy = (service: string | undefined): Owner | undefined =>
  service === undefined ? undefined : { kind: 'service', name: service };

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
