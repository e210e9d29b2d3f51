/** Revisions: get, list with the selectors gcloud sends, and delete. */
import {
  type AnyRevision,
  type InstanceTemplate,
  type RevisionRecord,
  revisionNotFound,
  type Stored,
  type WorkerPoolRevisionRecord,
} from '../../deployments/index.js';
import {
  type AccessRule,
  type ApiMethod,
  type Call,
  defineMethod,
  type HttpBinding,
  type JsonObject,
  type PermissionType,
} from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import { type MethodTable, type RunDependencies, runMonitored } from '../run/context.js';
import { newestFirst, sortedBy } from '../run/order.js';
import { servedRevisions } from '../run/revisions.js';
import { mannedRevisions } from '../run/worker-pools.js';
import { auditOf } from './audit.js';
import { DELETE_PARAMETERS, deleteOptions } from './deletes.js';
import { type Owner, onOwned, onSelected } from './owned.js';
import { LIST_PARAMETERS, type Listed, listed } from './paging.js';
import { decodeTarget, locationOf, projectOfCall, type Target } from './requests.js';
import { listView } from './resource-reads.js';
import { deletedView } from './resource-writes.js';
import { keyOf } from './rules.js';
import { parseSelector, type Selector } from './selectors.js';
import { revisionLabels, revisionView } from './view.js';
import { poolRevisionLabels, poolRevisionView, WORKER_POOL_LABEL } from './worker-pool-view.js';

const PREFIX = 'google.cloud.run.v1.Revisions';
const PATHS = [
  '/apis/serving.knative.dev/v1/namespaces/{project}/revisions',
  '/v1/projects/{project}/locations/{location}/revisions',
];
const REVISION = { apiVersion: 'serving.knative.dev/v1', kind: 'Revision' } as const;
const SERVICE_LABEL = 'serving.knative.dev/service';

/** A revision of a service or of a worker pool, as far as v1's calls tell them apart. */
interface Shown {
  readonly owner: Owner;
  readonly revision: AnyRevision<InstanceTemplate>;
  readonly labels: Readonly<Record<string, string>>;
  readonly view: (inUse: boolean) => JsonObject;
}

const ofService = (row: Stored<RevisionRecord>): Shown => ({
  owner: { kind: 'service', name: row.value.service },
  revision: row.value,
  labels: revisionLabels(row.value),
  view: (inUse) => revisionView(row, inUse),
});

const ofPool = (row: Stored<WorkerPoolRevisionRecord>): Shown => ({
  owner: { kind: 'workerPool', name: row.value.workerPool },
  revision: row.value,
  labels: poolRevisionLabels(row.value),
  view: (inUse) => poolRevisionView(row, inUse),
});

const routes = (verb: HttpBinding['verb'], suffix = ''): HttpBinding[] =>
  PATHS.map((path) => ({ verb, template: `${path}${suffix}` }));

export function revisionMethods(deps: RunDependencies): MethodTable {
  const { projects } = deps.access;
  const onOne = (type: PermissionType, permission: string): AccessRule =>
    onOwned(
      projects,
      type,
      permission,
      'revisions',
      async (target, call) => (await find(deps, target, call))?.owner,
    );
  const methods: ApiMethod[] = [
    defineMethod({
      name: `${PREFIX}.GetRevision`,
      bindings: routes('GET', '/{name}'),
      decode: decodeTarget(),
      handle: async (target: Target, call): Promise<JsonObject> => {
        const key = await keyOf(projects, target, call);
        const found = await find(deps, target, call);
        if (!found) throw revisionNotFound(key);
        const inUse = await usedRevisions(deps, found.owner.kind, key);
        return found.view(inUse.has(key.name));
      },
      encode: (view) => view,
    }),
    defineMethod({
      name: `${PREFIX}.ListRevisions`,
      bindings: routes('GET'),
      decode: decodeTarget({ query: LIST_PARAMETERS }),
      handle: (target: Target, call) => list(deps, target, call),
      encode: (page) => listView(REVISION, page, (view) => view),
    }),
    defineMethod({
      name: `${PREFIX}.DeleteRevision`,
      bindings: routes('DELETE', '/{name}'),
      decode: decodeTarget({ query: DELETE_PARAMETERS }),
      handle: async (target: Target, call) => {
        const key = await keyOf(projects, target, call);
        const found = await find(deps, target, call);
        const { removal, workerPools } = deps.deployments;
        const options = deleteOptions(target, REVISION);
        return found?.owner.kind === 'workerPool'
          ? workerPools.removal.revision(key, call, options)
          : removal.revision(key, call, options);
      },
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
        ownerSelected(selector),
      ),
      [`${PREFIX}.DeleteRevision`]: onOne('ADMIN_WRITE', 'run.revisions.delete'),
    },
  };
}

function ownerSelected(selector: Selector): Owner | undefined {
  const service = selector.valueOf(SERVICE_LABEL);
  if (service !== undefined) return { kind: 'service', name: service };
  const pool = selector.valueOf(WORKER_POOL_LABEL);
  return pool === undefined ? undefined : { kind: 'workerPool', name: pool };
}

async function find(
  { access: { projects }, deployments }: RunDependencies,
  target: Target,
  call: Call,
): Promise<Shown | undefined> {
  const project = (await projects.get(target.project))?.projectId ?? target.project;
  const key = { project, location: locationOf(target, call), name: target.name };
  const row = await deployments.getRevision(key.project, key.location, key.name);
  if (row) return ofService(row);
  const pools = await deployments.workerPools.getRevision(key);
  return pools && ofPool(pools);
}

async function list(deps: RunDependencies, target: Target, call: Call): Promise<Listed<JsonObject>> {
  const { projectId: project } = await projectOfCall(deps.access.projects, target);
  const location = locationOf(target, call);
  const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
  const { deployments } = deps;
  const all = [
    ...(await deployments.listRevisions(project, location)).map(ofService),
    ...(await deployments.workerPools.listRevisions(project, location)).map(ofPool),
  ];
  const selected = all.filter(({ labels }) => selector.matches(labels));
  const order = ({ revision }: Shown) => newestFirst(revision);
  const { items, metadata } = listed(sortedBy(selected, order), order, target);
  const used = {
    service: await usedRevisions(deps, 'service', { project, location }),
    workerPool: await usedRevisions(deps, 'workerPool', { project, location }),
  };
  return {
    items: items.map(({ owner, revision, view }) =>
      view(used[owner.kind === 'workerPool' ? 'workerPool' : 'service'].has(revision.name)),
    ),
    metadata,
  };
}

/** The names of the revisions that get traffic, or have instances of worker pools. */
const usedRevisions = (
  { deployments }: RunDependencies,
  kind: RunKind,
  { project, location }: { readonly project: string; readonly location: string },
): Promise<ReadonlySet<string>> =>
  (kind === 'workerPool' ? mannedRevisions : servedRevisions)(deployments, project, location);
