/** Worker pools: instances that take no requests, as many as their pool says, shared out over its revisions. */
export { WorkerPools } from './worker-pools.js';
