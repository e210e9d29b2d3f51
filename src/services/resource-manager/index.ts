/** Resource Manager: projects, who owns them, and where they hang in the hierarchy. */
export * from './api.js';
export { createProject, type NewProject } from './create.js';
export { describeViolation, placementViolation, requireFolderName } from './folder-rules.js';
export { requireLabels, requireName } from './rules.js';
export { valueNamed } from './tags/index.js';
export { TREE_ROW } from './tree.js';
