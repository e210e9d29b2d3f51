/** What Cloud Run writes to the log about worker pools by itself: their readiness, and that of revisions that failed. */
import { cloudRunWorkerPool, type NewLogEntry } from '../../audit/index.js';
import { type ObjectViews, readinessEntry } from '../events.js';
import type { WorkerPoolRecord, WorkerPoolRevisionRecord } from '../model.js';

type WorkerPoolViews = Pick<ObjectViews, 'workerPool' | 'workerPoolRevision'>;

const methodOf = (generation: number) =>
  generation === 1 ? '/WorkerPools.CreateWorkerPool' : '/WorkerPools.ReplaceWorkerPool';

/** The entry of a worker pool whose Ready condition has changed. */
export function workerPoolEvent(pool: WorkerPoolRecord, views: WorkerPoolViews, time: Date): NewLogEntry {
  const { project, location, name } = pool;
  return readinessEntry({
    about: pool,
    noun: 'WorkerPool',
    collection: 'workerpools',
    methodName: methodOf(pool.generation),
    monitored: cloudRunWorkerPool({ project, location, workerPool: name }),
    response: views.workerPool(pool),
    time,
  });
}

/** The entry of a revision that failed. */
export function workerPoolRevisionEvent(
  revision: WorkerPoolRevisionRecord,
  views: WorkerPoolViews,
  time: Date,
): NewLogEntry {
  const { project, location, workerPool, name } = revision;
  return readinessEntry({
    about: revision,
    noun: 'Revision',
    collection: 'revisions',
    methodName: methodOf(revision.generation),
    monitored: cloudRunWorkerPool({ project, location, workerPool, revision: name }),
    response: views.workerPoolRevision(revision),
    time,
  });
}
