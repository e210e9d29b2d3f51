/** What a condition's expression refers to and whether its types fit: one walk over its syntax tree. */
import type { parse } from '@bufbuild/cel';
import {
  type CelTypeName,
  SIGNATURES,
  UNEVALUATED_ATTRIBUTES,
  UNEVALUATED_METHODS,
  VARIABLES,
} from './signatures.js';

export type Expr = ReturnType<typeof parse>['expr'];
type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value'];

export type ExpressionProblem =
  /** IAM itself would refuse it. */
  | { readonly kind: 'invalid'; readonly message: string }
  /** IAM has it; this server does not. */
  | { readonly kind: 'unevaluated'; readonly feature: string };

export interface Analysis {
  readonly type: CelTypeName;
  readonly problems: readonly ExpressionProblem[];
  /** The attributes referred to, e.g. `request.time`. */
  readonly references: ReadonlySet<string>;
  readonly logicalOperators: number;
  /**
   * When `request.time` is only ever compared with constants: those constants. The condition's value changes
   * at no other time, so it can be remembered in between. Undefined when the time is used in another way.
   */
  readonly timeConstants: readonly Expr[] | undefined;
}

export function analyse(expr: Expr): Analysis {
  const walk = new Walk();
  const type = walk.typeOf(expr);
  if (type !== 'bool' && type !== 'dyn' && walk.problems.length === 0)
    walk.invalid(`expected type 'bool' but found '${type}'`);
  return {
    type,
    problems: walk.problems,
    references: walk.references,
    logicalOperators: walk.logicalOperators,
    timeConstants: walk.timeUses === walk.timeConstants.length ? walk.timeConstants : undefined,
  };
}

const LOGICAL: ReadonlySet<string> = new Set(['_&&_', '_||_', '!_']);
const COMPARISONS: ReadonlySet<string> = new Set(['_<_', '_<=_', '_>_', '_>=_', '_==_', '_!=_']);

class Walk {
  readonly problems: ExpressionProblem[] = [];
  readonly references = new Set<string>();
  readonly timeConstants: Expr[] = [];
  logicalOperators = 0;
  timeUses = 0;

  invalid(message: string): CelTypeName {
    this.problems.push({ kind: 'invalid', message });
    return 'dyn';
  }

  typeOf(expr: Expr): CelTypeName {
    const { exprKind } = expr;
    switch (exprKind.case) {
      case 'constExpr':
        return constantType(exprKind.value.constantKind.case);
      case 'identExpr':
      case 'selectExpr':
        return this.attribute(expr);
      case 'callExpr':
        return this.call(exprKind.value);
      case 'listExpr':
        for (const element of exprKind.value.elements) this.typeOf(element);
        return 'list';
      case 'structExpr':
        if (exprKind.value.messageName !== '' || exprKind.value.entries.length > 0)
          return this.invalid('messages and maps cannot be built in a condition');
        return 'map';
      default:
        return this.invalid('macros over lists cannot be used in a condition');
    }
  }

  private attribute(expr: Expr): CelTypeName {
    if (expr.exprKind.case === 'selectExpr' && expr.exprKind.value.testOnly) {
      const { operand } = expr.exprKind.value;
      if (operand !== undefined && operand.exprKind.case === 'structExpr') this.typeOf(operand);
      else this.invalid('has() can be used with a literal only');
      return 'bool';
    }
    const path = pathOf(expr) ?? '';
    const type = Object.hasOwn(VARIABLES, path) ? VARIABLES[path] : undefined;
    this.references.add(path);
    if (path === 'request.time') this.timeUses += 1;
    if (type !== undefined) return type;
    const feature = UNEVALUATED_ATTRIBUTES.find((known) => path === known || path.startsWith(`${known}.`));
    if (feature === undefined) return this.invalid(undeclared(path));
    this.problems.push({ kind: 'unevaluated', feature });
    return 'dyn';
  }

  private call(call: Call): CelTypeName {
    if (LOGICAL.has(call.function)) this.logicalOperators += 1;
    if (call.target !== undefined) {
      const feature = `${pathOf(call.target) ?? ''}.${call.function}`;
      if (UNEVALUATED_METHODS.includes(feature)) return this.unevaluated(`${feature}()`, call.args);
      if (call.function === 'hasOnly') return this.unevaluated('hasOnly()', [call.target, ...call.args]);
    }
    if (COMPARISONS.has(call.function)) this.noteTimeComparison(call.args);
    const operands = call.target === undefined ? call.args : [call.target, ...call.args];
    return this.resolve(
      call,
      operands.map((operand) => this.typeOf(operand)),
    );
  }

  private unevaluated(feature: string, operands: readonly Expr[]): CelTypeName {
    this.problems.push({ kind: 'unevaluated', feature });
    for (const operand of operands) if (pathOf(operand) === undefined) this.typeOf(operand);
    return 'dyn';
  }

  /** Finds the form of a function that takes these types. */
  private resolve(call: Call, types: readonly CelTypeName[]): CelTypeName {
    const [first = 'dyn', second = 'dyn', third = 'dyn'] = types;
    if (call.function === '_==_' || call.function === '_!=_')
      return fits(first, second) ? 'bool' : this.noOverload(call, types);
    if (call.function === '_?_:_')
      return fits('bool', first) && fits(second, third) ? second : this.noOverload(call, types);
    const name = call.target === undefined ? call.function : `.${call.function}`;
    const forms = SIGNATURES.get(name);
    if (forms === undefined) return this.invalid(undeclared(call.function));
    const form = forms.find(
      ({ args }) => args.length === types.length && args.every((arg, i) => fits(arg, types[i] ?? 'dyn')),
    );
    return form?.result ?? this.noOverload(call, types);
  }

  private noOverload(call: Call, types: readonly CelTypeName[]): CelTypeName {
    const [target, ...rest] = types;
    const applied = call.target === undefined ? `(${types.join(', ')})` : `${target}.(${rest.join(', ')})`;
    return this.invalid(`found no matching overload for '${call.function}' applied to '${applied}'`);
  }

  /** Remembers `request.time < CONSTANT` and the like. */
  private noteTimeComparison([left, right]: readonly Expr[]): void {
    if (left === undefined || right === undefined) return;
    if (pathOf(left) === 'request.time' && isConstant(right)) this.timeConstants.push(right);
    else if (pathOf(right) === 'request.time' && isConstant(left)) this.timeConstants.push(left);
  }
}

const fits = (wanted: string, given: string) => wanted === given || wanted === 'dyn' || given === 'dyn';
const undeclared = (name: string) => `undeclared reference to '${name}' (in container '')`;

const CONSTANT_TYPES: Readonly<Record<string, CelTypeName>> = {
  boolValue: 'bool',
  stringValue: 'string',
  int64Value: 'int',
  uint64Value: 'uint',
  doubleValue: 'double',
  bytesValue: 'bytes',
  nullValue: 'null_type',
};

function constantType(kind: string | undefined): CelTypeName {
  return (kind === undefined ? undefined : CONSTANT_TYPES[kind]) ?? 'dyn';
}

/** `a.b.c` for a chain of names; undefined for anything else. */
function pathOf(expr: Expr): string | undefined {
  const { exprKind } = expr;
  if (exprKind.case === 'identExpr') return exprKind.value.name;
  if (exprKind.case !== 'selectExpr' || exprKind.value.testOnly) return undefined;
  const { operand, field } = exprKind.value;
  const parent = operand === undefined ? undefined : pathOf(operand);
  return parent === undefined ? undefined : `${parent}.${field}`;
}

/** True when the expression refers to no attribute. */
function isConstant(expr: Expr): boolean {
  const { exprKind } = expr;
  if (exprKind.case === 'constExpr') return true;
  if (exprKind.case !== 'callExpr') return false;
  const { target, args } = exprKind.value;
  return (target === undefined || isConstant(target)) && args.every(isConstant);
}
