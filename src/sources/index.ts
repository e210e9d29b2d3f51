/**
 * Sources: where the answer of a check comes from when the asker is not the plane itself. For now that is a running
 * plane, asked through its admin call.
 */
export * from './plane.js';
export * from './inventory/index.js';
