/**
 * May this principal do this on that resource? Decisions over the stored projects, policies and groups, the
 * methods that read and write policies, and how each API words a refusal.
 */

export type * from './boundary-types.js';
export { requirePool } from './check-policy.js';
export * from './containers.js';
export * from './control.js';
export { defaultCustomerId, defaultFolderName, organizationTitle } from './folders.js';
export * from './iam-methods.js';
export { policyMessage } from './policy-proto.js';
export {
  endPropagation,
  openPropagation,
  type Propagation,
  type PropagationDelay,
} from './propagation.js';
export * from './refusals.js';
export * from './renamed-members.js';
export type * from './tag-types.js';
export * from './types.js';
export * from './usable.js';
