/**
 * For tests: everything that decides about one service, said once more as plainly as can be, and nothing remembered.
 * It is a value: each change makes another one of it.
 */
import {
  folderName,
  organizationName,
  type Principal,
  projectName,
  type ResourceName,
  runResourceName,
} from '../names/index.js';

export const ORGANIZATION = organizationName('1');
export const PROJECT = projectName('p-under-test');
export const SERVICE = runResourceName('service', 'p-under-test', 'us-central1', 's');
export const FOLDERS = ['1', '2'];
export const ALICE: Principal = { kind: 'user', email: 'alice@x.com' };
export const BOB: Principal = { kind: 'user', email: 'bob@x.com' };
export const ROBOT: Principal = {
  kind: 'serviceAccount',
  email: 'robot@p-under-test.iam.gserviceaccount.com',
};
export const PRINCIPALS = [ALICE, BOB, ROBOT];
export const GROUP = 'group:team@x.com';
export const CUSTOM = 'projects/p-under-test/roles/custom';
export const PERMISSIONS = ['run.services.get', 'run.services.update'];

/** A member of a policy. Of the robot, the account that it was then: others may bear its address later. */
export type Member = 'alice' | 'bob' | 'team' | 'robots of folder 1' | { readonly robot: number };
/** The value of the tag `env`. */
export type Env = 'prod' | 'test';

export interface Grants {
  readonly role: string;
  readonly members: readonly Member[];
  /** Only on resources with this tag. */
  readonly env?: Env;
}
export interface Denial {
  readonly permission: string;
  readonly who: 'everybody' | { readonly robot: number };
  readonly env?: Env;
}
/** A boundary policy and its binding. */
export interface Boundary {
  /** e.g. `folders/1` */
  readonly target: string;
  readonly eligible: ResourceName;
}

/** What takes its time where changes propagate. */
export interface Policies {
  readonly grants: ReadonlyMap<ResourceName, readonly Grants[]>;
  readonly team: readonly ('alice' | 'bob')[];
  readonly custom: { readonly disabled: boolean; readonly permissions: readonly string[] };
  readonly denials: ReadonlyMap<ResourceName, Denial>;
  readonly boundaries: ReadonlyMap<string, Boundary>;
  readonly tags: ReadonlyMap<ResourceName, Env>;
}

/** What takes effect at once. */
export interface Estate {
  readonly parents: ReadonlyMap<ResourceName, ResourceName>;
  readonly projectIsDeleted: boolean;
  /** Which account has the robot's address, if any. */
  readonly robot: number | undefined;
}

export interface Model {
  readonly policies: Policies;
  readonly estate: Estate;
}

export const BEGINNING: Model = {
  policies: {
    grants: new Map(),
    team: [],
    custom: { disabled: false, permissions: PERMISSIONS },
    denials: new Map(),
    boundaries: new Map(),
    tags: new Map(),
  },
  estate: {
    parents: new Map([
      [PROJECT, ORGANIZATION],
      [folderName('1'), ORGANIZATION],
      [folderName('2'), ORGANIZATION],
    ]),
    projectIsDeleted: false,
    robot: 1,
  },
};

export const withPolicies = (model: Model, change: Partial<Policies>): Model => ({
  ...model,
  policies: { ...model.policies, ...change },
});
export const withEstate = (model: Model, change: Partial<Estate>): Model => ({
  ...model,
  estate: { ...model.estate, ...change },
});
/** The map with another value for a key, or (undefined) without one. */
export function having<K, V>(map: ReadonlyMap<K, V>, key: K, value: V | undefined): ReadonlyMap<K, V> {
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}

/** Does the model grant the permission on the service? */
export function modelGrants({ policies, estate }: Model, principal: Principal, permission: string): boolean {
  if (estate.projectIsDeleted || (principal === ROBOT && estate.robot === undefined)) return false;
  const lineage: ResourceName[] = [SERVICE];
  for (let at: ResourceName | undefined = PROJECT; at !== undefined; at = estate.parents.get(at))
    lineage.push(at);
  const tagged = lineage.find((level) => policies.tags.has(level));
  const env = tagged && policies.tags.get(tagged);
  const isRobot = (member: unknown) =>
    principal === ROBOT && JSON.stringify(member) === JSON.stringify({ robot: estate.robot });
  const denies = (denial: Denial | undefined) =>
    denial?.permission === permission &&
    (denial.who === 'everybody' || isRobot(denial.who)) &&
    (denial.env === undefined || denial.env === env);
  if (lineage.some((level) => denies(policies.denials.get(level)))) return false;
  if (isBlocked(policies, lineage, principal)) return false;
  const holds = (role: string) =>
    role === CUSTOM
      ? !policies.custom.disabled && policies.custom.permissions.includes(permission)
      : role === 'roles/run.admin' || permission === 'run.services.get';
  const name = principal === ALICE ? 'alice' : principal === BOB ? 'bob' : undefined;
  const covers = (member: Member): boolean => {
    if (member === 'team') return name !== undefined && policies.team.includes(name);
    if (member === 'robots of folder 1') return principal === ROBOT && lineage.includes(folderName('1'));
    return member === name || isRobot(member);
  };
  return lineage.some((level) =>
    (policies.grants.get(level) ?? []).some(
      (binding) =>
        holds(binding.role) &&
        (binding.env === undefined || binding.env === env) &&
        binding.members.some(covers),
    ),
  );
}

/** The robot belongs where its project does, which is the service's too; the people to the organization. */
function isBlocked(
  { boundaries }: Policies,
  lineage: readonly ResourceName[],
  principal: Principal,
): boolean {
  const among = (principal === ROBOT ? lineage : [ORGANIZATION]).map((level) =>
    level.split('/').slice(3).join('/'),
  );
  const covering = [...boundaries.values()].filter(({ target }) => among.includes(target));
  return covering.length > 0 && !covering.some(({ eligible }) => lineage.includes(eligible));
}
