/** Who has what somebody lacks: by the policies that were read to answer the question. */
import type { Question } from '../../iam/index.js';
import { memberOf, normalizeMember, type ResourceName } from '../../names/index.js';

/** Somebody to whom the same policies grant the permission. */
export interface Holder {
  /** As the policy spells it: a person, an account, a group, a set. */
  readonly member: string;
  readonly role: string;
  /** The resource whose policy says so. */
  readonly level: ResourceName;
  /** True when a condition decides whether it holds. */
  readonly conditional: boolean;
}

/** More than these say no more to whoever looks for the one that they meant. */
const AT_MOST = 3;

/**
 * Up to three others to whom the policies grant the permission, of the principal's own kind first, then the nearest;
 * no service agents, whose roles are not for anybody to follow.
 * Nobody where deny rules concern the permission: what allow policies grant may be taken away again.
 */
export function holdersOf({ principal, permission, levels, deny = [] }: Question): readonly Holder[] {
  if (deny.some(({ policies }) => policies === 'unreadable' || policies.rules.has(permission))) return [];
  const own = memberOf(principal);
  const holders = levels.flatMap(({ resource, policy }) => {
    if (policy === 'unreadable') return [];
    return policy.source.bindings.flatMap((binding) => {
      if (policy.ofBinding.get(binding)?.permissions?.has(permission) !== true) return [];
      const { role, members, condition } = binding;
      if (role.endsWith('.serviceAgent')) return [];
      return members
        .filter((member) => !member.startsWith('deleted:') && normalizeMember(member) !== own)
        .map((member): Holder => ({ member, role, level: resource, conditional: condition !== undefined }));
    });
  });
  const first = new Map(holders.toReversed().map((holder) => [holder.member, holder]));
  const ownKind = ({ member }: Holder) => (member.startsWith(`${principal.kind}:`) ? 0 : 1);
  return holders
    .filter((holder) => first.get(holder.member) === holder)
    .sort((a, b) => ownKind(a) - ownKind(b))
    .slice(0, AT_MOST);
}
