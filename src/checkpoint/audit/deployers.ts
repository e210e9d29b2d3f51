/** Who deploys a resource: whoever may update it, by policies on it or above. */
import { type CompiledPolicy, isServiceAgentRole } from '../../iam/index.js';
import { parsePrincipal, projectOf, serviceAgentOf } from '../../names/index.js';
import { anyMemberOf } from './any-member.js';
import type { EstateDecisions, Ground, Holders, Who } from './decisions.js';
import type { InventoryGroups } from './inventory.js';

/** Finds deployers; of policies that are shared, once. */
export class DeployerFinder {
  readonly #decisions: EstateDecisions;
  readonly #groups: InventoryGroups;
  /** Of policies of folders and organizations, which many projects share. */
  readonly #shared = new Map<CompiledPolicy, Map<string, readonly string[]>>();

  constructor(decisions: EstateDecisions, groups: InventoryGroups) {
    this.#decisions = decisions;
    this.#groups = groups;
  }

  /**
   * Those who may use the permission here, or of whom it is not known whether they may.
   * @param permission to update resources of the kind
   */
  on(ground: Ground, permission: string): Holders {
    const known = ground.holders.get(permission);
    if (known !== undefined) return known;
    const found = this.#find(ground, permission);
    ground.holders.set(permission, found);
    return found;
  }

  #find(ground: Ground, permission: string): Holders {
    const members = new Set<string>();
    for (const { resource, policy } of ground.scope.levels) {
      if (policy === 'unreadable') continue;
      const isShared = projectOf(resource) === undefined;
      const holders = isShared ? this.#sharedIn(policy, permission) : holdersIn(policy, permission);
      for (const member of holders) members.add(member);
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

  #sharedIn(policy: CompiledPolicy, permission: string): readonly string[] {
    const byPermission = this.#shared.get(policy) ?? new Map<string, readonly string[]>();
    this.#shared.set(policy, byPermission);
    const holders = byPermission.get(permission) ?? holdersIn(policy, permission);
    byPermission.set(permission, holders);
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

/** Service agents and what roles for them give are Google's own affair. */
function holdersIn({ grants }: CompiledPolicy, permission: string): readonly string[] {
  const holders: string[] = [];
  for (const [member, granted] of grants) {
    const holds = granted.some(
      ({ role, permissions }) => permissions?.has(permission) === true && !isServiceAgentRole(role),
    );
    if (holds && !isAgent(member) && !member.startsWith('deleted:')) holders.push(member);
  }
  return holders;
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
