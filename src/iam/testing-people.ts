/**
 * For tests: principals, and whom each member of allow policies, each identifier of deny policies and each principal set
 * of boundaries stands for, said of one principal at a time.
 */
import { ANONYMOUS, type FederatedPrincipal, type Principal } from '../names/index.js';
import type { Answer, World } from './testing-world.js';
import type { PrincipalFacts } from './types.js';

const POOL = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github';
const STAFF = '//iam.googleapis.com/locations/global/workforcePools/staff';

export const ALICE: Principal = { kind: 'user', email: 'a@x.com' };
export const BOB: Principal = { kind: 'user', email: 'B@Y.com' };
export const ROBOT: Principal = { kind: 'serviceAccount', email: 'r@p.iam.gserviceaccount.com' };
export const AGENT: Principal = {
  kind: 'serviceAccount',
  email: 'service-1@serverless-robot-prod.iam.gserviceaccount.com',
};
export const PIPELINE: FederatedPrincipal = {
  kind: 'federated',
  pool: POOL,
  subject: 'repo:o/r',
  groups: ['deployers'],
  attributes: { repository: 'o/r' },
};
export const EMPLOYEE: FederatedPrincipal = {
  kind: 'federated',
  pool: STAFF,
  subject: 'carol',
  groups: [],
  attributes: {},
};
export const PRINCIPALS: readonly Principal[] = [ANONYMOUS, ALICE, BOB, ROBOT, AGENT, PIPELINE, EMPLOYEE];

/** Where each of them belongs; the robot, the agent and the pipeline's pool to project 1 in folder 1. */
export function factsOf(principal: Principal): PrincipalFacts {
  const below = ['projects/1', 'folders/1', 'organizations/1'];
  switch (principal) {
    case ALICE:
      return { containers: ['organizations/1'], isAgent: false, customers: ['C01Abc35'] };
    case ROBOT:
    case PIPELINE:
      return { containers: below, isAgent: false, customers: [] };
    case AGENT:
      return { containers: below, isAgent: true, customers: [] };
    default:
      return { containers: [], isAgent: false, customers: [] };
  }
}

type Who = (world: World) => Answer;

const only =
  (...principals: readonly Principal[]): Who =>
  ({ principal }) =>
    principals.includes(principal) ? 'yes' : 'no';
const nobody: Who = () => 'no';
const everybody: Who = () => 'yes';
/** Only where the principal belongs says it: `maybe` for those whom it could be, when that is not known. */
const byFacts =
  (those: readonly Principal[], among: (principal: Principal) => boolean): Who =>
  ({ principal, facts }) => {
    if (!among(principal)) return 'no';
    if (facts === 'unknown') return 'maybe';
    return those.includes(principal) ? 'yes' : 'no';
  };
const isAccount = ({ kind }: Principal) => kind === 'serviceAccount';

/** Is the principal in the group, as far as can be seen? */
const inGroup =
  (group: string, seen: readonly string[] = []): Who =>
  (world) => {
    if (seen.includes(group)) return 'no';
    const members = world.groups[group] ?? [];
    const nested = members.map((member) => {
      const inner = member.startsWith('group:') ? member.slice('group:'.length) : undefined;
      return (inner === undefined ? (MEMBERS[member] ?? nobody) : inGroup(inner, [...seen, group]))(world);
    });
    if (nested.includes('yes')) return 'yes';
    if (world.principal.kind === 'anonymous') return 'no';
    return world.unreadable.includes(group) || nested.includes('maybe') ? 'maybe' : 'no';
  };

export const GROUPS = ['g1@x.com', 'g2@x.com', 'g3@x.com'];
const groups = (prefix: string) =>
  Object.fromEntries(GROUPS.map((group) => [prefix + group, inGroup(group)]));

/** Those that groups may have for members. */
export const PEOPLE: Readonly<Record<string, Who>> = {
  'user:a@x.com': only(ALICE),
  'user:A@X.COM': only(ALICE),
  'user:b@y.com': only(BOB),
  'serviceAccount:r@p.iam.gserviceaccount.com': only(ROBOT),
};

const SETS = 'principalSet://cloudresourcemanager.googleapis.com';
const sets: Readonly<Record<string, Who>> = {
  [`${SETS}/projects/1/type/ServiceAccount`]: byFacts([ROBOT], isAccount),
  [`${SETS}/folders/1/type/ServiceAccount`]: byFacts([ROBOT], isAccount),
  [`${SETS}/organizations/2/type/ServiceAccount`]: byFacts([], isAccount),
  [`${SETS}/organizations/1/type/ServiceAgent`]: byFacts([AGENT], isAccount),
};
const identities: Readonly<Record<string, Who>> = {
  [`principal:${POOL}/subject/repo:o/r`]: only(PIPELINE),
  [`principal:${POOL}/subject/repo:o/other`]: nobody,
  [`principalSet:${POOL}/group/deployers`]: only(PIPELINE),
  [`principalSet:${POOL}/group/others`]: nobody,
  [`principalSet:${POOL}/attribute.repository/o/r`]: only(PIPELINE),
  [`principalSet:${POOL}/attribute.repository/o`]: nobody,
  [`principalSet:${POOL}/*`]: only(PIPELINE),
  [`principal:${STAFF}/subject/carol`]: only(EMPLOYEE),
  [`principalSet:${STAFF}/*`]: only(EMPLOYEE),
};

/** Members of allow policies. */
export const MEMBERS: Readonly<Record<string, Who>> = {
  ...PEOPLE,
  ...groups('group:'),
  'serviceAccount:service-1@serverless-robot-prod.iam.gserviceaccount.com': only(AGENT),
  'domain:x.com': only(ALICE),
  'domain:p.iam.gserviceaccount.com': nobody,
  allUsers: everybody,
  // Identities of pools are not Google accounts.
  allAuthenticatedUsers: only(ALICE, BOB, ROBOT, AGENT),
  'deleted:user:a@x.com?uid=1': nobody,
  [`deleted:principal:${POOL}/subject/repo:o/r`]: nobody,
  'projectViewer:p': nobody,
  ...identities,
  ...sets,
};

/** Identifiers of deny policies. */
export const DENY_PRINCIPALS: Readonly<Record<string, Who>> = {
  'principalSet://goog/public:all': everybody,
  'principal://goog/subject/a@x.com': only(ALICE),
  'principal://goog/subject/A@X.COM': only(ALICE),
  'principal://goog/subject/b@y.com': only(BOB),
  'principal://iam.googleapis.com/projects/-/serviceAccounts/r@p.iam.gserviceaccount.com': only(ROBOT),
  ...groups('principalSet://goog/group/'),
  'deleted:principal://goog/subject/a@x.com?uid=1': nobody,
  'principalSet://goog/cloudIdentityCustomerId/C01Abc35': byFacts([ALICE], ({ kind }) => kind === 'user'),
  ...identities,
  ...sets,
};

const inOrganization = byFacts([ALICE, ROBOT, PIPELINE], ({ kind }) => kind !== 'anonymous');
/** Principal sets that boundaries are bound to. Agents are Google's own, and in none; pools name their projects. */
export const TARGETS: Readonly<Record<string, Who>> = {
  '//cloudresourcemanager.googleapis.com/projects/1': (world) =>
    world.principal === PIPELINE ? 'yes' : byFacts([ROBOT], isAccount)(world),
  '//cloudresourcemanager.googleapis.com/folders/1': byFacts(
    [ROBOT, PIPELINE],
    (principal) => isAccount(principal) || principal === PIPELINE,
  ),
  // Whose a workforce pool is nothing here says.
  '//cloudresourcemanager.googleapis.com/organizations/1': (world) =>
    world.principal === EMPLOYEE ? 'maybe' : inOrganization(world),
  [POOL]: only(PIPELINE),
  [STAFF]: only(EMPLOYEE),
  '//iam.googleapis.com/locations/global/workspace/C01Abc35': byFacts([ALICE], ({ kind }) => kind === 'user'),
};
