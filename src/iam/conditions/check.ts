/** Whether a condition may be written into a policy. */
import type { Condition } from '../types.js';
import { parseExpression } from './condition.js';

/** Logical operators in one expression (https://cloud.google.com/iam/quotas). */
const MAX_LOGICAL_OPERATORS = 12;

export type ConditionCheck =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** UNIMPLEMENTED: IAM would take it, but this server cannot evaluate it and so refuses it. */
      readonly status: 'INVALID_ARGUMENT' | 'UNIMPLEMENTED';
      readonly message: string;
    };

/** A refusal in the form of IAM's lintPolicy. */
export const lint = (unit: string, message: string): ConditionCheck => ({
  ok: false,
  status: 'INVALID_ARGUMENT',
  message: `LintValidationUnits/${unit} Error: ${message}`,
});

/**
 * Checks an expression, or a whole condition, before setIamPolicy stores it. What this server could only ever
 * find false is refused here, so that nothing is silently denied later. The names of the checks are those of
 * IAM's lintPolicy (https://cloud.google.com/iam/docs/reference/rest/v1/iamPolicies/lintPolicy).
 */
export function checkCondition(condition: Condition | string): ConditionCheck {
  if (typeof condition !== 'string' && condition.title.trim() === '')
    return { ok: false, status: 'INVALID_ARGUMENT', message: 'condition.title: a condition needs a title' };
  const expression = typeof condition === 'string' ? condition : condition.expression;
  const parsed = parseExpression(expression);
  if (!parsed.ok) return lint('ConditionCompileCheck', parsed.message);
  const { problems, logicalOperators } = parsed.analysis;
  const invalid = problems.find((problem) => problem.kind === 'invalid');
  if (invalid?.kind === 'invalid') return lint('ConditionCompileCheck', invalid.message);
  const complexity = checkComplexity(logicalOperators);
  if (!complexity.ok) return complexity;
  const [problem] = problems;
  if (problem?.kind === 'unevaluated')
    return {
      ok: false,
      status: 'UNIMPLEMENTED',
      message: `Conditions with ${problem.feature} are not supported by this server.`,
    };
  return { ok: true };
}

/** @param logicalOperators how many there are in one expression */
export function checkComplexity(logicalOperators: number): ConditionCheck {
  if (logicalOperators <= MAX_LOGICAL_OPERATORS) return { ok: true };
  return lint(
    'ConditionComplexityCheck',
    `the expression has ${logicalOperators} logical operators; at most ${MAX_LOGICAL_OPERATORS} are allowed`,
  );
}
