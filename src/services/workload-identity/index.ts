/** Workload identity pools and their providers. Their methods are served with those of IAM v1. */
export * from './api.js';
export { requireId as requirePoolId } from './names.js';
export { NEW_POOL, poolSettings } from './pools.js';
export { NEW_PROVIDER, providerSettings } from './providers.js';
