/** A check by the facts of a source: what a source answers, and how a deploy is resolved, judged and mended with it. */
export * from './check.js';
export * from './gather.js';
export * from './recorder.js';
export * from './resolve.js';
export type * from './types.js';
export { upstreamsOf } from './upstreams.js';
