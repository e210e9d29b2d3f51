/** The answer to "may they?", with and without reasons. */

import { boundaryReasons, mayBeBlocked } from './boundaries/decide.js';
import { type Coverage, covering, domainKey } from './coverage.js';
import { denyReasons, mayBeDenied } from './deny/decide.js';
import { memberKey } from './member-key.js';
import { principalSets } from './principal-sets.js';
import type { CompiledGrant, Decision, PolicyLevel, Question, Reason } from './types.js';

/**
 * True when no boundary blocks and no deny rule denies, and some binding of the effective policy grants: decide() says
 * `granted` for exactly the same questions. Cost depends on the bindings of the members that cover the principal, not
 * on the policies' size.
 */
export function isGranted(question: Question): boolean {
  const { principal, levels } = question;
  if (question.boundaries !== undefined && mayBeBlocked(question)) return false;
  if (question.deny !== undefined && mayBeDenied(question)) return false;
  const member = principal.kind === 'anonymous' ? undefined : memberKey(principal);
  let groups: readonly string[] | undefined;
  let domain: string | undefined;
  for (const { policy } of levels) {
    if (policy === 'unreadable') continue;
    if (carries(policy.everybody, question)) return true;
    if (member === undefined) continue;
    if (principal.kind !== 'federated' && carries(policy.signedIn, question)) return true;
    if (carries(policy.grants.get(member), question)) return true;
    if (policy.groups.length > 0) {
      groups ??= question.groups.groupsOf(member);
      for (const group of groups) if (carries(policy.grants.get(group), question)) return true;
    }
    if (policy.hasSets && principal.kind !== 'anonymous') {
      for (const set of principalSets(principal, question.facts)) {
        if (carries(policy.grants.get(set), question)) return true;
      }
    }
    if (policy.hasDomains) {
      domain ??= domainKey(principal) ?? '';
      if (carries(policy.grants.get(domain), question)) return true;
    }
  }
  return false;
}

function carries(grants: readonly CompiledGrant[] | undefined, question: Question): boolean {
  if (grants === undefined) return false;
  for (const { permissions, condition } of grants) {
    if (permissions === undefined || !permissions.has(question.permission)) continue;
    if (condition === undefined || condition.test.evaluate(question).value === 'true') return true;
  }
  return false;
}

/**
 * Decides with reasons, level by level. `denied` when a principal access boundary blocks or a deny rule applies,
 * whatever is granted; else `granted` when some binding grants; otherwise `unknown` when something that could grant
 * cannot be known (a policy, a group's members, a role, a condition's facts); otherwise `denied`. What may be blocked
 * or denied is not granted, but unknown.
 *
 * Deleted members match nobody, `allAuthenticatedUsers` no federated identity, and the convenience members
 * `projectOwner:`, `projectEditor:`, `projectViewer:` mean something on Cloud Storage buckets alone.
 */
export function decide(question: Question): Decision {
  const who = covering(question);
  const allowed = question.levels.flatMap((level) => levelReasons(level, who, question));
  const blocks = question.boundaries === undefined ? NO_REASONS : boundaryReasons(question);
  const denials = question.deny === undefined ? blocks : [...blocks, ...denyReasons(question)];
  const reasons = denials.length === 0 ? allowed : [...denials, ...allowed];
  if (denials.some(isDenial)) return { verdict: 'denied', reasons };
  const granted = allowed.some((reason) => reason.kind === 'binding' && reason.grants);
  if (granted) return { verdict: denials.length === 0 ? 'granted' : 'unknown', reasons };
  const anonymous: readonly Reason[] = question.principal.kind === 'anonymous' ? [{ kind: 'anonymous' }] : [];
  return {
    verdict: allowed.some(couldGrant) ? 'unknown' : 'denied',
    reasons: [...anonymous, ...reasons],
  };
}

const NO_REASONS: readonly Reason[] = [];

/** True for a boundary that certainly blocks and a deny rule that certainly applies: then no grant helps. */
export function isDenial(reason: Reason): reason is Extract<Reason, { kind: 'deny-rule' | 'boundary' }> {
  return (reason.kind === 'deny-rule' && reason.denies) || (reason.kind === 'boundary' && reason.blocks);
}

function couldGrant(reason: Reason): boolean {
  switch (reason.kind) {
    case 'unreadable-policy':
    case 'unreadable-group':
    case 'unknown-role':
      return true;
    case 'binding':
      return reason.condition?.value === 'unknown';
    default:
      return false;
  }
}

function levelReasons(level: PolicyLevel, who: Coverage, question: Question): Reason[] {
  const { resource, policy } = level;
  if (policy === 'unreadable') return [{ kind: 'unreadable-policy', level: resource }];
  const reasons: Reason[] = [];
  const lacking = new Set<string>();
  for (const member of who.members) {
    for (const grant of policy.grants.get(member) ?? []) {
      if (grant.permissions?.has(question.permission) === false) lacking.add(grant.role);
      else reasons.push(grantReason(level, member, grant, question));
    }
  }
  for (const member of who.perhaps(policy)) {
    const grant = (policy.grants.get(member) ?? []).find((candidate) => mightGrant(candidate, question));
    if (grant !== undefined)
      reasons.push({ kind: 'unreadable-group', level: resource, role: grant.role, member });
  }
  if (reasons.length > 0) return reasons;
  if (lacking.size > 0) return [{ kind: 'roles-lack-permission', level: resource, roles: [...lacking] }];
  return [{ kind: 'no-binding', level: resource }];
}

/** What comes of a binding that covers the principal and whose role carries the permission, or may carry it. */
function grantReason(level: PolicyLevel, member: string, grant: CompiledGrant, question: Question): Reason {
  const { role, condition } = grant;
  const result = condition?.test.evaluate(question);
  const open = result === undefined || result.value === 'true' || result.value === 'unknown';
  if (grant.permissions === undefined && open)
    return { kind: 'unknown-role', level: level.resource, role, member };
  return {
    kind: 'binding',
    level: level.resource,
    role,
    member,
    grants: result === undefined || result.value === 'true',
    ...(condition && result ? { condition: { ...condition.source, ...result } } : {}),
  };
}

function mightGrant({ permissions, condition }: CompiledGrant, question: Question): boolean {
  if (permissions?.has(question.permission) === false) return false;
  const value = condition?.test.evaluate(question).value ?? 'true';
  return value === 'true' || value === 'unknown';
}
