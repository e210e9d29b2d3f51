export * from './status.js';
export * from './types.js';
