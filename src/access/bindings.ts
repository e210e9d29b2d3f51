/** Policies as they are kept, and the grants that Google makes. */
import { type AuditConfig, type Binding, isConditional, mergeBindings, type Policy } from '../iam/index.js';
import { newEtag, normalizeMember } from '../names/index.js';
import type { Grant } from './types.js';

/** What a resource has whose policy nobody has set yet. */
export const EMPTY_POLICY: Policy = { version: 1, etag: 'ACAB', bindings: [] };

/** A policy of these bindings with an etag of its own; version 3 exactly when there is a condition. */
export function newPolicy(bindings: readonly Binding[], auditConfigs: readonly AuditConfig[] = []): Policy {
  const merged = mergeBindings(bindings);
  return {
    version: isConditional({ bindings: merged }) ? 3 : 1,
    etag: newEtag(),
    bindings: merged,
    ...(auditConfigs.length > 0 ? { auditConfigs } : {}),
  };
}

/**
 * The policy with the grants added, or undefined when it holds them all already. Only unconditional bindings
 * count: a grant that a condition may switch off is not the one that was asked for.
 */
export function withGrants(policy: Policy, grants: readonly Grant[]): Policy | undefined {
  const missing = grants.filter(({ role, member }) => !holds(policy, role, normalizeMember(member)));
  if (missing.length === 0) return undefined;
  const added = missing.map(({ role, member }) => ({ role, members: [member] }));
  return newPolicy([...policy.bindings, ...added], policy.auditConfigs);
}

function holds(policy: Policy, role: string, member: string): boolean {
  return policy.bindings.some(
    (binding) => binding.role === role && binding.condition === undefined && binding.members.includes(member),
  );
}
