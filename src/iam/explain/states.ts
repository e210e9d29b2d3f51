/** How the states of parts make that of the whole. */
import type {
  AllowState,
  Annotated,
  BoundaryState,
  DenyState,
  Match,
  Membership,
  OverallState,
} from './types.js';

/** The first of the values that is among the states; the last value where none is. */
function strongest<T>(states: readonly T[], values: readonly [...T[], T]): T {
  return values.find((value) => states.includes(value)) ?? (values.at(-1) as T);
}

/** One grant is enough. */
export const allowState = (states: readonly AllowState[]): AllowState =>
  strongest(states, ['granted', 'unknown-info', 'unknown-conditional', 'not-granted']);

/** One denial is enough. */
export const denyState = (states: readonly DenyState[]): DenyState =>
  strongest(states, ['denied', 'unknown-info', 'unknown-conditional', 'not-denied']);

export const membershipOf = (states: readonly Membership[]): Membership =>
  strongest(states, ['matched', 'unknown-info', 'not-matched']);

export const matchOf = (states: readonly Match[]): Match => strongest(states, ['matched', 'not-matched']);

/**
 * All kinds of policies must permit access
 * (https://cloud.google.com/iam/docs/policy-types#evaluation). What certainly stands against it outweighs what is
 * not known.
 */
export function overallState(allow: AllowState, deny: DenyState, boundary: BoundaryState): OverallState {
  if (allow === 'not-granted' || deny === 'denied' || boundary === 'not-allowed') return 'cannot-access';
  const states: readonly string[] = [allow, deny, boundary];
  if (states.includes('unknown-info')) return 'unknown-info';
  return states.includes('unknown-conditional') ? 'unknown-conditional' : 'can-access';
}

/** Marks a state as one that matters to the result, or not. */
export const annotated = <T>(state: T, matters: boolean): Annotated<T> => ({
  state,
  relevance: matters ? 'high' : 'normal',
});
