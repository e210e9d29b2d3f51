/** For tests: worlds of groups, roles, allow and deny policies, of a few words so that they often meet. */
import fc from 'fast-check';
import {
  ANONYMOUS,
  folderName,
  organizationName,
  type Principal,
  projectName,
  type ResourceName,
  runResourceName,
} from '../names/index.js';
import { roleCatalogue } from './catalogue.js';
import { compilePolicy } from './compile.js';
import { compileDenyPolicies, type DenyLevel, type DenyRule } from './deny/index.js';
import { groupDirectory } from './groups.js';
import type { Binding, Policy, Question, Role } from './types.js';

export type Answer = 'yes' | 'no' | 'maybe';

export const ROLES: Readonly<Record<string, readonly string[]>> = {
  'roles/reader': ['run.services.get'],
  'roles/writer': ['run.services.get', 'run.services.update'],
  'roles/other': ['run.jobs.get'],
  'projects/p/roles/disabled': ['run.services.get', 'run.services.update'],
};
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

export const START = Date.parse('2026-06-01T00:00:00Z');
export const RUN = runResourceName('service', 'p', 'us-central1', 's');
export const PROJECT = projectName('p');

/** Expressions with what they come to, `hour` hours after the start, on the resource. */
export const CONDITIONS: Readonly<Record<string, (hour: number, resource: ResourceName) => Answer>> = {
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
export const SET = 'principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount';
export const CUSTOMER = 'a customer';
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

/** Identifiers of deny policies, with the members of allow policies that mean the same. */
export const DENY_PRINCIPALS: Readonly<Record<string, string>> = {
  'principalSet://goog/public:all': 'allUsers',
  'principal://goog/subject/a@x.com': 'user:a@x.com',
  'principal://goog/subject/A@X.COM': 'user:a@x.com',
  'principal://goog/subject/b@y.com': 'user:b@y.com',
  'principal://iam.googleapis.com/projects/-/serviceAccounts/r@p.iam.gserviceaccount.com':
    'serviceAccount:r@p.iam.gserviceaccount.com',
  ...Object.fromEntries(GROUPS.map((group) => [`principalSet://goog/group/${group}`, `group:${group}`])),
  'deleted:principal://goog/subject/a@x.com?uid=1': 'deleted:user:a@x.com?uid=1',
  'principalSet://goog/cloudIdentityCustomerId/C01Abc35': CUSTOMER,
  [SET]: SET,
};
/** Permissions of deny policies, with what they stand for. */
export const DENY_PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  'run.googleapis.com/services.get': ['run.services.get'],
  'run.googleapis.com/services.update': ['run.services.update'],
  'run.googleapis.com/services.*': ['run.services.get', 'run.services.update'],
  'run.googleapis.com/jobs.get': ['run.jobs.get'],
};
/** Whether a rule with this condition applies: what cannot be evaluated does. */
export const DENIALS: Readonly<Record<string, (hour: number) => boolean>> = {
  true: () => true,
  false: () => false,
  'request.time < timestamp("2026-06-01T03:00:00Z")': (hour) => hour < 3,
  'request.time > timestamp("never")': () => true,
  "!resource.matchTag('1/env', 'test')": () => true,
  "resource.matchTag('1/env', 'prod') && request.time < timestamp('2026-06-01T02:00:00Z')": (hour) =>
    hour < 2,
};

export interface World {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly unreadable: readonly string[];
  readonly levels: readonly { readonly resource: ResourceName; readonly policy: Policy | 'unreadable' }[];
  /** Rules by level; each is a policy of its own. */
  readonly deny: readonly (readonly DenyRule[] | 'unreadable')[];
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
export const policy = bindings.map((bindings): Policy => ({ version: 3, etag: 'ACAB', bindings }));
const level = fc.oneof(
  { weight: 9, arbitrary: policy },
  { weight: 1, arbitrary: fc.constant('unreadable' as const) },
);
const membersOfGroup = fc.subarray([...PEOPLE, ...GROUPS.map((group) => `group:${group}`)], { maxLength: 3 });

const someOf = (texts: Readonly<Record<string, unknown>>, min: number, max: number) =>
  fc.array(fc.constantFrom(...Object.keys(texts)), { minLength: min, maxLength: max });
export const denyRule: fc.Arbitrary<DenyRule> = fc.record(
  {
    deniedPrincipals: someOf(DENY_PRINCIPALS, 1, 3),
    exceptionPrincipals: someOf(DENY_PRINCIPALS, 0, 2),
    deniedPermissions: someOf(DENY_PERMISSIONS, 1, 2),
    exceptionPermissions: someOf(DENY_PERMISSIONS, 0, 1),
    denialCondition: fc
      .constantFrom(...Object.keys(DENIALS))
      .map((expression) => ({ title: 'where', expression })),
  },
  { requiredKeys: ['deniedPrincipals', 'exceptionPrincipals', 'deniedPermissions', 'exceptionPermissions'] },
);
const denyRules = fc.oneof(
  { weight: 12, arbitrary: fc.constant([]) },
  { weight: 7, arbitrary: fc.array(denyRule, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constant('unreadable' as const) },
);

export const worlds: fc.Arbitrary<World> = fc.record({
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
  deny: fc.array(denyRules, { maxLength: 4 }),
  principal: fc.constantFrom(...PRINCIPALS),
  permission: fc.constantFrom('run.services.get', 'run.services.update', 'run.jobs.get'),
  resource: fc.constantFrom(RUN, PROJECT),
  hour: fc.integer({ min: 0, max: 6 }),
});

export function question(world: World): Question {
  return {
    principal: world.principal,
    permission: world.permission,
    resource: world.resource,
    levels: world.levels.map(({ resource, policy }) => ({
      resource,
      policy: policy === 'unreadable' ? policy : compilePolicy(policy, roles),
    })),
    ...denyOf(world),
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
