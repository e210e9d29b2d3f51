/** An inventory as a source: the same answers, each by itself. */
import { memberOf, normalizeMember, type SignedIn } from '../../names/index.js';
import type { Known, Source } from '../source/types.js';
import { groupsHolding } from './any-member.js';
import { manifestIn } from './facts.js';
import type { Inventory } from './inventory.js';

/** The source that answers what the inventory answers. */
export function inventorySource(inventory: Inventory): Source {
  const { ownRoles } = inventory;
  return {
    name: inventory.name,
    project: async (id) => inventory.project(id),
    policy: async (resource) => inventory.policy(resource),
    denyPolicies: async (resource) => inventory.denyPolicies(resource),
    above: async (container) => inventory.above(container),
    boundaries: async (place) => inventory.boundaries(place),
    role: async (name) => inventory.role(name),
    memberships: async (principal, groups) => memberships(inventory, principal, groups),
    tags: async (resource) => inventory.tags(resource),
    apiEnabled: async (project, api) => inventory.apiEnabled(project, api),
    account: async (email) => inventory.account(email),
    customers: async (email) => inventory.customers(email),
    repository: async (resource) => inventory.repository(resource),
    manifest: async (image, platform) => manifestIn(inventory, image, platform),
    secret: async (resource, version) => inventory.secret(resource, version),
    runResource: async (resource) => inventory.runResource(resource),
    ...(ownRoles === undefined ? {} : { ownRoles }),
  };
}

function memberships(
  { groups }: Inventory,
  principal: SignedIn,
  asked: readonly string[],
): ReadonlyMap<string, Known<boolean>> {
  const held = new Set(groupsHolding(groups, normalizeMember(memberOf(principal))));
  return new Map(
    asked.map((group): [string, Known<boolean>] => {
      if (held.has(group)) return [group, true];
      return [group, groups.isReadable(group) ? false : { unknown: true, why: groups.why(group) }];
    }),
  );
}
