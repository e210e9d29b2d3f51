/** Service Usage: which APIs a project has enabled, and what comes with enabling one. */
export * from './api.js';
export { DEFAULT_APIS, KNOWN_APIS, type KnownApi, knownApi } from './catalogue.js';
export {
  createServiceAgent,
  type Enabling,
  enableService,
  enableServices,
  firstUseWrites,
  isEnabled,
  requireEnabled,
} from './enable.js';
