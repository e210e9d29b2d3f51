/** The IAM API: service accounts, their policies, and the catalogue of roles. */
export * from './api.js';
export type { IamDeps, NewAccount } from './create-account.js';
