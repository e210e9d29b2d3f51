/** Secrets: their versions and payloads, read only by whom IAM lets. Knows no API: secret-manager is its view. */
export * from './errors.js';
export * from './model.js';
export * from './open.js';
export type { Secrets } from './secrets.js';
export * from './types.js';
export type { SecretVersions, VersionChange } from './versions.js';
