/** The audit: the next deploy of every Cloud Run resource of an estate, by everybody who deploys it. */
export type * from './inventory.js';
export type * from './types.js';
