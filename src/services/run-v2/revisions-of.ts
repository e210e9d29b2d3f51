/** What v2's calls on revisions do, for those of services and for those of worker pools. */
import {
  type AnyRevision,
  type InstanceTemplate,
  type OperationRecord,
  type RemovalOptions,
  type ResourceKey,
  type RevisionRecord,
  revisionNotFound,
  type Stored,
  type WorkerPoolRevisionRecord,
} from '../../deployments/index.js';
import type { Call } from '../../google/index.js';
import { page } from '../paging.js';
import { projectIdOf, type RunDependencies } from '../run/context.js';
import { type RevisionName, type RunName, spellRunName } from '../run/names.js';
import { newestFirst, PAGES, sortedBy } from '../run/order.js';
import { servedRevisions } from '../run/revisions.js';
import { mannedRevisions } from '../run/worker-pools.js';
import { matchEtag } from './etag.js';
import { type RevisionInit, revisionMessage, revisionVersion } from './view.js';
import { poolRevisionMessage, poolRevisionVersion } from './worker-pool-view.js';

interface ListRequest {
  readonly pageSize: number;
  readonly pageToken: string;
  readonly showDeleted: boolean;
}

interface DeleteRequest {
  readonly etag: string;
  readonly validateOnly: boolean;
}

/** The calls, whoever owns the revisions. */
export interface RevisionCalls {
  /** @throws NOT_FOUND */
  get(name: RevisionName): Promise<RevisionInit>;
  /** "To list all Revisions across Services, use "-" instead of Service name." (ListRevisionsRequest.parent) */
  list(
    owner: RunName,
    request: ListRequest,
    time: Date,
  ): Promise<{ readonly items: RevisionInit[]; readonly nextPageToken: string }>;
  /** @throws NOT_FOUND, ABORTED, FAILED_PRECONDITION while the owner needs it */
  remove(name: RevisionName, request: DeleteRequest, call: Call): Promise<OperationRecord>;
}

/** The revisions of one kind of owner. */
interface RevisionsOf<V extends AnyRevision<InstanceTemplate>> {
  readonly ownerOf: (revision: V) => string;
  readonly get: (key: ResourceKey) => Promise<Stored<V> | undefined>;
  readonly list: (project: string, location: string) => Promise<Stored<V>[]>;
  readonly listDeleted: (project: string, location: string, time: Date) => Promise<V[]>;
  /** The names of those that are in use. */
  readonly inUse: (project: string, location: string) => Promise<ReadonlySet<string>>;
  readonly remove: (key: ResourceKey, call: Call, options: RemovalOptions<V>) => Promise<OperationRecord>;
  readonly message: (revision: V, inUse: boolean) => RevisionInit;
  /** What its etag is made from. */
  readonly version: (revision: V) => Parameters<typeof matchEtag>[1];
  /** Looks the owner up. @throws its NOT_FOUND */
  readonly owner: (key: ResourceKey) => Promise<unknown>;
}

export function serviceRevisions(deps: RunDependencies): RevisionCalls {
  const { deployments } = deps;
  return callsOn<RevisionRecord>(deps, {
    ownerOf: ({ service }) => service,
    get: ({ project, location, name }) => deployments.getRevision(project, location, name),
    list: (project, location) => deployments.listRevisions(project, location),
    listDeleted: (project, location, time) => deployments.listDeletedRevisions(project, location, time),
    inUse: (project, location) => servedRevisions(deployments, project, location),
    remove: (key, call, options) => deployments.removal.revision(key, call, options),
    message: revisionMessage,
    version: revisionVersion,
    owner: (key) => deployments.get(key),
  });
}

export function poolRevisions(deps: RunDependencies): RevisionCalls {
  const { workerPools } = deps.deployments;
  return callsOn<WorkerPoolRevisionRecord>(deps, {
    ownerOf: ({ workerPool }) => workerPool,
    get: (key) => workerPools.getRevision(key),
    list: (project, location) => workerPools.listRevisions(project, location),
    listDeleted: (project, location, time) => workerPools.listDeletedRevisions(project, location, time),
    inUse: (project, location) => mannedRevisions(deps.deployments, project, location),
    remove: (key, call, options) => workerPools.removal.revision(key, call, options),
    message: poolRevisionMessage,
    version: poolRevisionVersion,
    owner: (key) => workerPools.get(key),
  });
}

function callsOn<V extends AnyRevision<InstanceTemplate>>(
  { access: { projects } }: RunDependencies,
  revisions: RevisionsOf<V>,
): RevisionCalls {
  /** The revision of that owner. @throws NOT_FOUND */
  const find = async ({ project, location, name, revision }: RevisionName) => {
    const key = { project: await projectIdOf(projects, project), location, name: revision };
    const row = await revisions.get(key);
    if (!row || revisions.ownerOf(row.value) !== name) throw revisionNotFound(key);
    return { key, revision: row.value };
  };
  return {
    get: async (name) => {
      const { key, revision } = await find(name);
      const inUse = await revisions.inUse(key.project, key.location);
      return revisions.message(revision, inUse.has(key.name));
    },

    list: async (name, request, time) => {
      const { project: given, location, name: owner } = name;
      const project = await projectIdOf(projects, given);
      const rows = await revisions.list(project, location);
      const deleted = request.showDeleted ? await revisions.listDeleted(project, location, time) : [];
      const chosen = [...rows.map(({ value }) => value), ...deleted].filter(
        (revision) => owner === '-' || revisions.ownerOf(revision) === owner,
      );
      if (chosen.length === 0 && owner !== '-') await revisions.owner({ project, location, name: owner });
      const query = `revisions ${spellRunName(name)} ${request.showDeleted}`;
      const all = sortedBy(chosen, newestFirst);
      const { items, nextPageToken } = page(all, newestFirst, { ...request, query }, PAGES);
      const inUse = await revisions.inUse(project, location);
      return {
        items: items.map((revision) =>
          revisions.message(revision, !revision.deletion && inUse.has(revision.name)),
        ),
        nextPageToken,
      };
    },

    remove: async (name, { etag, validateOnly }, call) => {
      const { key } = await find(name);
      return revisions.remove(key, call, {
        check: ({ value }) => matchEtag(etag, revisions.version(value), value.name),
        dryRun: validateOnly,
      });
    },
  };
}
