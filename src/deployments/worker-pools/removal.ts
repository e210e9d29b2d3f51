/** Deletes worker pools and their revisions. */
import { revisionNotFound } from '../errors.js';
import { collections, type WorkerPoolRecord, type WorkerPoolRevisionRecord } from '../model.js';
import { Removal, type RemovalDependencies } from '../removal.js';
import { poolRevisionInUse, workerPoolNotFound } from './texts.js';

export type WorkerPoolRemoval = Removal<WorkerPoolRecord, WorkerPoolRevisionRecord>;

export function workerPoolRemoval(deps: RemovalDependencies): WorkerPoolRemoval {
  return new Removal<WorkerPoolRecord, WorkerPoolRevisionRecord>(
    {
      kind: 'workerPool',
      noun: 'Worker pool',
      resources: collections.workerPools,
      revisions: collections.workerPoolRevisions,
      ownerOf: ({ workerPool }) => workerPool,
      notFound: workerPoolNotFound,
      revisionNotFound,
      revisionInUse: poolRevisionInUse,
      needs,
      subject: (workerPool) => ({ kind: 'workerPool', workerPool }),
      revisionSubject: (revision) => ({ kind: 'workerPoolRevision', revision }),
    },
    deps,
  );
}

/** As for services: what has instances, or may have, stays, and so does the latest. */
function needs(pool: WorkerPoolRecord, revision: string): boolean {
  return (
    pool.latestCreatedRevision === revision ||
    pool.latestReadyRevision === revision ||
    pool.splits.some((split) => split.revisionName === revision) ||
    pool.spec.splits.some((split) => 'name' in split.revision && split.revision.name === revision)
  );
}
