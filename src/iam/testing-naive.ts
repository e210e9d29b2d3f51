/**
 * For tests: a second implementation of the engine that is slow and plain. It looks at every boundary, every deny rule
 * and every binding of every level and asks of each whether it covers the principal, is about the permission and
 * meets its condition.
 */
import type { DenyRule } from './deny/index.js';
import { CONDITIONS, DENIALS, SUBJECTS } from './testing-conditions.js';
import { DENY_PRINCIPALS, MEMBERS, TARGETS } from './testing-people.js';
import {
  type Answer,
  BLOCKED_SINCE,
  DENY_PERMISSIONS,
  ROLES,
  type World,
  type WorldBoundary,
} from './testing-world.js';
import type { Verdict } from './types.js';

function carries(role: string, permission: string): Answer {
  const permissions = ROLES[role];
  if (permissions === undefined) return 'maybe';
  return permissions.includes(permission) && !role.endsWith('disabled') ? 'yes' : 'no';
}

/** One `yes` is enough. */
function any(answers: readonly Answer[]): Answer {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('maybe') ? 'maybe' : 'no';
}

/** One `no` is enough. */
function all(answers: readonly Answer[]): Answer {
  if (answers.includes('no')) return 'no';
  return answers.includes('maybe') ? 'maybe' : 'yes';
}

/** Does the rule deny the permission to the principal? */
function denies(world: World, rule: DenyRule): Answer {
  const on = (identifiers: readonly string[]) =>
    any(identifiers.map((identifier) => DENY_PRINCIPALS[identifier]?.(world) ?? 'no'));
  const about = (permissions: readonly string[]) =>
    permissions.some((permission) => DENY_PERMISSIONS[permission]?.includes(world.permission));
  if (!about(rule.deniedPermissions) || about(rule.exceptionPermissions)) return 'no';
  if (DENIALS[rule.denialCondition?.expression ?? 'true']?.(world) !== true) return 'no';
  const denied = on(rule.deniedPrincipals);
  const excepted = on(rule.exceptionPrincipals);
  if (denied === 'no' || excepted === 'yes') return 'no';
  return denied === 'yes' && excepted === 'no' ? 'yes' : 'maybe';
}

/** Do the boundaries that certainly cover the principal, and no others, block the permission? */
function blocks({ permission, resource, levels }: World, covering: readonly WorldBoundary[]): boolean {
  const above = [resource, ...levels.map((level) => level.resource)];
  const eligible = covering.some(({ resources }) => resources.some((each) => above.includes(each)));
  const since = BLOCKED_SINCE[permission] ?? Number.POSITIVE_INFINITY;
  return !eligible && covering.some(({ version }) => Number(version) >= since);
}

/** The same in every case that is possible: each boundary that may cover the principal does, or does not. */
function blocked(world: World): Answer {
  const { boundaries, principal } = world;
  if (principal.kind === 'anonymous') return 'no';
  if (boundaries === 'unreadable') return 'maybe';
  const subject = boundaries.filter(({ condition }) => SUBJECTS[condition ?? '']?.(world) ?? true);
  let cases: (readonly WorldBoundary[])[] = [[]];
  for (const boundary of subject) {
    const held = TARGETS[boundary.target]?.(world) ?? 'no';
    if (held !== 'no') {
      const withIt = cases.map((covering) => [...covering, boundary]);
      cases = held === 'yes' ? withIt : [...cases, ...withIt];
    }
  }
  const outcomes = new Set(cases.map((covering) => blocks(world, covering)));
  return outcomes.size === 2 ? 'maybe' : outcomes.has(true) ? 'yes' : 'no';
}

export function naive(world: World): Verdict {
  const allowed = naiveAllow(world);
  const levels = world.deny.slice(0, world.levels.length);
  const refused = any([
    blocked(world),
    ...levels.flatMap((rules) =>
      rules === 'unreadable' ? ['maybe' as const] : rules.map((rule) => denies(world, rule)),
    ),
  ]);
  if (refused === 'yes') return 'denied';
  return refused === 'maybe' && allowed === 'granted' ? 'unknown' : allowed;
}

/** What the allow policies alone say. */
export function naiveAllow(world: World): Verdict {
  const answers = world.levels.flatMap(({ policy }): Answer[] => {
    if (policy === 'unreadable') return ['maybe'];
    return policy.bindings.flatMap(({ role, members, condition }) =>
      members.map((member) =>
        all([
          MEMBERS[member]?.(world) ?? 'no',
          carries(role, world.permission),
          CONDITIONS[condition?.expression ?? 'true']?.(world) ?? 'no',
        ]),
      ),
    );
  });
  const answer = any(answers);
  if (answer === 'yes') return 'granted';
  return answer === 'maybe' ? 'unknown' : 'denied';
}
