/**
 * A condition's statements: what its `&&`, `||` and `!` join, read from the text, since explanations say where each
 * stands in it.
 */
import type { ConditionResult } from '../types.js';

/** Positions count characters; `end` is the first one behind. */
export type Statement =
  | { readonly kind: 'leaf'; readonly start: number; readonly end: number }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Statement[] }
  | { readonly kind: 'not'; readonly part: Statement };

/** Deeper than any condition that IAM takes: what lies below is one statement. */
const MAX_DEPTH = 50;

/** Takes an expression apart. One that CEL would not parse comes back in some parts or other. */
export function statementsOf(expression: string): Statement {
  return read(expression, 0, expression.length, 0);
}

/** All statements in the order of the text. */
export function leavesOf(statement: Statement): readonly Extract<Statement, { kind: 'leaf' }>[] {
  switch (statement.kind) {
    case 'leaf':
      return [statement];
    case 'not':
      return leavesOf(statement.part);
    default:
      return statement.parts.flatMap(leavesOf);
  }
}

/**
 * The value of the whole, by those of its statements: as CEL has it, where `false && x` is false and `true || x` is
 * true whatever comes of x (https://github.com/google/cel-spec/blob/master/doc/langdef.md#logical-operators).
 */
export function statementValue(
  statement: Statement,
  ofLeaf: (start: number, end: number) => ConditionResult,
): ConditionResult {
  switch (statement.kind) {
    case 'leaf':
      return ofLeaf(statement.start, statement.end);
    case 'not': {
      const { value, ...rest } = statementValue(statement.part, ofLeaf);
      return { ...rest, value: value === 'true' ? 'false' : value === 'false' ? 'true' : value };
    }
    default: {
      const results = statement.parts.map((part) => statementValue(part, ofLeaf));
      const settles = statement.kind === 'and' ? 'false' : 'true';
      const one = (value: ConditionResult['value']) => results.find((result) => result.value === value);
      return (
        one(settles) ??
        one('unknown') ??
        one('error') ?? { value: statement.kind === 'and' ? 'true' : 'false' }
      );
    }
  }
}

function read(text: string, from: number, to: number, depth: number): Statement {
  let start = from;
  let end = to;
  while (start < end && /\s/.test(text.charAt(start))) start++;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  const leaf = { kind: 'leaf', start, end } as const;
  const marks = depth < MAX_DEPTH ? marksIn(text, start, end) : undefined;
  if (marks === undefined || marks.ternary) return leaf;
  for (const [kind, at] of [
    ['or', marks.or],
    ['and', marks.and],
  ] as const) {
    if (at.length === 0) continue;
    const bounds = [start - 2, ...at, end];
    const parts = at.concat(end).map((stop, i) => read(text, (bounds[i] ?? start) + 2, stop, depth + 1));
    return { kind, parts };
  }
  const negated = text.charAt(start) === '!';
  const inner = negated ? start + 1 : start;
  if (text.charAt(inner) !== '(' || marks.firstClose !== end - 1) return leaf;
  const part = read(text, inner + 1, end - 1, depth + 1);
  return negated ? { kind: 'not', part } : part;
}

interface Marks {
  /** Where the operators stand that no bracket holds. */
  readonly or: number[];
  readonly and: number[];
  ternary: boolean;
  /** Where the first bracket closes; -1 without one. */
  firstClose: number;
}

/** Undefined for what is better left whole: brackets that do not match, and comments. */
function marksIn(text: string, start: number, end: number): Marks | undefined {
  const marks: Marks = { or: [], and: [], ternary: false, firstClose: -1 };
  let depth = 0;
  for (let at = start; at < end; at++) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") at = endOfText(text, at, start) - 1;
    else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) {
      if (--depth < 0) return undefined;
      if (depth === 0 && marks.firstClose < 0) marks.firstClose = at;
    } else if (text.startsWith('//', at)) return undefined;
    else if (depth > 0) continue;
    else if (character === '?') marks.ternary = true;
    else if (text.startsWith('||', at)) marks.or.push(at++);
    else if (text.startsWith('&&', at)) marks.and.push(at++);
  }
  return depth === 0 ? marks : undefined;
}

/** Where the text literal that begins at a quote ends. */
function endOfText(text: string, at: number, start: number): number {
  const quote = text.charAt(at);
  const delimiter = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  const raw = /(?:^|[^A-Za-z0-9_])[bB]?[rR]$|(?:^|[^A-Za-z0-9_])[rR][bB]$/.test(
    text.slice(Math.max(start, at - 3), at),
  );
  for (let i = at + delimiter.length; i < text.length; i++) {
    if (!raw && text.charAt(i) === '\\') i++;
    else if (text.startsWith(delimiter, i)) return i + delimiter.length;
  }
  return text.length;
}
