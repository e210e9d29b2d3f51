/** Worker pools, as both API versions reach them, and what both say of their revisions. */
import type { Deployments, WorkerPoolRecord, WorkerPoolSpec } from '../../deployments/index.js';
import type { StoredResources } from './stored.js';

export function storedWorkerPools({
  workerPools,
}: Deployments): StoredResources<WorkerPoolSpec, WorkerPoolRecord> {
  return {
    writer: workerPools.writer,
    get: (key) => workerPools.get(key),
    list: (project, location) => workerPools.list(project, location),
    listDeleted: (project, location, time) => workerPools.listDeleted(project, location, time),
    remove: (key, call, options) => workerPools.removal.resource(key, call, options),
  };
}

/** The names of the revisions that a project's worker pools in a region have instances of. */
export async function mannedRevisions(
  { workerPools }: Deployments,
  project: string,
  location: string,
): Promise<ReadonlySet<string>> {
  const pools = await workerPools.list(project, location);
  return new Set(pools.flatMap(({ value }) => value.splits.map(({ revisionName }) => revisionName)));
}
