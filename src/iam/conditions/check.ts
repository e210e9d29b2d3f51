/** Whether a condition may be written into a policy. */
import { parseExpression } from './parse.js';
import { MODIFIED_GRANTS, PRINCIPAL_ATTRIBUTES } from './signatures.js';
import type { Condition } from './types.js';

/** Logical operators in one expression (https://cloud.google.com/iam/quotas). */
const MAX_LOGICAL_OPERATORS = 12;

export type ConditionCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: 'INVALID_ARGUMENT'; readonly message: string };

/** A refusal in the form of IAM's lintPolicy. */
export const lint = (unit: string, message: string): ConditionCheck => ({
  ok: false,
  status: 'INVALID_ARGUMENT',
  message: `LintValidationUnits/${unit} Error: ${message}`,
});

/**
 * Checks an expression, or a whole condition, before setIamPolicy stores it. The names of the checks are those of
 * IAM's lintPolicy (https://cloud.google.com/iam/docs/linting-policies#units).
 */
export function checkCondition(condition: Condition | string): ConditionCheck {
  if (typeof condition !== 'string' && condition.title.trim() === '')
    return { ok: false, status: 'INVALID_ARGUMENT', message: 'condition.title: a condition needs a title' };
  const expression = typeof condition === 'string' ? condition : condition.expression;
  const parsed = parseExpression(expression);
  if (!parsed.ok) return lint('ConditionCompileCheck', parsed.message);
  const { problems, logicalOperators, references } = parsed.analysis;
  const [problem] = problems;
  if (problem !== undefined) return lint(problem.unit, problem.message);
  const restricted = PRINCIPAL_ATTRIBUTES.find((attribute) => references.has(attribute));
  if (restricted !== undefined) return lint(RESTRICTED, restrictedMessage(restricted));
  return checkComplexity(logicalOperators);
}

/**
 * Does the condition limit which roles setIamPolicy may give? Policies of projects, folders and
 * organizations, and of tags, can say so; those of other resources cannot
 * (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).
 */
export function limitsGrants(expression: string): boolean {
  const parsed = parseExpression(expression);
  return parsed.ok && parsed.analysis.apiAttributes.has(MODIFIED_GRANTS);
}

export const RESTRICTED = 'RestrictedAttributesCheck';

export const restrictedMessage = (attribute: string): string =>
  `Condition attribute \`${attribute}\` is restricted or unsupported. Please check https://cloud.google.com/iam/docs/conditions-overview for the full list of supported attributes`;

/** @param logicalOperators how many there are in one expression */
export function checkComplexity(logicalOperators: number): ConditionCheck {
  if (logicalOperators <= MAX_LOGICAL_OPERATORS) return { ok: true };
  return lint(
    'ConditionComplexityCheck',
    `Logical operators count must not be more than ${MAX_LOGICAL_OPERATORS}; the expression has ${logicalOperators} logical operators`,
  );
}
