/** Assumptions of the user, for an inventory. */
import { type Inventory, isUnknown } from '../../checkpoint/index.js';
import type { Assumption } from '../helped/index.js';

/** The inventory, with gaps filled by the assumptions: what it does know counts. */
export function assumingOf(inventory: Inventory, assumptions: readonly Assumption[]): Inventory {
  const unbound = { policies: [], bindings: [] };
  return {
    ...inventory,
    ...(assumptions.includes('no-deny-policies') && {
      denyPolicies: (resource) => {
        const policies = inventory.denyPolicies(resource);
        return isUnknown(policies) ? [] : policies;
      },
    }),
    ...(assumptions.includes('no-boundaries') && {
      boundaries: (project) => {
        const facts = inventory.boundaries(project);
        return isUnknown(facts) ? unbound : facts;
      },
    }),
  };
}
