/** Service Usage: which APIs a project has enabled, and what comes with enabling one. */
export * from './api.js';
export { DEFAULT_APIS } from './catalogue.js';
export {
  createServiceAgent,
  enableService,
  enableServices,
  firstUseWrites,
  requireEnabled,
} from './enable.js';
