/** Principal access boundaries: what may be written into their policies and bindings, and whom they keep from what. */
export { compileBoundaries } from './compile.js';
export type { PrincipalCondition } from './condition.js';
export { DEFAULT_VERSION } from './enforcement-versions.js';
export { containerTarget, readTarget, type Target } from './targets.js';
export type * from './types.js';
export * from './validate.js';
