/** What a condition's expression refers to and whether its types fit: one walk over its syntax tree. */
import type { parse } from '@bufbuild/cel';
import {
  type Call,
  type Expr,
  isConstant,
  isEmptyList,
  methodOffset,
  offsetOf,
  type Positions,
  pathOf,
  textOf,
} from './expressions.js';
import { type CelTypeName, MODIFIED_GRANTS, SIGNATURES, TAG_FUNCTIONS, VARIABLES } from './signatures.js';

export type { Expr } from './expressions.js';

/** The checks of IAM's linter that refuse a condition (https://cloud.google.com/iam/docs/linting-policies#units). */
export type ErrorUnit =
  | 'ConditionCompileCheck'
  | 'DrgGetAttributeDefaultValueCheck'
  | 'HasOnlyListConstCheck'
  | 'HasOnlyListLengthCheck';

export interface ExpressionProblem {
  readonly unit: ErrorUnit;
  readonly message: string;
  /** The character that it is about, counted from 0. */
  readonly offset: number;
}

export interface Analysis {
  readonly type: CelTypeName;
  readonly problems: readonly ExpressionProblem[];
  /** The attributes referred to, e.g. `request.time`. */
  readonly references: ReadonlySet<string>;
  /** Does it ask for the resource's tags? */
  readonly asksTags: boolean;
  /** The names that it gives to `api.getAttribute()`. */
  readonly apiAttributes: ReadonlySet<string>;
  readonly logicalOperators: number;
  /**
   * When `request.time` is only ever compared with constants: those constants. The condition's value changes
   * at no other time, so it can be remembered in between. Undefined when the time is used in another way.
   */
  readonly timeConstants: readonly Expr[] | undefined;
}

export function analyse({ expr, sourceInfo }: ReturnType<typeof parse>): Analysis {
  const walk = new Walk(sourceInfo?.positions ?? {});
  const type = walk.typeOf(expr);
  if (type !== 'bool' && type !== 'dyn' && walk.problems.length === 0)
    walk.invalid(`expected type 'bool' but found '${type}'`, expr);
  return {
    type,
    problems: walk.problems,
    references: walk.references,
    asksTags: walk.asksTags,
    apiAttributes: walk.apiAttributes,
    logicalOperators: walk.logicalOperators,
    timeConstants: walk.timeUses === walk.timeConstants.length ? walk.timeConstants : undefined,
  };
}

const LOGICAL: ReadonlySet<string> = new Set(['_&&_', '_||_', '!_']);
const COMPARISONS: ReadonlySet<string> = new Set(['_<_', '_<=_', '_>_', '_>=_', '_==_', '_!=_']);
/** "a maximum of 10 elements" */
const MAX_HAS_ONLY = 10;

class Walk {
  readonly problems: ExpressionProblem[] = [];
  readonly references = new Set<string>();
  readonly apiAttributes = new Set<string>();
  readonly timeConstants: Expr[] = [];
  asksTags = false;
  logicalOperators = 0;
  timeUses = 0;

  constructor(private readonly positions: Positions) {}

  invalid(message: string, at: Expr): CelTypeName {
    this.refuse('ConditionCompileCheck', message, offsetOf(at, this.positions));
    return 'dyn';
  }

  private refuse(unit: ErrorUnit, message: string, offset: number): void {
    this.problems.push({ unit, message, offset });
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
        return this.call(exprKind.value, expr);
      case 'listExpr':
        for (const element of exprKind.value.elements) this.typeOf(element);
        return 'list';
      case 'structExpr':
        if (exprKind.value.messageName !== '' || exprKind.value.entries.length > 0)
          return this.invalid('messages and maps cannot be built in a condition', expr);
        return 'map';
      default:
        return this.invalid('macros over lists cannot be used in a condition', expr);
    }
  }

  private attribute(expr: Expr): CelTypeName {
    if (expr.exprKind.case === 'selectExpr' && expr.exprKind.value.testOnly) {
      const { operand } = expr.exprKind.value;
      if (operand !== undefined && operand.exprKind.case === 'structExpr') this.typeOf(operand);
      else this.invalid('has() can be used with a literal only', expr);
      return 'bool';
    }
    const path = pathOf(expr) ?? '';
    const type = Object.hasOwn(VARIABLES, path) ? VARIABLES[path] : undefined;
    this.references.add(path);
    if (path === 'request.time') this.timeUses += 1;
    return type ?? this.invalid(undeclared(path), expr);
  }

  private call(call: Call, expr: Expr): CelTypeName {
    if (LOGICAL.has(call.function)) this.logicalOperators += 1;
    const target = call.target && pathOf(call.target);
    if (target === 'resource' && TAG_FUNCTIONS.has(call.function)) return this.tagFunction(call, expr);
    if (target === 'api' && call.function === 'getAttribute') return this.apiAttribute(call, expr);
    if (call.target !== undefined && call.function === 'hasOnly') this.checkHasOnly(call, expr);
    if (COMPARISONS.has(call.function)) this.noteTimeComparison(call.args);
    const operands = call.target === undefined ? call.args : [call.target, ...call.args];
    const types = operands.map((operand) => this.typeOf(operand));
    return this.resolve(call, types, expr);
  }

  private tagFunction(call: Call, expr: Expr): CelTypeName {
    this.asksTags = true;
    const types = call.args.map((argument) => this.typeOf(argument));
    const fitting =
      types.length === TAG_FUNCTIONS.get(call.function) && types.every((type) => fits('string', type));
    return fitting ? 'bool' : this.noOverload(call, ['resource', ...types], expr);
  }

  /** `api.getAttribute(NAME, DEFAULT)` is of the default's type. */
  private apiAttribute(call: Call, expr: Expr): CelTypeName {
    const [name, byDefault, ...others] = call.args;
    const types = call.args.map((argument) => this.typeOf(argument));
    const text = name && textOf(name);
    if (text === undefined || byDefault === undefined || others.length > 0)
      return this.noOverload(call, ['api', ...types], expr);
    this.apiAttributes.add(text);
    if (text === MODIFIED_GRANTS && !isEmptyList(byDefault)) {
      const message = `api.getAttribute call on '${text}' can only accept empty list ('[]') as default value.`;
      this.refuse('DrgGetAttributeDefaultValueCheck', message, offsetOf(byDefault, this.positions));
    }
    return types[1] ?? 'dyn';
  }

  private checkHasOnly({ args: [list] }: Call, expr: Expr): void {
    if (list?.exprKind.case !== 'listExpr') return;
    const { elements } = list.exprKind.value;
    const computed = elements.find(({ exprKind }) => exprKind.case !== 'constExpr');
    if (computed) {
      const message =
        'hasOnly() expects an argument of type list containing only const values, but a non-const expression was found in the list.';
      this.refuse('HasOnlyListConstCheck', message, offsetOf(computed, this.positions));
    }
    if (elements.length <= MAX_HAS_ONLY) return;
    const message = `The list argument to hasOnly() cannot have more than ${MAX_HAS_ONLY} elements`;
    this.refuse('HasOnlyListLengthCheck', message, methodOffset(expr, this.positions));
  }

  /** Finds the form of a function that takes these types. */
  private resolve(call: Call, types: readonly CelTypeName[], expr: Expr): CelTypeName {
    const [first = 'dyn', second = 'dyn', third = 'dyn'] = types;
    if (call.function === '_==_' || call.function === '_!=_')
      return fits(first, second) ? 'bool' : this.noOverload(call, types, expr);
    if (call.function === '_?_:_')
      return fits('bool', first) && fits(second, third) ? second : this.noOverload(call, types, expr);
    const name = call.target === undefined ? call.function : `.${call.function}`;
    const forms = SIGNATURES.get(name);
    if (forms === undefined) return this.invalid(undeclared(call.function), expr);
    const form = forms.find(
      ({ args }) => args.length === types.length && args.every((arg, i) => fits(arg, types[i] ?? 'dyn')),
    );
    return form?.result ?? this.noOverload(call, types, expr);
  }

  private noOverload(call: Call, types: readonly string[], expr: Expr): CelTypeName {
    const [target, ...rest] = types;
    const applied = call.target === undefined ? `(${types.join(', ')})` : `${target}.(${rest.join(', ')})`;
    return this.invalid(`found no matching overload for '${call.function}' applied to '${applied}'`, expr);
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
