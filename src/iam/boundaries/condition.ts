/**
 * Conditions of policy bindings: who is subject to the policy
 * (https://cloud.google.com/iam/docs/conditions-attribute-reference#principals).
 */
import type { parse } from '@bufbuild/cel';
import { emailOf, type Principal } from '../../names/index.js';
import { type ConditionCheck, lint } from '../conditions/check.js';
import { parseExpression } from '../conditions/condition.js';
import type { ConditionResult } from '../conditions/types.js';

/** "Cannot contain more than 250 characters" (google.iam.v3.PolicyBinding.condition). */
const MAX_CHARACTERS = 250;
/** "Joined by up to 10 logical operators" (https://cloud.google.com/iam/docs/principal-access-boundary-policies#conditions). */
const MAX_OPERATORS = 10;

export const PRINCIPAL_TYPES = [
  'WorkspaceIdentity',
  'WorkforcePoolIdentity',
  'WorkloadPoolIdentity',
  'ServiceAccount',
].map((type) => `iam.googleapis.com/${type}`);
const [WORKSPACE, WORKFORCE, WORKLOAD, SERVICE_ACCOUNT] = PRINCIPAL_TYPES;

type Expr = ReturnType<typeof parse>['expr'];

/** Whom a condition is asked about. */
interface Asked {
  readonly principal: Principal;
}

/** A condition of a binding, read once. */
export interface PrincipalCondition {
  readonly expression: string;
  /** `error` for an expression that is none: the policy is enforced then. */
  evaluate(asked: Asked): ConditionResult;
}

type Test = (principal: Principal) => boolean;
type Read =
  | { readonly ok: true; readonly test: Test; readonly operators: number }
  | { readonly ok: false; readonly message: string };

const TRUE: ConditionResult = { value: 'true' };
const FALSE: ConditionResult = { value: 'false' };

/** Never throws: what cannot be read says so when it is evaluated. */
export function compilePrincipalCondition(expression: string): PrincipalCondition {
  const read = readCondition(expression);
  if (!read.ok) {
    const result: ConditionResult = { value: 'error', note: read.message };
    return { expression, evaluate: () => result };
  }
  return { expression, evaluate: ({ principal }) => (read.test(principal) ? TRUE : FALSE) };
}

/** Checks an expression before a binding is stored. */
export function checkPrincipalCondition(expression: string): ConditionCheck {
  if (expression.length > MAX_CHARACTERS) {
    return lint(
      'ConditionComplexityCheck',
      `the expression has ${expression.length} characters; at most ${MAX_CHARACTERS} are allowed`,
    );
  }
  const read = readCondition(expression);
  if (!read.ok) return lint('ConditionCompileCheck', read.message);
  if (read.operators <= MAX_OPERATORS) return { ok: true };
  return lint(
    'ConditionComplexityCheck',
    `the expression has ${read.operators} logical operators; at most ${MAX_OPERATORS} are allowed`,
  );
}

function readCondition(expression: string): Read {
  const parsed = parseExpression(expression);
  return parsed.ok ? readExpr(parsed.expr) : parsed;
}

/** Operators on the attributes, by their names in CEL's syntax tree. */
const LOGICAL: ReadonlySet<string> = new Set(['_&&_', '_||_', '!_']);

function readExpr({ exprKind }: Expr): Read {
  if (exprKind.case !== 'callExpr') return unsupported('something that is no comparison');
  const { function: name, target, args } = exprKind.value;
  if (!LOGICAL.has(name) || target !== undefined) return readComparison(name, target, args);
  const tests: Test[] = [];
  let operators = 1;
  for (const arg of args) {
    const read = readExpr(arg);
    if (!read.ok) return read;
    tests.push(read.test);
    operators += read.operators;
  }
  return { ok: true, operators, test: joined(name, tests) };
}

function joined(operator: string, tests: readonly Test[]): Test {
  if (operator === '_&&_') return (principal) => tests.every((test) => test(principal));
  if (operator === '_||_') return (principal) => tests.some((test) => test(principal));
  return (principal) => !tests.some((test) => test(principal));
}

function readComparison(name: string, target: Expr | undefined, args: readonly Expr[]): Read {
  const [left, right] = target === undefined ? args : [target, ...args];
  const attribute = attributeIn(left);
  if (attribute === undefined || left === undefined || right === undefined || args.length > 2) {
    return unsupported(`'${plain(name)}' on something else`);
  }
  const values = textsIn(right, name === '@in');
  if (values === undefined) return unsupported(`'${plain(name)}' with something that is not written out`);
  const compare = comparisonOf(name, target !== undefined, attribute);
  if (compare === undefined) return unsupported(`'${plain(name)}' on principal.${attribute}`);
  if (attribute === 'type') {
    const wrong = values.find((value) => !PRINCIPAL_TYPES.includes(value));
    if (wrong !== undefined) return { ok: false, message: `'${wrong}' is no type of principals` };
  }
  const of = ATTRIBUTES[attribute];
  return { ok: true, operators: 0, test: (principal) => compare(of(principal), values) };
}

type Comparison = (value: string, with_: readonly string[]) => boolean;

/** "Allowed operations" of each attribute (google.iam.v3.PolicyBinding.condition). */
function comparisonOf(name: string, method: boolean, attribute: Attribute): Comparison | undefined {
  switch (method ? `${attribute}.${name}` : name) {
    case '_==_':
    case '@in':
      return (value, texts) => texts.includes(value);
    case '_!=_':
      return (value, texts) => !texts.includes(value);
    case 'subject.startsWith':
      return (value, [text = '']) => value.startsWith(text);
    case 'subject.endsWith':
      return (value, [text = '']) => value.endsWith(text);
    default:
      return undefined;
  }
}

type Attribute = 'type' | 'subject';

const ATTRIBUTES: Readonly<Record<Attribute, (principal: Principal) => string>> = {
  type: (principal) => typeOf(principal) ?? '',
  subject: (principal) => (principal.kind === 'federated' ? principal.subject : (emailOf(principal) ?? '')),
};

function typeOf(principal: Principal): string | undefined {
  switch (principal.kind) {
    case 'user':
      return WORKSPACE;
    case 'serviceAccount':
      return SERVICE_ACCOUNT;
    case 'federated':
      return principal.pool.includes('/workforcePools/') ? WORKFORCE : WORKLOAD;
    case 'anonymous':
      return undefined;
  }
}

function attributeIn(expr: Expr | undefined): Attribute | undefined {
  if (expr?.exprKind.case !== 'selectExpr') return undefined;
  const { operand, field, testOnly } = expr.exprKind.value;
  const onPrincipal = operand?.exprKind.case === 'identExpr' && operand.exprKind.value.name === 'principal';
  return onPrincipal && !testOnly && (field === 'type' || field === 'subject') ? field : undefined;
}

function textsIn({ exprKind }: Expr, list: boolean): readonly string[] | undefined {
  if (!list) {
    const constant = exprKind.case === 'constExpr' ? exprKind.value.constantKind : undefined;
    return constant?.case === 'stringValue' ? [constant.value] : undefined;
  }
  if (exprKind.case !== 'listExpr') return undefined;
  const texts = exprKind.value.elements.map((element) => textsIn(element, false)?.[0]);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

const plain = (name: string) => name.replaceAll(/[_@]/g, '');

const unsupported = (found: string): Read => ({
  ok: false,
  message: `conditions of policy bindings can only compare principal.type and principal.subject with texts written out, joined by &&, || and !; found ${found}`,
});
