/**
 * Reads the Logging query language (https://cloud.google.com/logging/docs/view/logging-query-language):
 *
 *     expression = alternative { [ "AND" ] alternative } ;
 *     alternative = term { "OR" term } ;                       OR binds tighter than AND
 *     term        = ( "NOT" | "-" ) term | "(" expression ")" | function | text | comparison ;
 *     comparison  = operand operator ( value | "(" values ")" | "*" ) ;
 */
import { invalidArgument } from '../../google/index.js';
import { type Expression, joined, type Literal, type Operand, type Operator } from './ast.js';
import { type FunctionReader, isFunctionName, readBooleanFunction, readOperandFunction } from './calls.js';
import { meaningError, syntaxError, type Token, tokenize } from './lexer.js';

/** The longest filter that Logging takes, in characters. */
const MAX_LENGTH = 20_000;
/** Deeper nesting than any person writes; keeps a hostile filter from exhausting the stack. */
const MAX_DEPTH = 100;

type StringToken = Extract<Token, { kind: 'string' }>;
type WordToken = Extract<Token, { kind: 'word' }>;

/**
 * Reads a filter; an empty one matches everything. Values in parentheses are spread over their comparison:
 * `severity=(ERROR OR WARNING)` becomes two comparisons.
 * @throws GoogleError INVALID_ARGUMENT that names line, column, token and what was expected there
 */
export function parseFilter(filter: string): Expression {
  if (filter.length > MAX_LENGTH) {
    throw invalidArgument(`Unparseable filter: longer than ${MAX_LENGTH} characters`);
  }
  return new Parser(filter).filter();
}

class Parser implements FunctionReader {
  readonly #tokens: Token[];
  #index = 0;
  #depth = 0;

  constructor(readonly text: string) {
    this.#tokens = tokenize(text);
  }

  filter(): Expression {
    if (this.peek().kind === 'end') return { kind: 'all', terms: [] };
    const expression = this.#expression(() => this.#primary());
    if (this.peek().kind !== 'end') this.fail('AND, OR, or the end of the filter');
    return expression;
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[this.#index + ahead] ?? this.#tokens.at(-1);
    return token ?? { kind: 'end', text: '<EOF>', at: this.text.length, glued: false };
  }

  next(): Token {
    const token = this.peek();
    this.#index++;
    return token;
  }

  /** Takes a token of that kind or fails. */
  expect(kind: '(' | ')' | ','): void {
    if (this.peek().kind !== kind) this.fail(`'${kind}'`);
    this.next();
  }

  fail(expected: string, token: Token = this.peek()): never {
    throw syntaxError(this.text, token.at, token.text, expected);
  }

  /** AND over OR over NOT; what the leaves are is the caller's: terms of a filter, or values of one comparison. */
  #expression(leaf: () => Expression): Expression {
    const terms = [this.#alternative(leaf)];
    for (;;) {
      const token = this.peek();
      if (isKeyword(token, 'AND')) this.next();
      else if (token.kind === 'end' || token.kind === ')' || token.kind === ',') break;
      terms.push(this.#alternative(leaf));
    }
    return joined('all', terms);
  }

  #alternative(leaf: () => Expression): Expression {
    const terms = [this.#term(leaf)];
    while (isKeyword(this.peek(), 'OR')) {
      this.next();
      terms.push(this.#term(leaf));
    }
    return joined('any', terms);
  }

  #term(leaf: () => Expression): Expression {
    if (++this.#depth > MAX_DEPTH) {
      throw meaningError(this.text, this.peek().at, `more than ${MAX_DEPTH} levels of nesting`);
    }
    try {
      if (isKeyword(this.peek(), 'NOT')) {
        this.next();
        return { kind: 'not', term: this.#term(leaf) };
      }
      if (this.#takeMinus()) return { kind: 'not', term: this.#term(leaf) };
      if (this.peek().kind !== '(') return leaf();
      this.next();
      const inner = this.#expression(leaf);
      this.expect(')');
      return inner;
    } finally {
      this.#depth--;
    }
  }

  /** A minus right before what it negates: `-severity=INFO`, `-"text"`, `-(a OR b)`. Leaves the rest of the word. */
  #takeMinus(): boolean {
    const token = this.peek();
    if (token.kind !== 'word' || !token.text.startsWith('-')) return false;
    if (token.text === '-') {
      this.next();
      const after = this.peek();
      if (after.kind === 'end' || !after.glued) this.fail('a term right after the minus', after);
      return true;
    }
    // A negative number among values is a value.
    if (this.#inValues && isNumeric(token.text)) return false;
    this.#tokens[this.#index] = { ...token, text: token.text.slice(1), at: token.at + 1, glued: true };
    return true;
  }

  #inValues = false;

  #primary(): Expression {
    const start = this.peek();
    if (start.kind !== 'word' && start.kind !== 'string') {
      this.fail(start.kind === 'operator' ? 'a field or a value before the operator' : 'a field or a value');
    }
    if (isAnyKeyword(start)) this.fail('a field or a value');
    const call = this.#callName();
    if (call !== undefined) {
      const read = readBooleanFunction(call, this);
      if (read) return read;
    }
    const textEnd = this.peek(1);
    const operand = this.operand();
    const token = this.peek();
    if (token.kind === 'operator') return this.#comparison(operand, token.text, token.at);
    if (operand.kind !== 'field' || this.peek() !== textEnd) this.fail('a comparison operator');
    return { kind: 'text', text: start.text };
  }

  /** The name of a function when one is called here: a word with its parenthesis right behind it. */
  #callName(): string | undefined {
    const [token, after] = [this.peek(), this.peek(1)];
    if (token.kind !== 'word' || after.kind !== '(' || !after.glued) return undefined;
    if (!isFunctionName(token.text)) {
      throw meaningError(this.text, token.at, `unknown function '${token.text}'`);
    }
    return token.text.toUpperCase();
  }

  /** What stands left of an operator: a field, CAST or REGEXP_EXTRACT. */
  operand(): Operand {
    if (++this.#depth > MAX_DEPTH) {
      throw meaningError(this.text, this.peek().at, `more than ${MAX_DEPTH} levels of nesting`);
    }
    try {
      const call = this.#callName();
      if (call === undefined) return this.#path();
      return readOperandFunction(call, this) ?? this.fail('a field, CAST or REGEXP_EXTRACT');
    } finally {
      this.#depth--;
    }
  }

  /** A field's path: names separated by dots, each of them quoted where it holds special characters. */
  #path(): Operand {
    const first = this.peek();
    const path: string[] = [];
    let wantsName = true;
    for (let token = first; token === first || token.glued; token = this.peek()) {
      if (token.kind === 'string') {
        if (!wantsName) this.fail('a dot before this part of the path');
        path.push(token.text);
        wantsName = false;
      } else if (token.kind === 'word' && (token === first || wantsName !== token.text.startsWith('.'))) {
        const names = token.text.split('.');
        if (token !== first && !wantsName) names.shift();
        wantsName = names.at(-1) === '';
        if (wantsName) names.pop();
        path.push(...names);
      } else if (token === first || token.kind === 'word') {
        this.fail('a field');
      } else {
        break;
      }
      this.next();
    }
    const [next] = [this.peek()];
    // A bare value such as `3.` or `...` is text; as a field it would have an empty name.
    if (next.kind === 'operator' && (wantsName || path.includes('')))
      this.fail('a field without empty names', first);
    return { kind: 'field', path, at: first.at };
  }

  #comparison(operand: Operand, op: Operator, at: number): Expression {
    this.next();
    if (this.peek().kind === '*') {
      if (op !== ':') this.fail("a value ('*' stands only after ':')");
      this.next();
      return { kind: 'present', operand };
    }
    const leaf = (): Expression => ({ kind: 'compare', operand, op, value: this.#value(op), at });
    if (this.peek().kind !== '(') return leaf();
    this.#inValues = true;
    const spread = this.#values(leaf);
    this.#inValues = false;
    return spread;
  }

  #values(leaf: () => Expression): Expression {
    this.next();
    const values = this.#expression(leaf);
    this.expect(')');
    return values;
  }

  #value(op: Operator): Literal {
    const token = this.peek();
    if (op === '=~' || op === '!~') return { text: this.pattern(), quoted: true };
    if ((token.kind !== 'word' && token.kind !== 'string') || isAnyKeyword(token)) this.fail('a value');
    this.next();
    const after = this.peek();
    if (after.glued && after.kind !== ')' && after.kind !== ',')
      this.fail('a blank after the value, or quotes around it');
    return { text: token.text, quoted: token.kind === 'string' };
  }

  /** A regular expression: always in double quotes. */
  pattern(): string {
    const token = this.peek();
    if (token.kind !== 'string' || token.quote !== '"') this.fail('a regular expression in double quotes');
    this.next();
    return token.pattern;
  }

  /** A word or string as a function's argument. */
  argument(what: string): StringToken | WordToken {
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'string') this.fail(what);
    this.next();
    return token;
  }
}

function isKeyword(token: Token, keyword: 'AND' | 'OR' | 'NOT'): boolean {
  return token.kind === 'word' && token.text === keyword;
}
function isAnyKeyword(token: Token): boolean {
  return isKeyword(token, 'AND') || isKeyword(token, 'OR') || isKeyword(token, 'NOT');
}
function isNumeric(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
}
