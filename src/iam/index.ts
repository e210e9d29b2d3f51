/**
 * iam: the policy engine. Allow and deny policies, roles and groups in; decisions with reasons out. Pure: no I/O,
 * and the time is a parameter.
 */
export { type AuditQuestion, isDataAccessLogged, mergeAuditConfigs } from './audit-configs.js';
export { isConditional, mergeBindings } from './bindings.js';
export * from './boundaries/index.js';
export * from './catalogue.js';
export * from './compile.js';
export { type ConditionCheck, checkCondition } from './conditions/check.js';
export { compileCondition } from './conditions/condition.js';
export { type LintFinding, lintCondition } from './conditions/lint.js';
export { MODIFIED_GRANTS } from './conditions/signatures.js';
export * from './decide.js';
export * from './deny/index.js';
export * from './describe.js';
export * from './explain/index.js';
export * from './federation/index.js';
export * from './groups.js';
export { principalSets } from './principal-sets.js';
export * from './resource-types.js';
export * from './roles/custom.js';
export * from './roles/index.js';
export * from './roles/synced.js';
export * from './roles/testable.js';
export * from './types.js';
export * from './validate.js';
export * from './view.js';
