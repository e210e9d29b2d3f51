/** The IAM API: service accounts with their keys and policies, and the catalogue of roles. */

export { locateAccount, type Named } from './accounts.js';
export * from './api.js';
export { auditName, monitored } from './audit.js';
export { createServiceAccount, type IamDeps, type NewAccount, requireTexts } from './create-account.js';
export { enabled, parseClaims, requireBytes } from './signing.js';
