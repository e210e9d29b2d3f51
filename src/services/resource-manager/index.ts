/** Resource Manager: projects, who owns them, and where they hang in the hierarchy. */
export * from './api.js';
export { createProject, type NewProject } from './create.js';
export { requireLabels, requireName } from './rules.js';
