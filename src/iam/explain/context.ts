/**
 * What explanations know of the call that a condition asks about: what whoever asks for one says of it. Tags are read
 * from the resource; the time and the resource's attributes are not
 * (https://cloud.google.com/policy-intelligence/docs/troubleshoot-access#troubleshooting_conditional_role_bindings).
 */
import { compileCondition } from '../conditions/condition.js';
import { parseExpression } from '../conditions/parse.js';
import type {
  CompiledCondition,
  CompiledPolicy,
  ConditionFacts,
  ConditionResult,
  Question,
} from '../types.js';
import { mapGrants } from './grants.js';
import { leavesOf, statementsOf, statementValue } from './statements.js';
import type { StatementResult } from './types.js';

export type ResourceAttributeName = 'resource.service' | 'resource.type' | 'resource.name';

export interface GivenContext {
  /** When the call is made; conditions that need it come to nothing where it is left out. */
  readonly time?: Date;
  /** What the call's resource says of itself, in place of what its service provides. */
  readonly attributes?: Readonly<Record<ResourceAttributeName, string>>;
}

const ATTRIBUTES: readonly ResourceAttributeName[] = ['resource.service', 'resource.type', 'resource.name'];

/**
 * The question as it is asked in a context: decide(), isGranted() and explain() answer it like any other, and what
 * its conditions ask for and the context does not say is not known.
 */
export function inContext(question: Question, given: GivenContext): Question {
  return {
    ...question,
    time: given.time ?? question.time,
    levels: question.levels.map(({ resource, policy }) => ({
      resource,
      policy: policy === 'unreadable' ? policy : policyIn(policy, given),
    })),
  };
}

function policyIn(policy: CompiledPolicy, given: GivenContext): CompiledPolicy {
  if (!policy.source.bindings.some(({ condition }) => condition !== undefined)) return policy;
  return mapGrants(policy, (grant) => {
    const { condition } = grant;
    if (condition === undefined) return grant;
    return { ...grant, condition: { ...condition, test: conditionIn(condition.test.expression, given) } };
  });
}

/** A condition that says what comes of each of its statements. */
interface ContextualCondition extends CompiledCondition {
  part(start: number, end: number, facts: ConditionFacts): ConditionResult;
}

function conditionIn(expression: string, given: GivenContext): ContextualCondition {
  const statement = statementsOf(expression);
  const part = (start: number, end: number, facts: ConditionFacts): ConditionResult => {
    const text = expression.slice(start, end);
    const missing = notGiven(text, given);
    if (missing !== undefined) return { value: 'unknown', note: `${missing} is not given` };
    return compileCondition(text).evaluate(factsIn(facts, given));
  };
  const isComplete = notGiven(expression, given) === undefined;
  return {
    expression,
    part,
    evaluate: (facts) =>
      isComplete
        ? compileCondition(expression).evaluate(factsIn(facts, given))
        : statementValue(statement, (start, end) => part(start, end, facts)),
  };
}

const factsIn = (facts: ConditionFacts, { time, attributes }: GivenContext): ConditionFacts => ({
  ...facts,
  ...(time === undefined ? {} : { time }),
  ...(attributes === undefined ? {} : { attributes }),
});

/** What an expression asks for and the context does not say. */
function notGiven(expression: string, { time, attributes }: GivenContext): string | undefined {
  const parsed = parseExpression(expression);
  if (!parsed.ok) return undefined;
  const { references } = parsed.analysis;
  if (time === undefined && references.has('request.time')) return 'request.time';
  if (attributes !== undefined) return undefined;
  return ATTRIBUTES.find((name) => references.has(name));
}

/** What comes of each statement of a condition, in the order of its text. */
export function statementResults(test: CompiledCondition, facts: ConditionFacts): readonly StatementResult[] {
  return leavesOf(statementsOf(test.expression)).map(({ start, end }) => ({
    start,
    end,
    result:
      'part' in test
        ? (test as ContextualCondition).part(start, end, facts)
        : compileCondition(test.expression.slice(start, end)).evaluate(facts),
  }));
}
