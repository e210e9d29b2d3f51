/** Assumptions, which the user makes and the answer names. */
import { isUnknown, type Source } from '../../checkpoint/index.js';

/** What may be taken for granted where a source cannot tell. */
export const ASSUMPTIONS = ['no-deny-policies', 'no-boundaries'] as const;
export type Assumption = (typeof ASSUMPTIONS)[number];

/** The source, with gaps filled by the assumptions: what it does know counts. */
export function assuming(source: Source, assumptions: readonly Assumption[]): Source {
  if (assumptions.length === 0) return source;
  return {
    ...source,
    name: `${source.name} (assuming ${assumptions.join(', ')})`,
    ...(assumptions.includes('no-deny-policies') && {
      denyPolicies: async (resource) => {
        const policies = await source.denyPolicies(resource);
        return isUnknown(policies) ? [] : policies;
      },
    }),
    ...(assumptions.includes('no-boundaries') && {
      boundaries: async (project) => {
        const facts = await source.boundaries(project);
        return isUnknown(facts) ? { policies: [], bindings: [] } : facts;
      },
    }),
  };
}
