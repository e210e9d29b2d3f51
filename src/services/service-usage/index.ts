/** Service Usage: which APIs a project has enabled, and what comes with enabling one. */
export * from './api.js';
export { DEFAULT_APIS } from './catalogue.js';
export { enableService, firstUseWrites, requireEnabled } from './enable.js';
