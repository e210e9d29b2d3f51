/** An estate in memory, as a source for checks and for audits. */
export * from './inventory.js';
export * from './source.js';
export type * from './types.js';
