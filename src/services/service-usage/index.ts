/** Service Usage: which APIs a project has enabled, and what comes with enabling one. */
export * from './api.js';
export { DEFAULT_APIS } from './catalogue.js';
export { type Companions, companionsOf, createServiceAgent, firstUseWrites } from './companions.js';
export { withDependencies } from './dependencies.js';
export { enableService, enableServices } from './enable.js';
export { requireEnabled } from './enabled.js';
export { type Serving, servingWhere } from './serving.js';
