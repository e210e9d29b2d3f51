/** Live Google Cloud as an inventory: projects by the lists of each API, an organization by Cloud Asset Inventory. */
export { AssetsUnlisted } from './assets.js';
export { googleInventory, type LiveEstate, type LiveOptions, type LiveScope } from './inventory.js';
