/** Looking at CEL's syntax trees. */
import type { parse } from '@bufbuild/cel';

export type Expr = ReturnType<typeof parse>['expr'];
export type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value'];

/** An expression's id → the character at which it stands, counted from 0. */
export type Positions = Readonly<Record<string, number>>;

export function offsetOf({ id }: Expr, positions: Positions): number {
  return positions[String(id)] ?? 0;
}

/** Of a method's call the parenthesis, where its arguments begin; the parser says where the dot is. */
export function methodOffset(expr: Expr, positions: Positions): number {
  const name = expr.exprKind.case === 'callExpr' ? expr.exprKind.value.function : '';
  return offsetOf(expr, positions) + 1 + name.length;
}

/** `a.b.c` for a chain of names; undefined for anything else. */
export function pathOf(expr: Expr): string | undefined {
  const { exprKind } = expr;
  if (exprKind.case === 'identExpr') return exprKind.value.name;
  if (exprKind.case !== 'selectExpr' || exprKind.value.testOnly) return undefined;
  const { operand, field } = exprKind.value;
  const parent = operand === undefined ? undefined : pathOf(operand);
  return parent === undefined ? undefined : `${parent}.${field}`;
}

/** The text of a string that is written out; undefined for anything else. */
export function textOf({ exprKind }: Expr): string | undefined {
  if (exprKind.case !== 'constExpr') return undefined;
  const { constantKind } = exprKind.value;
  return constantKind.case === 'stringValue' ? constantKind.value : undefined;
}

export function isEmptyList({ exprKind }: Expr): boolean {
  return exprKind.case === 'listExpr' && exprKind.value.elements.length === 0;
}

/** True when the expression refers to no attribute. */
export function isConstant(expr: Expr): boolean {
  const { exprKind } = expr;
  if (exprKind.case === 'constExpr') return true;
  if (exprKind.case !== 'callExpr') return false;
  const { target, args } = exprKind.value;
  return (target === undefined || isConstant(target)) && args.every(isConstant);
}

/** Every call in the expression, the outermost first. */
export function* callsIn(expr: Expr): Generator<{ readonly call: Call; readonly expr: Expr }> {
  if (expr.exprKind.case === 'callExpr') yield { call: expr.exprKind.value, expr };
  for (const part of partsOf(expr)) yield* callsIn(part);
}

/** Every attribute that the expression refers to, each time. */
export function* attributesIn(expr: Expr): Generator<Expr> {
  if (pathOf(expr) !== undefined) yield expr;
  else for (const part of partsOf(expr)) yield* attributesIn(part);
}

function partsOf({ exprKind }: Expr): readonly Expr[] {
  if (exprKind.case === 'listExpr') return exprKind.value.elements;
  if (exprKind.case !== 'callExpr') return [];
  const { target, args } = exprKind.value;
  return target === undefined ? args : [target, ...args];
}
