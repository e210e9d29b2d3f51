/** Worker pools: instances that take no requests, as many as their pool says, shared out over its revisions. */
export type { WorkerPoolViews } from './events.js';
export { workerPoolNotFound } from './texts.js';
export { WorkerPools } from './worker-pools.js';
