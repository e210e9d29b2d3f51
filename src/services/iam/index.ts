/** The IAM API: service accounts, their policies, and the catalogue of roles. */
export * from './api.js';
export { createServiceAccount, type IamDeps, type NewAccount, requireTexts } from './create-account.js';
