/**
 * IAM's linter: everything that is wrong or odd about a condition, where checkCondition() says the first thing that
 * keeps it from being stored (https://cloud.google.com/iam/docs/linting-policies#units).
 */
import { checkComplexity, RESTRICTED, restrictedMessage } from './check.js';
import { attributesIn, type Expr, offsetOf, type Positions, pathOf } from './expressions.js';
import type { ExpressionFinding, LintFinding } from './lint-finding.js';
import { literalFindings } from './lint-literals.js';
import { timeFindings } from './lint-times.js';
import { parseExpression } from './parse.js';
import { PRINCIPAL_ATTRIBUTES } from './signatures.js';
import type { Condition } from './types.js';

export type { LintFinding } from './lint-finding.js';

const RANK: readonly LintFinding['severity'][] = ['ERROR', 'WARNING', 'NOTICE'];

/**
 * Lints a condition.
 * @param now what dates are past by
 * @returns the findings, the gravest first; none for a condition with which all is well
 */
export function lintCondition({ title, expression }: Condition, now: Date): readonly LintFinding[] {
  const found = [...titleFindings(title), ...expressionFindings(expression, now)];
  return found.sort((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity));
}

function titleFindings(title: string): LintFinding[] {
  if (title.trim() !== '') return [];
  const message = 'A condition needs a title.';
  return [{ unit: 'ConditionTitleCheck', severity: 'ERROR', field: 'condition.title', message }];
}

function expressionFindings(expression: string, now: Date): LintFinding[] {
  return findings(expression, now).map((finding) => ({ ...finding, field: 'condition.expression' }));
}

function findings(expression: string, now: Date): ExpressionFinding[] {
  const parsed = parseExpression(expression);
  if (!parsed.ok) return notCompiling(parsed.message, parsed.offset, expression);
  const { expr, analysis, positions } = parsed;
  const [first] = analysis.problems;
  if (first?.unit === 'ConditionCompileCheck')
    return notCompiling(`${placeOf(first.offset, expression)}: ${first.message}`, first.offset, expression);
  const complexity = checkComplexity(analysis.logicalOperators);
  return [
    ...analysis.problems.map((problem) => ({ ...problem, severity: 'ERROR' as const })),
    ...(complexity.ok
      ? []
      : [
          {
            unit: 'ConditionComplexityCheck',
            severity: 'ERROR' as const,
            message: complexity.message.replace(/^\S+ Error: /, ''),
          },
        ]),
    ...restrictedFindings(expr, positions),
    ...literalFindings(expr, positions),
    ...timeFindings(expr, positions, now),
  ];
}

/** The line and column of a character, as the parser says them. */
function placeOf(offset: number, expression: string): string {
  const before = expression.slice(0, offset).split('\n');
  return `Parse expression:${before.length}:${before.at(-1)?.length ?? 0}`;
}

/** What does not compile is shown with a pointer; other units have nothing to look at. */
function notCompiling(message: string, offset: number, expression: string): ExpressionFinding[] {
  const before = expression.slice(0, offset).split('\n');
  const line = expression.split('\n')[before.length - 1] ?? '';
  const pointer = `${'.'.repeat(before.at(-1)?.length ?? 0)}^`;
  return [
    {
      unit: 'ConditionCompileCheck',
      severity: 'ERROR',
      offset,
      message: `ERROR: ${message}\n  | ${line}\n  | ${pointer}`,
    },
    {
      unit: 'ConditionComplexityCheck',
      severity: 'NOTICE',
      message: 'The validation unit is skipped due to absence of a required object: CheckedExpr',
    },
  ];
}

/** Attributes that allow policies may not, or only those of some services may, ask for. */
const RESTRICTED_ATTRIBUTES: readonly string[] = ['request.auth.access_levels', ...PRINCIPAL_ATTRIBUTES];

function restrictedFindings(expr: Expr, positions: Positions): ExpressionFinding[] {
  return [...attributesIn(expr)].flatMap((at): ExpressionFinding[] => {
    const path = pathOf(at) ?? '';
    if (!RESTRICTED_ATTRIBUTES.includes(path)) return [];
    const message = restrictedMessage(path);
    return [{ unit: RESTRICTED, severity: 'WARNING', offset: offsetOf(at, positions), message }];
  });
}
