/** What the principal access boundaries that a principal is subject to come to. */
import { compilePrincipalCondition } from '../boundaries/condition.js';
import { boundTo, effect, holdsResource, isSubject } from '../boundaries/decide.js';
import type { BoundaryRule, CompiledBoundary } from '../boundaries/types.js';
import type { Question } from '../types.js';
import { leavesOf, statementsOf } from './statements.js';
import { annotated } from './states.js';
import type {
  BoundaryExplanation,
  BoundaryRuleExplanation,
  BoundaryState,
  BoundPolicyExplanation,
  ConditionExplanation,
  Inclusion,
} from './types.js';

type Binding = BoundPolicyExplanation['binding']['state'];

/** Every policy binding whose principal set holds the principal, or may. */
export function explainBoundaries(question: Question): Omit<BoundaryExplanation, 'relevance'> {
  const { boundaries, principal } = question;
  if (boundaries === undefined || principal.kind === 'anonymous') return { state: 'not-enforced', bound: [] };
  if (boundaries === 'unreadable') return { state: 'unknown-info', bound: [] };
  const { certain, perhaps } = boundTo(boundaries, question);
  const found = [
    ...certain.map((boundary) => resultOf(boundary, 'enforced', question)),
    ...perhaps.map((boundary) => resultOf(boundary, 'unknown-info', question)),
  ];
  const { value } = effect(boundaries, question);
  const state = value === 'yes' ? 'not-allowed' : value === 'perhaps' ? 'unknown-info' : permitted(found);
  return { state, bound: found.map((each) => explained(each, state, question)) };
}

interface Found {
  readonly boundary: CompiledBoundary;
  readonly binding: Binding;
  readonly policy: BoundaryState;
  readonly state: BoundaryState;
}

/** @param holds whether the principal set holds the principal for certain */
function resultOf(boundary: CompiledBoundary, holds: Binding, question: Question): Found {
  const binding = isSubject(boundary, question) ? holds : 'not-enforced';
  const policy = policyState(boundary, question);
  const state = binding === 'enforced' ? policy : binding;
  return { boundary, binding, policy, state };
}

function policyState(boundary: CompiledBoundary, question: Question): BoundaryState {
  if (!boundary.blockable.has(question.permission)) return 'not-enforced';
  return boundary.rules.some((rule) => includes(rule, question)) ? 'allowed' : 'not-allowed';
}

const includes = (rule: BoundaryRule, question: Question): boolean =>
  rule.resources.some((resource) => holdsResource(resource, question));

/** Nothing is blocked: because a policy makes the resource eligible, or because none is enforced. */
function permitted(found: readonly Found[]): BoundaryState {
  return found.some(({ state }) => state === 'allowed' || state === 'not-allowed')
    ? 'allowed'
    : 'not-enforced';
}

/** What is not enforced matters to nothing; of the rest, what brings about the state of the whole. */
function explained(found: Found, whole: BoundaryState, question: Question): BoundPolicyExplanation {
  const { boundary, binding, policy, state } = found;
  const counts = state !== 'not-enforced' && whole !== 'not-enforced';
  const matters = counts && state === whole;
  const condition = conditionOf(boundary, question);
  return {
    boundary,
    ...annotated(state, matters),
    binding: annotated(binding, matters),
    ...(condition ? { condition } : {}),
    policy: annotated(policy, matters),
    versionEnforced: boundary.blockable.has(question.permission),
    rules: boundary.rules.map((rule) => explainedRule(rule, matters, policy, question)),
  };
}

function explainedRule(
  rule: BoundaryRule,
  matters: boolean,
  policy: BoundaryState,
  question: Question,
): BoundaryRuleExplanation {
  const included = includes(rule, question);
  const state = included ? 'allowed' : 'not-allowed';
  const resources = rule.resources.map((resource) => {
    const inclusion: Inclusion = holdsResource(resource, question) ? 'included' : 'not-included';
    return [
      resource,
      annotated(inclusion, matters && (inclusion === 'included') === (policy === 'allowed')),
    ] as const;
  });
  return {
    rule,
    inclusion: included ? 'included' : 'not-included',
    ...annotated(state, matters && state === policy),
    resources: new Map(resources),
  };
}

function conditionOf({ condition }: CompiledBoundary, question: Question): ConditionExplanation | undefined {
  if (condition === undefined) return undefined;
  const { source, test } = condition;
  return {
    condition: source,
    result: test.evaluate(question),
    statements: leavesOf(statementsOf(source.expression)).map(({ start, end }) => ({
      start,
      end,
      result: compilePrincipalCondition(source.expression.slice(start, end)).evaluate(question),
    })),
  };
}
