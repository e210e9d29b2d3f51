/**
 * Why a decision is what it is, part by part, for whoever asks to see all of it: every binding of every allow policy,
 * every deny rule, every principal access boundary.
 */
export { type GivenContext, inContext } from './context.js';
export { explain } from './explain.js';
export { type Hidden, withHidden } from './hidden.js';
export { overallState } from './states.js';
export type * from './types.js';
