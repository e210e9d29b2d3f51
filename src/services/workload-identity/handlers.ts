/** The handlers, for pools and providers: what is there, and what becomes of it. */
import { type AccessControl, isUsable, type Project } from '../../access/index.js';
import {
  aborted,
  alreadyExists,
  type Call,
  failedPrecondition,
  type JsonObject,
  notFound,
  permissionDenied,
} from '../../google/index.js';
import type { Identity, IdentityPool, PoolProvider, Versioned } from '../../identity/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';
import { page } from '../paging.js';
import { masked } from './masks.js';
import { parseParent, parsePool, parseProvider, requireId } from './names.js';
import { doneOperation, type ResourceKind } from './operations.js';
import { NEW_POOL, poolJson, poolPath, poolSettings } from './pools.js';
import { NEW_PROVIDER, providerJson, providerPath, providerSettings } from './providers.js';
import type { CreateRequest, ListRequest, NamedRequest, PatchRequest } from './requests.js';

export interface WorkloadIdentityDeps {
  readonly store: Store;
  readonly access: Pick<AccessControl, 'projects'>;
  readonly identity: Pick<Identity, 'pools'>;
}

/** The methods of one kind of resource. */
export interface ResourceHandlers {
  list(request: ListRequest): Promise<JsonObject>;
  get(request: NamedRequest): Promise<JsonObject>;
  create(request: CreateRequest): Promise<JsonObject>;
  patch(request: PatchRequest): Promise<JsonObject>;
  remove(request: NamedRequest, call: Pick<Call, 'time'>): Promise<JsonObject>;
  undelete(request: NamedRequest): Promise<JsonObject>;
}

/** "If unspecified, at most 50 pools are returned. The maximum value is 1000"; of providers 100. */
const PAGES = { pools: { default: 50, max: 1000 }, providers: { default: 50, max: 100 } } as const;

const NO_ENTITY = 'Requested entity was not found.';

export function poolHandlers(deps: WorkloadIdentityDeps): ResourceHandlers {
  const { pools } = deps.identity;
  const change = changer('WorkloadIdentityPool', poolJson, deps.store);
  const find = async (name: string): Promise<Versioned<IdentityPool>> => {
    const { project, pool } = parsePool(name);
    const found = await pools.pool((await projectNamed(deps, project)).projectId, pool);
    if (!found) throw notFound(NO_ENTITY);
    return found;
  };
  return {
    async list(request) {
      const { projectId } = await projectNamed(deps, parseParent(request.parent).project);
      const found = listed(await pools.pools(projectId), request, ({ pool }) => pool, PAGES.pools);
      return listJson('workloadIdentityPools', found.items.map(poolJson), found.nextPageToken);
    },
    get: async ({ name }) => poolJson((await find(name)).value),
    async create({ parent, id, fields }) {
      const { projectId, number } = await projectNamed(deps, parseParent(parent).project);
      requireId('workload_identity_pool_id', id);
      const pool = {
        ...poolSettings(fields, NEW_POOL),
        project: projectId,
        projectNumber: number,
        pool: id,
      };
      return change(pool, await pools.poolCreation(pool), 'creation');
    },
    async patch(request) {
      const { value, version } = active(await find(request.name));
      const pool = { ...value, ...poolSettings(masked(request), value) };
      return change(pool, [pools.poolUpdate(pool, version)]);
    },
    async remove({ name }, { time }) {
      const { value, version } = active(await find(name));
      const pool = { ...value, deleteTime: time.toISOString() };
      return change(pool, [pools.poolUpdate(pool, version)]);
    },
    async undelete({ name }) {
      const { value, version } = await find(name);
      const { deleteTime, ...pool } = value;
      if (deleteTime === undefined) throw failedPrecondition(`${poolPath(value)} is not deleted.`);
      return change(pool, [pools.poolUpdate(pool, version)]);
    },
  };
}

export function providerHandlers(deps: WorkloadIdentityDeps): ResourceHandlers {
  const { pools } = deps.identity;
  const change = changer('WorkloadIdentityPoolProvider', providerJson, deps.store);
  const poolOf = async (name: string): Promise<Versioned<IdentityPool>> => {
    const { project, pool } = parsePool(name);
    const found = await pools.pool((await projectNamed(deps, project)).projectId, pool);
    if (!found) throw notFound(NO_ENTITY);
    return found;
  };
  const find = async (name: string): Promise<Versioned<PoolProvider>> => {
    const { provider } = parseProvider(name);
    const { value } = await poolOf(name.slice(0, name.lastIndexOf('/providers/')));
    const found = await pools.provider(value.project, value.pool, provider);
    if (!found) throw notFound(NO_ENTITY);
    return found;
  };
  return {
    async list(request) {
      const { value } = await poolOf(request.parent);
      const all = await pools.providers(value.project, value.pool);
      const found = listed(all, request, ({ provider }) => provider, PAGES.providers);
      return listJson('workloadIdentityPoolProviders', found.items.map(providerJson), found.nextPageToken);
    },
    get: async ({ name }) => providerJson((await find(name)).value),
    async create({ parent, id, fields }) {
      const { project, projectNumber, pool } = active(await poolOf(parent)).value;
      requireId('workload_identity_pool_provider_id', id);
      const settings = providerSettings(fields, NEW_PROVIDER);
      const provider = { ...settings, project, projectNumber, pool, provider: id };
      return change(provider, await pools.providerCreation(provider), 'creation');
    },
    async patch(request) {
      const { value, version } = active(await find(request.name));
      const provider = { ...value, ...providerSettings(masked(request), value) };
      return change(provider, [pools.providerUpdate(provider, version)]);
    },
    async remove({ name }, { time }) {
      const { value, version } = active(await find(name));
      const provider = { ...value, deleteTime: time.toISOString() };
      return change(provider, [pools.providerUpdate(provider, version)]);
    },
    async undelete({ name }) {
      const { value, version } = await find(name);
      const { deleteTime, ...provider } = value;
      if (deleteTime === undefined) throw failedPrecondition(`${providerPath(value)} is not deleted.`);
      return change(provider, [pools.providerUpdate(provider, version)]);
    },
  };
}

/** @throws GoogleError PERMISSION_DENIED: IAM tells nobody which projects there are */
export async function projectNamed(
  { access }: Pick<WorkloadIdentityDeps, 'access'>,
  idOrNumber: string,
): Promise<Project> {
  const project = await access.projects.get(idOrNumber);
  if (!project || !isUsable(project)) throw permissionDenied('The caller does not have permission');
  return project;
}

function active<T extends { readonly deleteTime?: string }>(found: Versioned<T>): Versioned<T> {
  if (found.value.deleteTime === undefined) return found;
  throw failedPrecondition('The resource is deleted. Undelete it first.');
}

function listed<T extends { readonly deleteTime?: string }>(
  all: readonly T[],
  { pageSize, pageToken, showDeleted, parent }: ListRequest,
  keyOf: (item: T) => string,
  limits: { readonly default: number; readonly max: number },
) {
  const shown = showDeleted ? all : all.filter(({ deleteTime }) => deleteTime === undefined);
  return page(shown, keyOf, { pageSize, pageToken, query: `${parent} ${showDeleted}` }, limits);
}

const listJson = (field: string, items: readonly JsonObject[], nextPageToken: string): JsonObject => ({
  ...(items.length === 0 ? {} : { [field]: [...items] }),
  ...(nextPageToken === '' ? {} : { nextPageToken }),
});

/** Commits a change together with its operation. */
function changer<T>(kind: ResourceKind, json: (value: T) => JsonObject, store: Store) {
  return async (value: T, writes: readonly Write[], what?: 'creation'): Promise<JsonObject> => {
    const resource = json(value);
    const { operation, keep } = doneOperation(kind, { ...resource, name: String(resource.name) });
    try {
      await store.commit([...writes, keep]);
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      throw what === 'creation'
        ? alreadyExists('Requested entity already exists')
        : aborted('There were concurrent changes to the resource. Please retry the whole read-modify-write.');
    }
    return operation;
  };
}
