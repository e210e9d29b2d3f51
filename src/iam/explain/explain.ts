/** The whole explanation of an answer. */
import type { Question } from '../types.js';
import { explainAllow } from './allow.js';
import { explainBoundaries } from './boundaries.js';
import { explainDeny } from './deny.js';
import { annotated, overallState } from './states.js';
import type { Explanation, OverallState, Unknown } from './types.js';

/**
 * Explains what decide() says of the question: `can-access` where it says `granted`, `cannot-access` where it says
 * `denied`, one of the others where it says `unknown`. Kinds of policies that the question leaves out are explained
 * as if there were none.
 */
export function explain(question: Question): Explanation {
  const allow = explainAllow(question);
  const deny = explainDeny(question);
  const boundary = explainBoundaries(question);
  const state = overallState(allow.state, deny.state, boundary.state);
  return {
    state,
    allow: { ...allow, ...annotated(allow.state, matters(allow.state, state, ['granted'], 'not-granted')) },
    deny: { ...deny, ...annotated(deny.state, matters(deny.state, state, [], 'denied')) },
    boundary: {
      ...boundary,
      ...annotated(boundary.state, matters(boundary.state, state, ['allowed'], 'not-allowed')),
    },
  };
}

/** Does what one kind of policies comes to bring about the whole's state? */
function matters(state: string, whole: OverallState, permits: readonly string[], forbids: string): boolean {
  if (whole === 'can-access') return permits.includes(state);
  if (whole === 'cannot-access') return state === forbids;
  const unknown: readonly Unknown[] = ['unknown-info', 'unknown-conditional'];
  return unknown.some((each) => each === state);
}
