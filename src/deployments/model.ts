/** The stored objects of Cloud Run, free of any API version's spelling, and the keys they lie under. */
export * from './model/common.js';
export * from './model/containers.js';
export * from './model/job.js';
export * from './model/keys.js';
export * from './model/operation.js';
export * from './model/revision.js';
export * from './model/service.js';
export * from './model/worker-pool.js';
