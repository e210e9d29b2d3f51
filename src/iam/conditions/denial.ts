/** Conditions of deny rules: tags only (https://cloud.google.com/iam/docs/deny-overview#denial-conditions). */
import { type ConditionCheck, checkComplexity, lint } from './check.js';
import { type Expr, textOf } from './expressions.js';
import { parseExpression } from './parse.js';
import { TAG_FUNCTIONS } from './signatures.js';

const OPERATORS: ReadonlySet<string> = new Set(['_&&_', '_||_', '!_']);

/** Checks the expression of a denial condition: functions on the resource's tags, joined by `&&`, `||` and `!`. */
export function checkDenialExpression(expression: string): ConditionCheck {
  const parsed = parseExpression(expression);
  if (!parsed.ok) return lint('ConditionCompileCheck', parsed.message);
  const wrong = notAboutTags(parsed.expr);
  if (wrong !== undefined) {
    return lint(
      'DenialConditionCheck',
      `denial conditions can only use the functions of resource tags, with texts written out, and the operators &&, || and !; found ${wrong}`,
    );
  }
  return checkComplexity(parsed.analysis.logicalOperators);
}

/** What in the expression does not belong into a denial condition; undefined when all of it does. */
function notAboutTags({ exprKind }: Expr): string | undefined {
  if (exprKind.case !== 'callExpr') return nameOf(exprKind.case);
  const { function: name, target, args } = exprKind.value;
  if (target === undefined) {
    if (!OPERATORS.has(name)) return `'${name.replaceAll('_', '')}'`;
    return args.map(notAboutTags).find((wrong) => wrong !== undefined);
  }
  const onResource = target.exprKind.case === 'identExpr' && target.exprKind.value.name === 'resource';
  const texts = onResource ? TAG_FUNCTIONS.get(name) : undefined;
  const written = args.every((argument) => textOf(argument) !== undefined);
  return args.length === texts && written ? undefined : `'${name}()'`;
}

function nameOf(kind: string | undefined): string {
  switch (kind) {
    case 'constExpr':
      return 'a constant';
    case 'identExpr':
    case 'selectExpr':
      return 'an attribute';
    default:
      return 'something else';
  }
}
