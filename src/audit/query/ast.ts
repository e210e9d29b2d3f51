/** The Logging query language as a tree. */

export type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | ':' | '=~' | '!~';

export const CAST_TYPES = ['STRING', 'INT64', 'FLOAT64', 'BOOL', 'TIMESTAMP', 'DURATION'] as const;
export type CastType = (typeof CAST_TYPES)[number];

/** A value as written. Quoting matters: only the bare word NULL_VALUE is null. */
export interface Literal {
  readonly text: string;
  readonly quoted: boolean;
}

/** What stands left of an operator. `at` is the offset in the filter, for messages. */
export type Operand =
  | { readonly kind: 'field'; readonly path: readonly string[]; readonly at: number }
  | { readonly kind: 'cast'; readonly of: Operand; readonly type: CastType; readonly at: number }
  | { readonly kind: 'extract'; readonly from: Operand; readonly pattern: string; readonly at: number };

export type Expression =
  /** No terms: everything matches. */
  | { readonly kind: 'all'; readonly terms: readonly Expression[] }
  | { readonly kind: 'any'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  /** A value alone: some field contains it. */
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'compare';
      readonly operand: Operand;
      readonly op: Operator;
      readonly value: Literal;
      readonly at: number;
    }
  /** `field:*` */
  | { readonly kind: 'present'; readonly operand: Operand }
  | { readonly kind: 'log-id'; readonly id: string }
  | { readonly kind: 'source'; readonly resource: string; readonly at: number }
  | { readonly kind: 'sample'; readonly operand: Operand; readonly fraction: number }
  | { readonly kind: 'ip-in-net'; readonly operand: Operand; readonly subnet: string; readonly at: number }
  /** Without an operand: in any field. */
  | { readonly kind: 'search'; readonly operand?: Operand; readonly query: string; readonly at: number };

/** Joins terms by AND or OR; nested ones of the same kind become one, a single one stands alone. */
export function joined(kind: 'all' | 'any', terms: readonly Expression[]): Expression {
  const flat = terms.flatMap((term) => (term.kind === kind ? term.terms : [term]));
  const [only, ...rest] = flat;
  return only !== undefined && rest.length === 0 ? only : { kind, terms: flat };
}
