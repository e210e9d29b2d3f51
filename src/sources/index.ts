/**
 * Sources: where the answer of a check comes from when the asker is not the plane itself. A running
 * plane, say, asked through its admin calls.
 *
 * Exports of assets and logs have doors of their own: what reads one file loads no other source.
 */

export * from './assets/index.js';
export * from './estate/index.js';
export * from './google/index.js';
export * from './helped/index.js';
export * from './inventory/index.js';
export * from './live/index.js';
export * from './logs/index.js';
export * from './plane/index.js';
export * from './terraform/index.js';
