/**
 * The checkpoint: what a deploy needs, who lacks it, what Google would say and what mends it. The one definition,
 * used by the gate of the plane and by every question before a deploy. Pure: no I/O, no clock.
 */

export type * from './audit/index.js';
export type { Language } from './catalogue.js';
export * from './check-request.js';
export * from './display.js';
export * from './explain/index.js';
export * from './fixes/index.js';
export type * from './formats/index.js';
export * from './gcloud-flags.js';
export type * from './graph/index.js';
export * from './inputs/index.js';
export * from './judge.js';
export * from './located.js';
export * from './open-topics.js';
export type * from './places.js';
export * from './plan.js';
export * as refusals from './refusals.js';
export * from './report.js';
export * from './requirements.js';
export { type Demand, isUnknown, type Requirement, serviceAgentOf } from './rule.js';
export type * from './scan/index.js';
export * from './source/index.js';
export * from './stand-ins.js';
export * from './status.js';
export type * from './table.js';
export * from './template-fields.js';
export * from './types.js';
