/** Scales services: a pool of instances for each revision, as many as its requests and its service's scaling ask for. */
export type { Pool } from './pool.js';
export { Pools } from './pools.js';
export { reasons } from './reasons.js';
export { startupAllowance } from './revision-request.js';
export type { Lease } from './slot.js';
