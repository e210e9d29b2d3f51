/**
 * For tests: a second implementation of the engine that is slow and plain. It looks at every deny rule and every
 * binding of every level and asks of each whether it covers the principal, carries the permission and meets its
 * condition.
 */

import type { DenyRule } from './deny/index.js';
import {
  type Answer,
  CONDITIONS,
  CUSTOMER,
  DENIALS,
  DENY_PERMISSIONS,
  DENY_PRINCIPALS,
  ROLES,
  SET,
  type World,
} from './testing-worlds.js';
import type { Verdict } from './types.js';

/** Is the principal in the group, as far as can be seen? */
function inGroup(world: World, self: string, group: string, seen: readonly string[] = []): Answer {
  if (seen.includes(group)) return 'no';
  const members = (world.groups[group] ?? []).map((member) => member.toLowerCase());
  if (members.includes(self.toLowerCase())) return 'yes';
  const nested = members
    .filter((member) => member.startsWith('group:'))
    .map((member) => inGroup(world, self, member.slice('group:'.length), [...seen, group]));
  if (nested.includes('yes')) return 'yes';
  return world.unreadable.includes(group) || nested.includes('maybe') ? 'maybe' : 'no';
}

function covers(world: World, member: string): Answer {
  const { principal } = world;
  if (member === 'allUsers') return 'yes';
  if (principal.kind === 'anonymous' || principal.kind === 'federated') return 'no';
  if (member === 'allAuthenticatedUsers') return 'yes';
  if (member === CUSTOMER) return 'maybe';
  if (member === SET) return principal.kind === 'serviceAccount' ? 'maybe' : 'no';
  const self = `${principal.kind}:${principal.email}`;
  const group = /^group:(.*)$/.exec(member)?.[1];
  if (group !== undefined) return inGroup(world, self, group);
  if (member === `domain:${principal.email.split('@')[1]?.toLowerCase()}`)
    return principal.kind === 'user' ? 'yes' : 'no';
  return member.toLowerCase() === self.toLowerCase() ? 'yes' : 'no';
}

function carries(role: string, permission: string): Answer {
  const permissions = ROLES[role];
  if (permissions === undefined) return 'maybe';
  return permissions.includes(permission) && !role.endsWith('disabled') ? 'yes' : 'no';
}

function best(answers: readonly Answer[]): Answer {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('maybe') ? 'maybe' : 'no';
}

/** Does the rule deny the permission to the principal? */
function denies(world: World, rule: DenyRule): Answer {
  const on = (identifiers: readonly string[]) =>
    best(identifiers.map((identifier) => covers(world, DENY_PRINCIPALS[identifier] ?? '')));
  const about = (permissions: readonly string[]) =>
    permissions.some((permission) => DENY_PERMISSIONS[permission]?.includes(world.permission));
  if (!about(rule.deniedPermissions) || about(rule.exceptionPermissions)) return 'no';
  if (DENIALS[rule.denialCondition?.expression ?? 'true']?.(world.hour) !== true) return 'no';
  const denied = on(rule.deniedPrincipals);
  const excepted = on(rule.exceptionPrincipals);
  if (denied === 'no' || excepted === 'yes') return 'no';
  return denied === 'yes' && excepted === 'no' ? 'yes' : 'maybe';
}

export function naive(world: World): Verdict {
  const allowed = naiveAllow(world);
  const levels = world.deny.slice(0, world.levels.length);
  const denied = best(
    levels.flatMap((rules) =>
      rules === 'unreadable' ? ['maybe' as const] : rules.map((rule) => denies(world, rule)),
    ),
  );
  if (denied === 'yes') return 'denied';
  return denied === 'maybe' && allowed === 'granted' ? 'unknown' : allowed;
}

export function naiveAllow(world: World): Verdict {
  const answers = world.levels.flatMap(({ policy }): Answer[] => {
    if (policy === 'unreadable') return ['maybe'];
    return policy.bindings.flatMap((binding) =>
      binding.members.map((member) => {
        const met = CONDITIONS[binding.condition?.expression ?? 'true']?.(world.hour, world.resource) ?? 'no';
        const parts = [covers(world, member), carries(binding.role, world.permission), met];
        if (parts.includes('no')) return 'no';
        return parts.includes('maybe') ? 'maybe' : 'yes';
      }),
    );
  });
  const answer = best(answers);
  if (answer === 'yes') return 'granted';
  return answer === 'maybe' ? 'unknown' : 'denied';
}
