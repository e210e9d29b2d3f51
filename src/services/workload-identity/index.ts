/** Workload identity pools and their providers. Their methods are served with those of IAM v1. */
export * from './api.js';
