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
  const customers = new Map<string, string>();
  const serviceAccountSets: string[] = [];
  let everybody = false;
  for (const identifier of identifiers) {
    const principal = parseDenyPrincipal(identifier);
    switch (principal?.kind) {
      case 'everybody':
        everybody = true;
        break;
      case 'member':
        members.set(principal.member, identifier);
        break;
      case 'customer':
        customers.set(principal.id, identifier);
        break;
      case 'serviceAccountSet':
        serviceAccountSets.push(identifier);
        members.set(identifier, identifier);
        break;
      case 'federated':
        members.set(identifier, identifier);
        break;
      case 'deleted':
      case undefined:
        // Nobody is deleted and still calling.
        break;
    }
  }
  const names = [...members.keys()];
  return {
    everybody,
    members,
    groups: names.filter((member) => member.startsWith('group:')),
    hasSets: names.some((member) => member.startsWith('principalSet:')),
    serviceAccountSets,
    customers,
  };
}
