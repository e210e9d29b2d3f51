/** Secrets: their versions and payloads, read only by whom IAM lets. Knows no API: secret-manager is its view. */
export * from './types.js';
