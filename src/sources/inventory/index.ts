/** An estate in memory, made of facts that somebody read: from exports, from an estate file, from the cloud. */
export { inventorySource } from '../../checkpoint/reports/index.js';
export * from './assume.js';
export * from './inventory.js';
export * from './learn.js';
export type * from './types.js';
