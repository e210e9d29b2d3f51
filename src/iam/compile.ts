/** Policies prepared for decisions: from each member straight to what it is granted. */
import { parseMember } from '../names/index.js';
import { groupBindings } from './bindings.js';
import { effectivePermissions } from './catalogue.js';
import { compileCondition } from './conditions/condition.js';
import type { Binding, CompiledGrant, CompiledPolicy, Policy, RoleCatalogue } from './types.js';

/**
 * Prepares a policy. A decision then looks up the few members that cover a principal, however many bindings
 * the policy has. Bindings of the same role and condition count as one, as IAM keeps them. Roles are resolved
 * now: compile again when the catalogue changes.
 */
export function compilePolicy(policy: Policy, roles: RoleCatalogue): CompiledPolicy {
  const grants = new Map<string, CompiledGrant[]>();
  const groups = [...groupBindings(policy.bindings).values()];
  groups.sort((a, b) => conditional(a.binding) - conditional(b.binding));
  const ofBinding = new Map<Binding, CompiledGrant>();
  for (const { binding, bindings, members } of groups) {
    const grant = compileBinding(binding, roles);
    for (const each of bindings) ofBinding.set(each, grant);
    for (const member of members) {
      const known = grants.get(member);
      if (known === undefined) grants.set(member, [grant]);
      else known.push(grant);
    }
  }
  const kinds = kindsOf(grants.keys());
  return {
    source: policy,
    grants,
    ofBinding,
    everybody: grants.get('allUsers'),
    signedIn: grants.get('allAuthenticatedUsers'),
    ...kinds,
  };
}

/** Members that decisions must look for by their kind. */
function kindsOf(
  members: Iterable<string>,
): Pick<CompiledPolicy, 'groups' | 'serviceAccountSets' | 'hasSets' | 'hasDomains'> {
  const groups: string[] = [];
  const serviceAccountSets: string[] = [];
  let hasSets = false;
  let hasDomains = false;
  for (const member of members) {
    if (member.startsWith('group:')) groups.push(member);
    else if (member.startsWith('domain:')) hasDomains = true;
    else if (member.startsWith('principalSet:')) {
      hasSets = true;
      if (mayHoldServiceAccounts(member)) serviceAccountSets.push(member);
    }
  }
  return { groups, serviceAccountSets, hasSets, hasDomains };
}

const conditional = (binding: Binding) => (binding.condition === undefined ? 0 : 1);

function compileBinding(binding: Binding, roles: RoleCatalogue): CompiledGrant {
  const role = roles.get(binding.role);
  return {
    role: binding.role,
    permissions: role && effectivePermissions(role),
    condition: binding.condition && {
      source: binding.condition,
      test: compileCondition(binding.condition.expression),
    },
  };
}

/**
 * `principalSet://cloudresourcemanager.googleapis.com/…/type/ServiceAccount`: all service accounts below a
 * project (by number), folder or organization (https://cloud.google.com/iam/docs/principal-identifiers).
 */
function mayHoldServiceAccounts(text: string): boolean {
  const member = parseMember(text);
  return member?.kind === 'principalSet' && member.id.startsWith('//cloudresourcemanager.googleapis.com/');
}
