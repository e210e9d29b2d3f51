/** Exports of Cloud Asset Inventory and folders of policies, read into an inventory, and audited. */
export { type AuditedOptions, auditAssets, auditAssetsJson } from './audited.js';
export { type AssetsOptions, openAssets } from './open.js';
export type { OpenedAssets } from './opened.js';
export { AssetsProblem } from './problem.js';
