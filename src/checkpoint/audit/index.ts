/** The audit: the next deploy of every Cloud Run resource of an estate, by everybody who deploys it. */
export { anyMemberOf } from './any-member.js';
export { type AuditOptions, audit, auditPart, auditSummary, requestFor } from './audit.js';
export * from './csv.js';
export * from './html.js';
export type * from './inventory.js';
export * from './json.js';
export { type AuditPart, type PartRows, VERDICTS } from './part.js';
export { rolesBesideAudits } from './permissions.js';
export { type AuditSummary, reportOf } from './report.js';
export * from './sarif.js';
export * from './source.js';
export * from './table.js';
export type * from './types.js';
