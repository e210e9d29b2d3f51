/**
 * CEL as providers of workload identity pools have it: the language of conditions, and the functions on strings
 * (https://cloud.google.com/iam/docs/workload-identity-federation#mapping).
 */
import {
  type CelEnv,
  type CelInput,
  celEnv,
  celMap,
  isCelError,
  isCelList,
  parse,
  plan,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { commonFunctions } from '../conditions/environment.js';

/** JSON, as an identity provider's token has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What expressions may name. */
export type Names = Readonly<Record<string, Json>>;

/** What an expression comes to; undefined when it cannot be evaluated, as for a claim that is not there. */
export type Evaluate = (names: Names) => unknown;

let environment: CelEnv | undefined;

const federationEnvironment = (): CelEnv => {
  environment ??= celEnv({ funcs: [...commonFunctions(), ...strings] });
  return environment;
};

/**
 * Plans an expression.
 * @param known the names that it may use
 * @returns or says why it cannot be, in the words of IAM's parser (`Parse expression:LINE:COLUMN`)
 */
export function planExpression(
  expression: string,
  known: readonly string[],
):
  | { readonly ok: true; readonly evaluate: Evaluate; readonly names: ReadonlySet<string> }
  | { readonly ok: false; readonly message: string } {
  try {
    const { expr } = parse(expression);
    const names = namesIn(expr);
    const stranger = [...names].find((name) => !known.includes(name));
    if (stranger !== undefined) {
      return { ok: false, message: `undeclared reference to '${stranger}' (in container '')` };
    }
    const run = plan(federationEnvironment(), expr);
    return { ok: true, names, evaluate: (values) => evaluated(run, values) };
  } catch (error) {
    const message = error instanceof RangeError ? 'the expression is nested too deeply' : String(error);
    return { ok: false, message: message.replace(/^.*<input>/, 'Parse expression') };
  }
}

function evaluated(run: (names: Record<string, CelInput>) => unknown, names: Names): unknown {
  const values = Object.entries(names).map(([name, value]) => [name, celOf(value)] as const);
  const result = run(Object.fromEntries(values));
  return isCelError(result) ? undefined : isCelList(result) ? [...result] : result;
}

/** Objects become maps: a claim may have any name. */
function celOf(value: Json): CelInput {
  if (isArray(value)) return value.map(celOf);
  if (typeof value !== 'object' || value === null) return value;
  return celMap(new Map(Object.entries(value).map(([key, item]) => [key, celOf(item)])));
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

/**
 * The variables of an expression. Macros (`all`, `exists`, `map`) bring names of their own, which are none.
 * @param node any part of a syntax tree
 */
function namesIn(node: unknown, bound: readonly string[] = []): ReadonlySet<string> {
  if (typeof node !== 'object' || node === null) return new Set();
  if ('case' in node && 'value' in node && typeof node.value === 'object' && node.value !== null) {
    if (node.case === 'identExpr' && 'name' in node.value) {
      const name = String(node.value.name);
      return new Set(bound.includes(name) ? [] : [name]);
    }
    if (node.case === 'comprehensionExpr' && 'iterVar' in node.value && 'accuVar' in node.value) {
      return namesBelow(node.value, [...bound, String(node.value.iterVar), String(node.value.accuVar)]);
    }
  }
  return namesBelow(node, bound);
}

function namesBelow(node: object, bound: readonly string[]): ReadonlySet<string> {
  return new Set(Object.values(node).flatMap((part) => [...namesIn(part, bound)]));
}
