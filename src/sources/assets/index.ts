/** Exports of Cloud Asset Inventory and folders of policies, read into an inventory. */
export { type AssetsOptions, assetsSize, type OpenedAssets, openAssets } from './open.js';
export { AssetsProblem } from './problem.js';
