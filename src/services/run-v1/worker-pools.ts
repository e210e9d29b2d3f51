/** Worker pools: read and policies. What changes them is v2's alone, which is what gcloud sends. */
import type { WorkerPoolRecord, WorkerPoolSpec } from '../../deployments/index.js';
import { type MethodTable, mergeTables, type RunDependencies } from '../run/context.js';
import { storedWorkerPools } from '../run/worker-pools.js';
import { policyMethods } from './policy.js';
import { prefixOf } from './resource-kind.js';
import { type ReadableKind, readMethods } from './resource-reads.js';
import { WORKER_POOL, workerPoolView } from './worker-pool-view.js';

/** Worker pools have no path of `projects/…`, but for their policies. */
const PATHS = ['/apis/run.googleapis.com/v1/namespaces/{project}/workerpools'];

export function workerPoolMethods(deps: RunDependencies): MethodTable {
  const kind: ReadableKind<WorkerPoolSpec, WorkerPoolRecord> = {
    kind: 'workerPool',
    object: WORKER_POOL,
    paths: PATHS,
    resources: storedWorkerPools(deps.deployments),
    view: workerPoolView,
  };
  return mergeTables([
    readMethods(deps, kind),
    policyMethods(deps, 'workerPool', prefixOf(kind), kind.resources.get),
  ]);
}
