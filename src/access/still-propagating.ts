/** What a decision will be once changes that are on their way have taken effect. */
import type { Decision } from '../iam/index.js';
import type { ResourceName } from '../names/index.js';
import type { LaterState, Propagation } from './propagation.js';

/** So many of the next changes are looked at: a plane that is set up by a script has many on their way. */
const MOST = 100;

/**
 * The decision, with a reason that says when a change on its way makes another verdict of it, if one does.
 * @param decideLater the same question, answered by what the plane will go by later
 */
export async function withPropagation(
  decision: Decision,
  resource: ResourceName,
  propagation: Pick<Propagation, 'changes' | 'at'>,
  decideLater: (later: LaterState) => Promise<Decision>,
): Promise<Decision> {
  for (const time of (await propagation.changes()).slice(0, MOST)) {
    const { verdict } = await decideLater(propagation.at(time));
    if (verdict === decision.verdict) continue;
    const at = new Date(time).toISOString();
    return {
      ...decision,
      reasons: [...decision.reasons, { kind: 'propagating', level: resource, becomes: verdict, at }],
    };
  }
  return decision;
}
