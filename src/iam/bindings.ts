/** Bindings: which are the same, and the form in which IAM keeps them. */
import { normalizeMember } from '../names/index.js';
import type { Binding } from './types.js';

/** True when some binding has a condition. */
export function isConditional(policy: { readonly bindings: readonly Binding[] }): boolean {
  return policy.bindings.some((binding) => binding.condition !== undefined);
}

/**
 * One binding for each role and condition, sorted by role (without condition first), with each member once, in
 * lower case, sorted. Grants exactly what the given bindings grant.
 */
export function mergeBindings(bindings: readonly Binding[]): readonly Binding[] {
  return [...groupBindings(bindings)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { binding, members }]) => ({ ...binding, members: [...members].sort() }));
}

export interface BindingGroup {
  /** The first binding of this role and condition. */
  readonly binding: Binding;
  /** All of them. */
  readonly bindings: readonly Binding[];
  /** The normalised members of all of them. */
  readonly members: ReadonlySet<string>;
}

/** Bindings of the same role and condition taken together, by a key that begins with the role. */
export function groupBindings(bindings: readonly Binding[]): ReadonlyMap<string, BindingGroup> {
  const groups = new Map<string, Group>();
  for (const binding of bindings) {
    const key = keyOf(binding);
    let group = groups.get(key);
    if (group === undefined) {
      group = { binding, bindings: [], members: new Set() };
      groups.set(key, group);
    }
    group.bindings.push(binding);
    for (const member of binding.members) group.members.add(normalizeMember(member));
  }
  return groups;
}

interface Group extends BindingGroup {
  readonly bindings: Binding[];
  readonly members: Set<string>;
}

/** Sorts as well as it identifies: nothing follows the role where there is no condition. */
function keyOf({ role, condition }: Binding): string {
  if (condition === undefined) return role;
  return [role, condition.title, condition.expression, condition.description ?? ''].join('\u0000');
}
