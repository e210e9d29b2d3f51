/** Comparisons of times that always come to the same. */
import { type Call, callsIn, type Expr, offsetOf, type Positions, pathOf, textOf } from './expressions.js';
import type { ExpressionFinding } from './lint-finding.js';

/** The values that each function of `request.time` can have; years have no bounds. */
const RANGES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['getMonth', [0, 11]],
  ['getDate', [1, 31]],
  ['getDayOfMonth', [0, 30]],
  ['getDayOfWeek', [0, 6]],
  ['getDayOfYear', [0, 365]],
  ['getHours', [0, 23]],
  ['getMinutes', [0, 59]],
  ['getSeconds', [0, 59]],
  ['getMilliseconds', [0, 999]],
]);

/** What a comparison says of a value on its left. */
const HOLDS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '_<_': (value, bound) => value < bound,
  '_<=_': (value, bound) => value <= bound,
  '_>_': (value, bound) => value > bound,
  '_>=_': (value, bound) => value >= bound,
  '_==_': (value, bound) => value === bound,
  '_!=_': (value, bound) => value !== bound,
};
/** The same comparison with its sides exchanged. */
const MIRRORED: Readonly<Record<string, string>> = {
  '_<_': '_>_',
  '_<=_': '_>=_',
  '_>_': '_<_',
  '_>=_': '_<=_',
  '_==_': '_==_',
  '_!=_': '_!=_',
};

/** @param now what dates are past by */
export function timeFindings(expr: Expr, positions: Positions, now: Date): ExpressionFinding[] {
  return [
    ...[...callsIn(expr)].flatMap(({ call }) => instantFindings(call, positions, now)),
    ...[...callsIn(expr)].flatMap(({ call }) => rangeFindings(call, positions)),
    ...emptyRanges(expr),
  ];
}

/** The two sides of a comparison, what is compared with a constant first. */
interface Comparison {
  readonly operator: string;
  readonly left: Expr;
  readonly right: Expr;
}

function comparisons(call: Call): readonly Comparison[] {
  const [left, right] = call.args;
  const mirrored = Object.hasOwn(MIRRORED, call.function) ? MIRRORED[call.function] : undefined;
  if (mirrored === undefined || left === undefined || right === undefined) return [];
  return [
    { operator: call.function, left, right },
    { operator: mirrored, left: right, right: left },
  ];
}

/** Dates that are none, and comparisons of the time of the request, which is now, with dates that are past. */
function instantFindings(call: Call, positions: Positions, now: Date): ExpressionFinding[] {
  return comparisons(call).flatMap(({ operator, left, right }) => {
    if (pathOf(left) !== 'request.time' || right.exprKind.case !== 'callExpr') return [];
    const { function: name, args } = right.exprKind.value;
    const [argument] = args;
    const text = argument && textOf(argument);
    if ((name !== 'timestamp' && name !== 'date') || argument === undefined || text === undefined) return [];
    const message = instantMessage(operator, name, text, now);
    if (message === undefined) return [];
    return [{ unit: 'DateTimeCheck', severity: 'WARNING', offset: offsetOf(argument, positions), message }];
  });
}

const FORMS = {
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
} as const;

function instantMessage(
  operator: string,
  name: 'timestamp' | 'date',
  text: string,
  now: Date,
): string | undefined {
  const instant = FORMS[name].test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) return `Invalid date time value "${text}"; condition is effectively False.`;
  if (instant >= now.getTime()) return undefined;
  const value = HOLDS[operator]?.(1, 0) === true;
  const parsed = new Date(instant).toISOString().replace('.000Z', '+00:00').replace('Z', '+00:00');
  return `Ineffective date time value ${parsed} parsed from "${text}"; condition is effectively ${value ? 'True' : 'False'}. Time expired already.`;
}

/** The function of `request.time` in an expression, e.g. `getMonth`. */
function timeFunction({ exprKind }: Expr): string | undefined {
  if (exprKind.case !== 'callExpr' || exprKind.value.target === undefined) return undefined;
  return pathOf(exprKind.value.target) === 'request.time' ? exprKind.value.function : undefined;
}

function numberIn({ exprKind }: Expr): number | undefined {
  if (exprKind.case !== 'constExpr') return undefined;
  const { constantKind } = exprKind.value;
  return constantKind.case === 'int64Value' ? Number(constantKind.value) : undefined;
}

function rangeFindings(call: Call, positions: Positions): ExpressionFinding[] {
  return comparisons(call).flatMap(({ left, right }) => {
    const name = timeFunction(left);
    const range = name === undefined ? undefined : RANGES.get(name);
    const value = numberIn(right);
    if (range === undefined || value === undefined || (value >= range[0] && value <= range[1])) return [];
    const message = `The value being compared to the specified timestamp function (${name}) must be in range [${range.join(', ')}].`;
    return [{ unit: 'DateTimeRangeCheck', severity: 'WARNING', offset: offsetOf(right, positions), message }];
  });
}

/** What is joined by `&&`, however deep. */
function conjuncts(expr: Expr): readonly Expr[] {
  const { exprKind } = expr;
  if (exprKind.case !== 'callExpr' || exprKind.value.function !== '_&&_') return [expr];
  return exprKind.value.args.flatMap(conjuncts);
}

/** Functions that no time can satisfy all comparisons of. Those in other zones are left alone. */
function emptyRanges(expr: Expr): ExpressionFinding[] {
  const bounds = new Map<string, ((value: number) => boolean)[]>();
  for (const part of conjuncts(expr)) {
    if (part.exprKind.case !== 'callExpr') continue;
    for (const { operator, left, right } of comparisons(part.exprKind.value)) {
      const name = timeFunction(left);
      const bound = numberIn(right);
      const holds = HOLDS[operator];
      if (name === undefined || bound === undefined || !holds || hasZone(left)) continue;
      bounds.set(name, [...(bounds.get(name) ?? []), (value) => holds(value, bound)]);
    }
  }
  const empty = [...bounds].flatMap(([name, tests]) =>
    tests.length > 1 && !satisfiable(name, tests) ? [name] : [],
  );
  if (empty.length === 0) return [];
  const message = `The aggregate of time functions [${empty.join(', ')}] results in empty ranges.`;
  return [{ unit: 'EffectiveTimeRangeCheck', severity: 'WARNING', message }];
}

const hasZone = ({ exprKind }: Expr) => exprKind.case === 'callExpr' && exprKind.value.args.length > 0;

function satisfiable(name: string, tests: readonly ((value: number) => boolean)[]): boolean {
  const [from, to] = RANGES.get(name) ?? [1, 9999];
  for (let value = from; value <= to; value++) if (tests.every((test) => test(value))) return true;
  return false;
}
