/**
 * Whether principal access boundaries keep a principal from a resource, before anybody asks what is granted there
 * (https://cloud.google.com/iam/docs/principal-access-boundary-policies#interactions).
 */
import type { ResourceName } from '../../names/index.js';
import type { Question, Reason } from '../types.js';
import { mayBeIn, targetsOf } from './targets.js';
import type { CompiledBoundaries, CompiledBoundary } from './types.js';

/** Do boundaries block the permission? `by` are the bindings that say so, or that may. */
export interface Effect {
  readonly value: 'yes' | 'no' | 'perhaps';
  readonly by: readonly CompiledBoundary[];
}

const NO: Effect = { value: 'no', by: [] };
const NO_REASONS: readonly Reason[] = [];

/**
 * False only when it is certain that no boundary blocks the permission: nothing is granted that may be blocked.
 * @param question with boundaries
 */
export function mayBeBlocked(question: Question): boolean {
  const { boundaries, principal } = question;
  if (boundaries === undefined || principal.kind === 'anonymous') return false;
  return boundaries === 'unreadable' || effect(boundaries, question).value !== 'no';
}

/** Why the permission is blocked, or may be; empty when it certainly is not. */
export function boundaryReasons(question: Question): readonly Reason[] {
  const { boundaries, principal, resource } = question;
  if (boundaries === undefined || principal.kind === 'anonymous') return NO_REASONS;
  if (boundaries === 'unreadable') return [{ kind: 'unreadable-boundaries', level: resource }];
  const { value, by } = effect(boundaries, question);
  if (value === 'no') return NO_REASONS;
  return [
    {
      kind: 'boundary',
      level: resource,
      bindings: by.map(({ binding }) => binding),
      policies: [...new Set(by.map(({ policy }) => policy))],
      blocks: value === 'yes',
    },
  ];
}

/**
 * One policy that makes the resource eligible is enough, whichever binds it, and whether or not it can block the
 * permission; otherwise one that can block it does.
 */
export function effect(boundaries: CompiledBoundaries, question: Question): Effect {
  const bound = boundTo(boundaries, question);
  const certain = bound.certain.filter((boundary) => isSubject(boundary, question));
  if (certain.some((boundary) => makesEligible(boundary, question))) return NO;
  const perhaps = bound.perhaps.filter((boundary) => isSubject(boundary, question));
  const blocks = ({ blockable }: CompiledBoundary) => blockable.has(question.permission);
  const eligiblePerhaps = perhaps.some((boundary) => makesEligible(boundary, question));
  if (certain.some(blocks)) return { value: eligiblePerhaps ? 'perhaps' : 'yes', by: certain };
  const mayBlock = perhaps.filter((boundary) => blocks(boundary) && !makesEligible(boundary, question));
  return mayBlock.length > 0 ? { value: 'perhaps', by: [...certain, ...mayBlock] } : NO;
}

function makesEligible({ eligible }: CompiledBoundary, { resource, levels }: Question): boolean {
  return eligible.has(resource) || levels.some((level) => eligible.has(level.resource));
}

/** Is what a rule names the resource that is asked about, or above it? */
export function holdsResource(named: ResourceName, { resource, levels }: Question): boolean {
  return named === resource || levels.some((level) => level.resource === named);
}

/** "If the condition evaluates to true or cannot be evaluated", the policy is enforced. */
export function isSubject({ condition }: CompiledBoundary, question: Question): boolean {
  return condition === undefined || condition.test.evaluate(question).value !== 'false';
}

/** The boundaries of the principal's sets, whether or not their conditions hold of it. */
interface Bound {
  readonly certain: readonly CompiledBoundary[];
  /** Of the sets of which it is not known whether they hold the principal. */
  readonly perhaps: readonly CompiledBoundary[];
}

export function boundTo({ byTarget }: CompiledBoundaries, { principal, facts }: Question): Bound {
  const targets = targetsOf(principal, facts);
  const certain = targets.flatMap((target) => byTarget.get(target) ?? []);
  if (facts !== undefined && principal.kind !== 'federated') return { certain, perhaps: [] };
  const others = [...byTarget].filter(
    ([target]) => !targets.includes(target) && mayBeIn(target, principal, facts),
  );
  return { certain, perhaps: others.flatMap(([, boundaries]) => boundaries) };
}
