/** Reading expressions. */
import { parse } from '@bufbuild/cel';
import { type Analysis, analyse } from './analysis.js';
import type { Expr, Positions } from './expressions.js';

export type ParsedExpression =
  | {
      readonly ok: true;
      readonly expr: Expr;
      readonly analysis: Analysis;
      readonly positions: Positions;
    }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/**
 * Reads an expression. Never throws: one nested too deeply for the stack is refused like a malformed one. The
 * message gives the position as IAM's own parser does: `Parse expression:LINE:COLUMN`, the column counted from 0.
 */
export function parseExpression(expression: string): ParsedExpression {
  try {
    const parsed = parse(expression);
    const positions = parsed.sourceInfo?.positions ?? {};
    return { ok: true, expr: parsed.expr, analysis: analyse(parsed), positions };
  } catch (error) {
    if (error instanceof RangeError)
      return { ok: false, message: 'the expression is nested too deeply', offset: 0 };
    return malformed(String(error), expression);
  }
}

/** The parser counts columns from 1. */
function malformed(text: string, expression: string): ParsedExpression {
  const [, line, column, what] = /<input>:(\d+):(\d+): (.*)$/s.exec(text) ?? [];
  if (line === undefined || column === undefined) return { ok: false, message: text, offset: 0 };
  const at = Number(column) - 1;
  const before = expression.split('\n').slice(0, Number(line) - 1);
  const offset = before.reduce((sum, { length }) => sum + length + 1, 0) + at;
  return { ok: false, message: `Parse expression:${line}:${at}: ${what}`, offset };
}
