/** Deny policies prepared for decisions: from each permission straight to the rules that deny it. */
import { compileCondition } from '../conditions/condition.js';
import { deniedBy, parseDenyPermission } from './permissions.js';
import { parseDenyPrincipal } from './principals.js';
import type {
  CompiledDenyPolicies,
  CompiledDenyRule,
  CompiledPrincipals,
  DenyRule,
  DenyRules,
} from './types.js';

/** Prepares all deny policies of one resource. What is malformed in them denies nothing and excepts nobody. */
export function compileDenyPolicies(policies: readonly DenyRules[]): CompiledDenyPolicies {
  const rules = new Map<string, CompiledDenyRule[]>();
  for (const { id, rules: itsRules } of policies) {
    itsRules.forEach((rule, index) => {
      const compiled = compileRule(id, index + 1, rule);
      for (const permission of permissionsOf(rule)) {
        const known = rules.get(permission);
        if (known === undefined) rules.set(permission, [compiled]);
        else known.push(compiled);
      }
    });
  }
  return { source: policies, rules };
}

function compileRule(policy: string, number: number, rule: DenyRule): CompiledDenyRule {
  const { description, denialCondition: source } = rule;
  return {
    policy,
    number,
    description,
    denied: compilePrincipals(rule.deniedPrincipals),
    exceptions: compilePrincipals(rule.exceptionPrincipals),
    condition: source && { source, test: compileCondition(source.expression) },
  };
}

function permissionsOf(rule: DenyRule): ReadonlySet<string> {
  const denied = new Set(rule.deniedPermissions.flatMap(spelledOut));
  for (const permission of rule.exceptionPermissions.flatMap(spelledOut)) denied.delete(permission);
  return denied;
}

function spelledOut(text: string): readonly string[] {
  const permission = parseDenyPermission(text);
  return permission === undefined ? [] : deniedBy(permission);
}

/** @param identifiers as deny rules spell them; those that are malformed stand for nobody */
export function compilePrincipals(identifiers: readonly string[]): CompiledPrincipals {
  const members = new Map<string, string>();
  const perhapsAnybody: string[] = [];
  const perhapsServiceAccounts: string[] = [];
  let everybody = false;
  for (const identifier of identifiers) {
    const principal = parseDenyPrincipal(identifier);
    if (principal?.kind === 'everybody') everybody = true;
    else if (principal?.kind === 'member') members.set(principal.member, identifier);
    else if (principal?.kind === 'customer') perhapsAnybody.push(identifier);
    else if (principal?.kind === 'serviceAccountSet') perhapsServiceAccounts.push(identifier);
    // Nobody here is deleted and still calling, and nobody comes from a pool.
  }
  return {
    everybody,
    members,
    groups: [...members.keys()].filter((member) => member.startsWith('group:')),
    perhapsAnybody,
    perhapsServiceAccounts,
  };
}
