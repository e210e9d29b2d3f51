/** Who deploys a resource: whoever may update it, by policies on it or above. */
import { type CompiledPolicy, isServiceAgentRole } from '../../iam/index.js';
import { parsePrincipal, serviceAgentOf } from '../../names/index.js';
import { anyMemberOf } from './any-member.js';
import type { EstateDecisions, Ground, Who } from './decisions.js';
import type { InventoryGroups } from './inventory.js';

/** Principals to ask for one by one, and members that let in more than can be named. */
export interface Deployers {
  readonly who: readonly Who[];
  readonly unnamed: readonly string[];
}

const NOBODY: readonly string[] = [];

/** Finds deployers; of policies that are shared, once. */
export class DeployerFinder {
  readonly #decisions: EstateDecisions;
  readonly #groups: InventoryGroups;
  readonly #holders = new WeakMap<CompiledPolicy, Map<string, readonly string[]>>();
  readonly #found = new WeakMap<Ground, Map<string, Deployers>>();

  constructor(decisions: EstateDecisions, groups: InventoryGroups) {
    this.#decisions = decisions;
    this.#groups = groups;
  }

  /**
   * Those who may use the permission here, or of whom it is not known whether they may.
   * @param permission to update resources of the kind
   */
  on(ground: Ground, permission: string): Deployers {
    const byPermission = this.#found.get(ground) ?? new Map<string, Deployers>();
    this.#found.set(ground, byPermission);
    const known = byPermission.get(permission);
    if (known !== undefined) return known;
    const found = this.#find(ground, permission);
    byPermission.set(permission, found);
    return found;
  }

  #find(ground: Ground, permission: string): Deployers {
    const members = new Set<string>();
    for (const { policy } of ground.scope.levels) {
      if (policy === 'unreadable') continue;
      for (const member of this.#holdersIn(policy, permission)) members.add(member);
    }
    const unnamed: string[] = [];
    const who = new Map<string, Who>();
    for (const member of members) {
      const named = this.#named(member);
      if (named === undefined) unnamed.push(member);
      else for (const each of named) who.set(each.member, each);
    }
    const able = [...who.values()].filter((each) => this.#mayUse(each, permission, ground));
    return { who: able.sort((a, b) => (a.member < b.member ? -1 : 1)), unnamed };
  }

  #mayUse(who: Who, permission: string, ground: Ground): boolean {
    if (this.#decisions.isGranted(who, permission, ground)) return true;
    return this.#decisions.decide(who, permission, ground.scope.resource).verdict !== 'denied';
  }

  /** Service agents and what roles for them give are Google's own affair. */
  #holdersIn(policy: CompiledPolicy, permission: string): readonly string[] {
    const byPermission = this.#holders.get(policy) ?? new Map<string, readonly string[]>();
    this.#holders.set(policy, byPermission);
    const known = byPermission.get(permission);
    if (known !== undefined) return known;
    const holders: string[] = [];
    for (const [member, grants] of policy.grants) {
      const holds = grants.some(
        ({ role, permissions }) => permissions?.has(permission) === true && !isServiceAgentRole(role),
      );
      if (holds && !isAgent(member) && !member.startsWith('deleted:')) holders.push(member);
    }
    byPermission.set(permission, holders.length === 0 ? NOBODY : holders);
    return holders;
  }

  /** Undefined for a member that stands for more than can be named. */
  #named(member: string): readonly Who[] | undefined {
    if (member.startsWith('group:')) {
      const members = this.#groups.membersOf(member);
      if (members === undefined) return [this.#decisions.who(anyMemberOf(member))];
      return members.filter((each) => !isAgent(each)).flatMap((each) => this.#single(each) ?? []);
    }
    return this.#single(member);
  }

  #single(member: string): readonly Who[] | undefined {
    const principal = parsePrincipal(member);
    return principal && [this.#decisions.who(principal)];
  }
}

/** https://cloud.google.com/iam/docs/service-account-types: accounts that Google's services act through. */
function isAgent(member: string): boolean {
  if (!member.startsWith('serviceAccount:')) return false;
  const email = member.slice('serviceAccount:'.length);
  if (/^service-\d+@|@cloudservices\.gserviceaccount\.com$/.test(email)) return true;
  const agent = serviceAgentOf(email);
  // Builds run as this one where nobody chose another: it deploys.
  return agent !== undefined && !email.endsWith('@cloudbuild.gserviceaccount.com');
}
