/**
 * The engine against a second implementation that is slow and plain: it looks at every binding of every level
 * and asks of each whether it covers the principal, carries the permission and meets its condition.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  ANONYMOUS,
  folderName,
  organizationName,
  type Principal,
  projectName,
  type ResourceName,
  runResourceName,
} from '../names/index.js';
import { mergeBindings } from './bindings.js';
import { roleCatalogue } from './catalogue.js';
import { compilePolicy } from './compile.js';
import { decide, isGranted } from './decide.js';
import { groupDirectory } from './groups.js';
import type { Binding, Policy, Question, Role, Verdict } from './types.js';

type Answer = 'yes' | 'no' | 'maybe';

const ROLES: Readonly<Record<string, readonly string[]>> = {
  'roles/reader': ['x.things.get'],
  'roles/writer': ['x.things.get', 'x.things.update'],
  'roles/other': ['y.things.get'],
  'projects/p/roles/disabled': ['x.things.get', 'x.things.update'],
};
const roles = roleCatalogue(
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
const PROJECT = projectName('p');

/** Expressions with what they come to, `hour` hours after the start, on the resource. */
const CONDITIONS: Readonly<Record<string, (hour: number, resource: ResourceName) => Answer>> = {
  true: () => 'yes',
  false: () => 'no',
  'request.time < timestamp("2026-06-01T03:00:00Z")': (hour) => (hour < 3 ? 'yes' : 'no'),
  'request.time >= timestamp("2026-06-01T03:00:00Z") && request.time != timestamp("2026-06-01T05:00:00Z")': (
    hour,
  ) => (hour >= 3 && hour !== 5 ? 'yes' : 'no'),
  'request.time.getHours("+02:00") == 4': (hour) => (hour % 24 === 2 ? 'yes' : 'no'),
  'resource.type == "cloudresourcemanager.googleapis.com/Project"': (_, resource) =>
    resource === PROJECT ? 'yes' : 'no',
  'resource.name.startsWith("x") || request.time > timestamp("2026-06-01T04:00:00Z")': (hour) =>
    hour > 4 ? 'yes' : 'no',
  '!(resource.name == "x")': () => 'no',
  'request.time > timestamp("never")': () => 'no',
  "resource.matchTag('1/env', 'prod')": () => 'maybe',
  "resource.matchTag('1/env', 'prod') && request.time < timestamp('2026-06-01T02:00:00Z')": (hour) =>
    hour < 2 ? 'maybe' : 'no',
};

const PRINCIPALS: readonly Principal[] = [
  ANONYMOUS,
  { kind: 'user', email: 'a@x.com' },
  { kind: 'user', email: 'B@Y.com' },
  { kind: 'serviceAccount', email: 'r@p.iam.gserviceaccount.com' },
];
const GROUPS = ['g1@x.com', 'g2@x.com', 'g3@x.com'];
const SET = 'principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount';
const PEOPLE = ['user:a@x.com', 'user:A@X.COM', 'user:b@y.com', 'serviceAccount:r@p.iam.gserviceaccount.com'];
const MEMBERS = [
  ...PEOPLE,
  ...GROUPS.map((group) => `group:${group}`),
  'domain:x.com',
  'domain:p.iam.gserviceaccount.com',
  'allUsers',
  'allAuthenticatedUsers',
  'deleted:user:a@x.com?uid=1',
  'projectViewer:p',
  SET,
];

interface World {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly unreadable: readonly string[];
  readonly levels: readonly { readonly resource: ResourceName; readonly policy: Policy | 'unreadable' }[];
  readonly principal: Principal;
  readonly permission: string;
  readonly resource: ResourceName;
  readonly hour: number;
}

const bindings: fc.Arbitrary<Binding[]> = fc.array(
  fc.record(
    {
      role: fc.constantFrom(...Object.keys(ROLES), 'roles/unheard.of'),
      members: fc.array(fc.constantFrom(...MEMBERS), { maxLength: 3 }),
      condition: fc
        .constantFrom(...Object.keys(CONDITIONS))
        .map((expression) => ({ title: 'when', expression })),
    },
    { requiredKeys: ['role', 'members'] },
  ),
  { maxLength: 4 },
);
const policy = bindings.map((bindings): Policy => ({ version: 3, etag: 'ACAB', bindings }));
const level = fc.oneof(
  { weight: 9, arbitrary: policy },
  { weight: 1, arbitrary: fc.constant('unreadable' as const) },
);
const membersOfGroup = fc.subarray([...PEOPLE, ...GROUPS.map((group) => `group:${group}`)], { maxLength: 3 });

const worlds: fc.Arbitrary<World> = fc.record({
  groups: fc.dictionary(fc.constantFrom(...GROUPS), membersOfGroup),
  unreadable: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray(GROUPS) },
  ),
  levels: fc
    .tuple(fc.integer({ min: 1, max: 4 }), level, level, level, level)
    .map(([depth, ...policies]) =>
      [RUN, PROJECT, folderName('1'), organizationName('1')]
        .slice(0, depth)
        .map((resource, i) => ({ resource, policy: policies[i] ?? ('unreadable' as const) })),
    ),
  principal: fc.constantFrom(...PRINCIPALS),
  permission: fc.constantFrom('x.things.get', 'x.things.update', 'y.things.get'),
  resource: fc.constantFrom(RUN, PROJECT),
  hour: fc.integer({ min: 0, max: 6 }),
});

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
  if (principal.kind === 'anonymous') return 'no';
  if (member === 'allAuthenticatedUsers') return 'yes';
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

function naive(world: World): Verdict {
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
  if (answers.includes('yes')) return 'granted';
  return answers.includes('maybe') ? 'unknown' : 'denied';
}

function question(world: World): Question {
  return {
    principal: world.principal,
    permission: world.permission,
    resource: world.resource,
    levels: world.levels.map(({ resource, policy }) => ({
      resource,
      policy: policy === 'unreadable' ? policy : compilePolicy(policy, roles),
    })),
    groups: groupDirectory(world.groups, { unreadable: world.unreadable }),
    time: new Date(START + world.hour * 3_600_000),
  };
}

it('decides as the plain implementation does, with and without reasons', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const expected = naive(world);
      expect(decide(question(world)).verdict).toBe(expected);
      expect(isGranted(question(world))).toBe(expected === 'granted');
    }),
    { numRuns: 2000 },
  );
});

it('gives a reason for every level, and the reasons bear the verdict out', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { verdict, reasons } = decide(question(world));
      const levels = new Set(
        reasons.flatMap((reason) => (reason.kind === 'anonymous' ? [] : [reason.level])),
      );
      expect(levels).toEqual(new Set(world.levels.map(({ resource }) => resource)));
      const grants = reasons.some((reason) => reason.kind === 'binding' && reason.grants);
      expect(grants).toBe(verdict === 'granted');
    }),
    { numRuns: 500 },
  );
});

it('decides the same over policies in the form in which IAM keeps them', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const levels = world.levels.map(({ resource, policy }) => ({
        resource,
        policy: policy === 'unreadable' ? policy : { ...policy, bindings: mergeBindings(policy.bindings) },
      }));
      expect(decide(question({ ...world, levels })).verdict).toBe(decide(question(world)).verdict);
    }),
    { numRuns: 500 },
  );
});

it('never loses a grant when a level or a binding is added', () => {
  fc.assert(
    fc.property(worlds, policy, (world, extra) => {
      const more = {
        ...world,
        levels: [...world.levels, { resource: organizationName('2'), policy: extra }],
      };
      if (isGranted(question(world))) expect(isGranted(question(more))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('meets every verdict often enough for the comparison to mean something', () => {
  const verdicts = fc.sample(worlds, { numRuns: 500, seed: 1 }).map(naive);
  for (const verdict of ['granted', 'denied', 'unknown'])
    expect(verdicts.filter((each) => each === verdict).length).toBeGreaterThan(50);
});
