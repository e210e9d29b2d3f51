/**
 * The checkpoint: what a deploy needs, who lacks it, what Google would say and what mends it. The one definition,
 * used by the gate of the plane and by every question before a deploy. Pure: no I/O, no clock.
 */
export * from './judge.js';
export * from './plan.js';
export * from './refusals.js';
export * from './requirements.js';
export { type Demand, type Requirement, serviceAgentOf } from './rule.js';
export * from './status.js';
export * from './types.js';
