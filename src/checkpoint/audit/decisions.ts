/** Who may do what in an estate, decided once for everything of which the answer is the same. */
import {
  type Decision,
  decide,
  effectivePermissions,
  type GroupDirectory,
  isGranted,
  type PrincipalFacts,
  type Question,
  type Reason,
  type Role,
  type RoleCatalogue,
  UNKNOWN_ABOVE,
} from '../../iam/index.js';
import {
  memberOf,
  normalizeMember,
  type Principal,
  policyHolder,
  projectName,
  projectOf,
  type ResourceName,
} from '../../names/index.js';
import { isUnknown } from '../rule.js';
import { inCustomers, inProject, NOWHERE, projectOfPool } from '../source/principal-facts.js';
import { groupsHolding } from './any-member.js';
import type { Inventory } from './inventory.js';
import { EstateLevels, rolesOf, type Scope } from './levels.js';
import { auditedPermissions } from './permissions.js';

/** Somebody who is asked about, met before or not. */
export interface Who {
  readonly id: number;
  /** As a normalised member. */
  readonly member: string;
  readonly principal: Principal;
}

/** Principals to ask for one by one, and members that let in more than can be named. */
export interface Holders {
  readonly who: readonly Who[];
  readonly unnamed: readonly string[];
}

/** Resources about which all answers are the same, and the answers so far. */
export interface Ground {
  readonly scope: Scope;
  /** By who and permission: true where it is granted. */
  readonly granted: Map<number, boolean>;
  /** By permission: who may use it here, once somebody has found them. */
  readonly holders: Map<string, Holders>;
  readonly decisions: Map<number, Decided>;
}

/** A decision about one of a ground's resources. */
interface Decided {
  readonly resource: ResourceName;
  readonly decision: Decision;
}

const GRANTED: Decision = { verdict: 'granted', reasons: [] };
const PERMISSIONS: ReadonlyMap<string, number> = new Map(
  auditedPermissions.map((permission, number) => [permission, number]),
);

/** Answers questions about an inventory as isGranted() and decide() do. */
export class EstateDecisions {
  readonly #inventory: Inventory;
  readonly #time: Date;
  readonly #roles: RoleCatalogue;
  readonly #groups: GroupDirectory;
  readonly #exact: EstateLevels;
  readonly #who = new Map<string, Who>();
  readonly #facts = new Map<number, PrincipalFacts | undefined>();
  readonly #kinds = new Map<string, ReturnType<typeof carriesAudited>>();
  readonly #quick: EstateLevels;
  #grounds = new Map<ResourceName, Ground>();

  constructor(inventory: Inventory, time: Date) {
    this.#inventory = inventory;
    this.#time = time;
    this.#roles = rolesOf(inventory);
    // Whoever reads an estate may leave bindings out that change no audit: then no reason may speak of them.
    const isLooked = (role: string) => this.#kindOf(role) !== 'lacks';
    this.#exact = new EstateLevels(inventory, { above: isLooked, own: isLooked, keepsEmpty: true });
    this.#quick = this.#quickLevels();
    const { groups } = inventory;
    this.#groups = {
      groupsOf: (member) => groupsHolding(groups, member),
      isReadable: (group) => groups.isReadable(group),
    };
  }

  who(principal: Principal): Who {
    const member = normalizeMember(memberOf(principal) ?? 'anonymous');
    const known = this.#who.get(member);
    if (known !== undefined) return known;
    const met: Who = { id: this.#who.size, member, principal };
    this.#who.set(member, met);
    return met;
  }

  /** Whether all answers about a resource in a project are those about the project. */
  isShared(resource: ResourceName): boolean {
    return this.#quick.isShared(resource);
  }

  /** What lies in a project without a policy of its own shares the project's ground. */
  ground(resource: ResourceName): Ground {
    const known = this.#grounds.get(resource);
    if (known !== undefined) return known;
    const project = projectOf(resource);
    const parent = project === undefined ? resource : projectName(project);
    if (resource !== parent && this.#quick.isShared(resource)) {
      const shared = this.ground(parent);
      this.#grounds.set(resource, shared);
      return shared;
    }
    const scope = this.#quick.scope(resource);
    const made: Ground = { scope, granted: new Map(), holders: new Map(), decisions: new Map() };
    this.#grounds.set(resource, made);
    return made;
  }

  /** Forgets what belongs to the project that was at hand, and goes on to another one. */
  begin(project: string): void {
    this.#grounds = new Map();
    this.#quick.begin(project);
    this.#exact.begin(project);
  }

  /** True exactly where decide() says `granted`. The permission is one of those that audits ask for. */
  isGranted(who: Who, permission: string, ground: Ground): boolean {
    const key = this.#key(who, permission);
    const known = ground.granted.get(key);
    if (known !== undefined) return known;
    const answer = isGranted(this.#question(who, permission, ground.scope));
    ground.granted.set(key, answer);
    return answer;
  }

  /** With reasons, where it is not granted. */
  decide(who: Who, permission: string, resource: ResourceName): Decision {
    const ground = this.ground(resource);
    if (this.isGranted(who, permission, ground)) return GRANTED;
    const key = this.#key(who, permission);
    const known = ground.decisions.get(key);
    if (known !== undefined) return decidedOf(known, resource);
    const decided = decide(this.#question(who, permission, this.#exact.scope(resource)));
    const decision = {
      ...decided,
      reasons: decided.reasons.map((reason) => withWhy(reason, resource, this.#inventory)),
    };
    ground.decisions.set(key, { resource, decision });
    return decision;
  }

  #key({ id }: Who, permission: string): number {
    const number = PERMISSIONS.get(permission);
    if (number === undefined)
      throw new RangeError(`${permission} is none of the permissions that audits ask for`);
    return id * PERMISSIONS.size + number;
  }

  /**
   * Roles that carry nothing of what is asked for can change no answer, and those that nobody knows can make no yes:
   * of these it matters whether they are bound to something by itself, or by a condition.
   */
  #quickLevels(): EstateLevels {
    return new EstateLevels(this.#inventory, {
      own: (role) => this.#kindOf(role) !== 'lacks',
      above: (role, isConditional) => {
        const kind = this.#kindOf(role);
        return kind === 'carries' || (kind === 'unknown' && isConditional);
      },
    });
  }

  #kindOf(name: string): 'carries' | 'lacks' | 'unknown' {
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const kind = carriesAudited(this.#roles.get(name));
    this.#kinds.set(name, kind);
    return kind;
  }

  #question(who: Who, permission: string, scope: Scope): Question {
    const { levels, deny, boundaries, tags, projectNumber, resource } = scope;
    const facts = scope.asksFacts || boundaries !== undefined ? this.#factsOf(who) : undefined;
    const { principal } = who;
    const question: Asked = {
      principal,
      permission,
      resource,
      levels,
      groups: this.#groups,
      time: this.#time,
    };
    if (tags !== undefined) question.tags = tags;
    if (deny.length > 0) question.deny = deny;
    if (facts !== undefined) question.facts = facts;
    if (boundaries !== undefined) question.boundaries = boundaries;
    if (projectNumber !== undefined) question.projectNumber = projectNumber;
    return question;
  }

  #factsOf(who: Who): PrincipalFacts | undefined {
    if (!this.#facts.has(who.id)) this.#facts.set(who.id, principalFacts(who.principal, this.#inventory));
    return this.#facts.get(who.id);
  }
}

/** A question while it is put together: part by part, for an audit asks many. */
type Asked = { -readonly [Key in keyof Question]: Question[Key] };

/** The decision about another resource of the ground: on neither of them by itself is there anything that matters. */
function decidedOf({ resource: decided, decision }: Decided, resource: ResourceName): Decision {
  if (resource === decided) return decision;
  const holder = policyHolder(decided);
  const level = policyHolder(resource);
  const reasons = decision.reasons.map(
    (reason): Reason =>
      reason.kind === 'no-binding' && reason.level === holder ? { ...reason, level } : reason,
  );
  return { ...decision, reasons };
}

function carriesAudited(role: Role | undefined): 'carries' | 'lacks' | 'unknown' {
  if (role === undefined) return 'unknown';
  const permissions = effectivePermissions(role);
  return auditedPermissions.some((permission) => permissions.has(permission)) ? 'carries' : 'lacks';
}

/** Where a principal belongs; undefined when the inventory cannot tell. */
function principalFacts(principal: Principal, inventory: Inventory): PrincipalFacts | undefined {
  switch (principal.kind) {
    case 'anonymous':
      return NOWHERE;
    case 'user':
      return inCustomers(inventory.customers(principal.email));
    case 'federated': {
      const number = projectOfPool(principal);
      return number === undefined ? NOWHERE : inProject(inventory.project(number), false);
    }
    case 'serviceAccount': {
      const account = inventory.account(principal.email);
      if (isUnknown(account) || account === 'absent') return undefined;
      return inProject(inventory.project(account.project), account.isAgent);
    }
  }
}

/** Why it is not known what the resource's project lies in. */
function whyNothingAbove(resource: ResourceName, inventory: Inventory): string | undefined {
  const project = inventory.project(projectOf(resource) ?? '');
  if (isUnknown(project)) return project.why;
  return project !== 'absent' && isUnknown(project.above) ? project.above.why : undefined;
}

/** The reason of a decision about the resource, with why what could not be known could not. */
function withWhy(reason: Reason, resource: ResourceName, inventory: Inventory): Reason {
  const why = whyOf(reason, resource, inventory);
  return why === undefined ? reason : ({ ...reason, why } as Reason);
}

function whyOf(reason: Reason, resource: ResourceName, inventory: Inventory): string | undefined {
  const whyIn = (fact: unknown) => (isUnknown(fact) ? fact.why : undefined);
  switch (reason.kind) {
    case 'unreadable-policy':
      return reason.level === UNKNOWN_ABOVE
        ? whyNothingAbove(resource, inventory)
        : whyIn(inventory.policy(reason.level));
    case 'unreadable-deny-policies':
      return reason.level === UNKNOWN_ABOVE
        ? whyNothingAbove(resource, inventory)
        : whyIn(inventory.denyPolicies(reason.level));
    case 'unreadable-boundaries':
      return whyIn(inventory.boundaries(projectOf(reason.level) ?? ''));
    case 'unreadable-group':
      return inventory.groups.why(reason.member);
    case 'unknown-role':
      return whyIn(inventory.role(reason.role));
    default:
      return undefined;
  }
}
