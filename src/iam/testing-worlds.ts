/** For tests: worlds of groups, roles, policies and boundaries, of a few words so that they often meet. */
import fc from 'fast-check';
import {
  folderName,
  organizationName,
  projectName,
  type RequestContext,
  runResourceName,
} from '../names/index.js';
import { compileBoundaries } from './boundaries/index.js';
import { roleCatalogue } from './catalogue.js';
import { compilePolicy } from './compile.js';
import { compileDenyPolicies, type DenyLevel, type DenyRule } from './deny/index.js';
import { groupDirectory } from './groups.js';
import { CONDITIONS, DENIALS, SUBJECTS } from './testing-conditions.js';
import { DENY_PRINCIPALS, factsOf, GROUPS, MEMBERS, PEOPLE, PRINCIPALS, TARGETS } from './testing-people.js';
import { estateOf } from './testing-report.js';
import {
  BLOCKED_SINCE,
  DENY_PERMISSIONS,
  PROJECT,
  ROLES,
  type World,
  type WorldBoundary,
} from './testing-world.js';
import type { Binding, EffectiveTag, Policy, Question, Role } from './types.js';

export const roles = roleCatalogue(
  Object.entries(ROLES).map(
    ([name, permissions]): Role => ({
      name,
      title: name,
      description: '',
      stage: name.endsWith('disabled') ? 'DISABLED' : 'GA',
      permissions: new Set(permissions),
    }),
  ),
);

const START = Date.parse('2026-06-01T00:00:00Z');
const RUN = runResourceName('service', 'p', 'us-central1', 's');
const LEVELS = [RUN, PROJECT, folderName('1'), organizationName('1')];

const oneOf = (texts: Readonly<Record<string, unknown>>) => fc.constantFrom(...Object.keys(texts));
const someOf = (texts: Readonly<Record<string, unknown>>, min: number, max: number) =>
  fc.array(oneOf(texts), { minLength: min, maxLength: max });
/** To the first arbitrary, from whichever it was. */
const SHRINKING = { withCrossShrink: true };
const rarely = <T, U>(usual: fc.Arbitrary<T>, rare: U) =>
  fc.oneof(SHRINKING, { weight: 9, arbitrary: usual }, { weight: 1, arbitrary: fc.constant(rare) });

const bindings: fc.Arbitrary<Binding[]> = fc.array(
  fc.record(
    {
      role: fc.constantFrom(...Object.keys(ROLES), 'roles/unheard.of'),
      members: someOf(MEMBERS, 0, 4),
      condition: oneOf(CONDITIONS).map((expression) => ({ title: 'when', expression })),
    },
    { requiredKeys: ['role', 'members'] },
  ),
  { maxLength: 4 },
);
export const policy = bindings.map((bindings): Policy => ({ version: 3, etag: 'ACAB', bindings }));
const level = rarely(policy, 'unreadable' as const);
const membersOfGroup = fc.subarray([...Object.keys(PEOPLE), ...GROUPS.map((group) => `group:${group}`)], {
  maxLength: 3,
});

export const denyRule: fc.Arbitrary<DenyRule> = fc.record(
  {
    deniedPrincipals: someOf(DENY_PRINCIPALS, 1, 4),
    exceptionPrincipals: someOf(DENY_PRINCIPALS, 0, 2),
    deniedPermissions: someOf(DENY_PERMISSIONS, 1, 2),
    exceptionPermissions: someOf(DENY_PERMISSIONS, 0, 1),
    denialCondition: oneOf(DENIALS).map((expression) => ({ title: 'where', expression })),
  },
  { requiredKeys: ['deniedPrincipals', 'exceptionPrincipals', 'deniedPermissions', 'exceptionPermissions'] },
);
const denyRules = fc.oneof(
  SHRINKING,
  { weight: 13, arbitrary: fc.constant([]) },
  { weight: 6, arbitrary: fc.array(denyRule, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constant('unreadable' as const) },
);
export const boundary: fc.Arbitrary<WorldBoundary> = fc.record(
  {
    target: oneOf(TARGETS),
    resources: fc.oneof(
      fc.constant([projectName('elsewhere')]),
      fc.subarray([PROJECT, folderName('1'), organizationName('1')], { minLength: 1 }),
    ),
    version: fc.constantFrom('1', '2', '3', '4'),
    condition: oneOf(SUBJECTS),
  },
  { requiredKeys: ['target', 'resources', 'version'] },
);
const boundaries = fc.oneof(
  SHRINKING,
  { weight: 9, arbitrary: fc.constant([]) },
  { weight: 10, arbitrary: fc.array(boundary, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant('unreadable' as const) },
);
const tag = (value: string, valueId: string): EffectiveTag => ({
  keyId: 'tagKeys/1',
  key: '1/env',
  valueId,
  value,
});
const tags = rarely(
  fc.constantFrom([], [tag('prod', 'tagValues/1')], [tag('test', 'tagValues/2')]),
  'unknown' as const,
);
const context = fc.constantFrom<RequestContext | 'unknown'>(
  'unknown',
  {},
  { host: 's.run.app', path: '/x' },
  { host: 's.run.app', path: '/y' },
  { apiAttributes: { 'iam.googleapis.com/modifiedGrantsByRole': ['roles/reader'] } },
  { apiAttributes: { 'iam.googleapis.com/modifiedGrantsByRole': ['roles/reader', 'roles/other'] } },
);

/** A counterexample prints as the estate that it is. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    groups: fc.dictionary(fc.constantFrom(...GROUPS), membersOfGroup),
    unreadable: rarely(fc.constant<string[]>([]), GROUPS).chain((some) => fc.subarray(some)),
    levels: fc.tuple(fc.integer({ min: 1, max: 4 }), level, level, level, level).map(([depth, ...policies]) =>
      LEVELS.slice(0, depth).map((resource, i) => ({
        resource,
        policy: policies[i] ?? ('unreadable' as const),
      })),
    ),
    deny: fc.array(denyRules, { maxLength: 4 }),
    boundaries,
    tags,
    principal: fc.constantFrom(...PRINCIPALS),
    facts: rarely(fc.constant('known' as const), 'unknown' as const),
    permission: oneOf(BLOCKED_SINCE),
    resource: fc.constantFrom(RUN, PROJECT),
    context,
    hour: fc.integer({ min: 0, max: 6 }),
  })
  .map((world) => ({ ...world, [fc.toStringMethod]: () => estateOf(world) }));

/** What the engine is asked in a world. */
export function question(world: World): Question {
  const { principal, permission, resource, context, tags: itsTags } = world;
  return {
    principal,
    permission,
    resource,
    levels: world.levels.map(({ resource, policy }) => ({
      resource,
      policy: policy === 'unreadable' ? policy : compilePolicy(policy, roles),
    })),
    ...denyOf(world),
    ...boundariesOf(world),
    ...(itsTags === 'unknown' ? {} : { tags: itsTags }),
    ...(world.facts === 'unknown' ? {} : { facts: factsOf(principal) }),
    ...(context === 'unknown' ? {} : { context }),
    groups: groupDirectory(world.groups, { unreadable: world.unreadable }),
    time: new Date(START + world.hour * 3_600_000),
  };
}

/** The levels that have deny policies, if any do. */
function denyOf({ levels, deny }: World): Pick<Question, 'deny'> {
  const found = levels.flatMap(({ resource }, i): DenyLevel[] => {
    const rules = deny[i] ?? [];
    if (rules === 'unreadable') return [{ resource, policies: rules }];
    if (rules.length === 0) return [];
    const policies = rules.map((rule, n) => ({ id: `policy-${n}`, rules: [rule] }));
    return [{ resource, policies: compileDenyPolicies(policies) }];
  });
  return found.length > 0 ? { deny: found } : {};
}

function boundariesOf({ boundaries }: World): Pick<Question, 'boundaries'> {
  if (boundaries === 'unreadable') return { boundaries };
  if (boundaries.length === 0) return {};
  const policies = boundaries.map(({ resources, version }, i) => ({
    name: `policy-${i}`,
    rules: [{ resources }],
    enforcementVersion: version,
  }));
  const bound = boundaries.map(({ target, condition }, i) => ({
    name: `binding-${i}`,
    target,
    policy: `policy-${i}`,
    ...(condition === undefined ? {} : { condition: { title: 'whom', expression: condition } }),
  }));
  return { boundaries: compileBoundaries(policies, bound) };
}
