/**
 * Filters of lists (https://google.aip.dev/160), for every API whose filters are made of comparisons:
 *
 *   expression = sequence { "AND" sequence }
 *   sequence   = factor { factor }               all of them, or any: the API says
 *   factor     = term { "OR" term }
 *   term       = [ "NOT" | "-" ] ( comparison | [ FIELD OPERATOR ] "(" expression ")" )
 *
 * A field before a parenthesis goes with every value in there: `state:(ENABLED OR DISABLED)`.
 */
import { invalidArgument } from '../google/index.js';

export type Test<T> = (item: T) => boolean;

/** What differs between the filters of APIs. */
export interface FilterLanguage<T> {
  /**
   * A comparison's test. @param clause as it was written, with its quotes
   * @throws GoogleError INVALID_ARGUMENT for one that is not supported
   */
  readonly comparison: (clause: string) => Test<T>;
  /** What comparisons side by side mean. */
  readonly sequence: (clauses: readonly string[]) => 'all' | 'any';
}

/** A parenthesis, or a word: a comparison, a value, or one of AND, OR, NOT. */
const TOKEN = /\s*(?:([()])|(-?(?:[^\s()":=<>!]+(?:(?::|!=|<=|>=|=|<|>)(?:"[^"]*"|[^\s()"]*))?|"[^"]*")))/y;

/** Deeper than anybody writes; the parser calls itself for each level. */
const DEEPEST = 50;

/**
 * @param filter lets everything through when empty
 * @throws GoogleError INVALID_ARGUMENT naming the clause that is not supported
 */
export function parseFilter<T>(filter: string, language: FilterLanguage<T>): Test<T> {
  const parser = new Parser(tokens(filter), language);
  return filter.trim() === '' ? () => true : parser.parse();
}

export const unsupportedClause = (clause: string) =>
  invalidArgument(`Invalid filter: "${clause}" is not supported.`);

function tokens(filter: string): string[] {
  const found: string[] = [];
  const text = filter.trimEnd();
  TOKEN.lastIndex = 0;
  let position = 0;
  while (position < text.length) {
    const match = TOKEN.exec(text);
    const token = match?.[1] ?? match?.[2];
    if (token === undefined) throw unsupportedClause(text.slice(position).trim());
    found.push(token);
    position = TOKEN.lastIndex;
  }
  return found;
}

class Parser<T> {
  #next = 0;
  #depth = 0;
  /** `FIELD OPERATOR` of the parenthesis that is being read. */
  #field = '';

  constructor(
    private readonly tokens: readonly string[],
    private readonly language: FilterLanguage<T>,
  ) {}

  parse(): Test<T> {
    const test = this.#expression();
    const rest = this.tokens[this.#next];
    if (rest !== undefined) throw unsupportedClause(rest);
    return test;
  }

  #take(token: string): boolean {
    if (this.tokens[this.#next] !== token) return false;
    this.#next++;
    return true;
  }

  #expression(): Test<T> {
    const parts = [this.#sequence()];
    while (this.#take('AND')) parts.push(this.#sequence());
    return (item) => parts.every((part) => part(item));
  }

  #sequence(): Test<T> {
    const start = this.#next;
    const parts = [this.#factor()];
    for (let token = this.tokens[this.#next]; token !== undefined; token = this.tokens[this.#next]) {
      if (token === ')' || token === 'AND') break;
      parts.push(this.#factor());
    }
    return this.language.sequence(this.tokens.slice(start, this.#next)) === 'all'
      ? (item) => parts.every((part) => part(item))
      : (item) => parts.some((part) => part(item));
  }

  #factor(): Test<T> {
    const parts = [this.#term()];
    while (this.#take('OR')) parts.push(this.#term());
    return (item) => parts.some((part) => part(item));
  }

  #term(): Test<T> {
    if (this.#take('NOT')) return not(this.#simple());
    const token = this.tokens[this.#next];
    if (token === '-' || token === undefined || !token.startsWith('-')) {
      return this.#take('-') ? not(this.#simple()) : this.#simple();
    }
    this.#next++;
    return not(this.#comparison(token.slice(1)));
  }

  #simple(): Test<T> {
    const token = this.tokens[this.#next++];
    if (token === undefined) throw invalidArgument('Invalid filter: it ends where a comparison is expected.');
    return token === '(' ? this.#parenthesis() : this.#comparison(token);
  }

  #comparison(clause: string): Test<T> {
    const opens = /^[^"]*[:=<>]$/.test(clause) && this.#take('(');
    if (!opens) return this.language.comparison(this.#field + clause);
    if (this.#field !== '') throw unsupportedClause(`${clause}(`);
    this.#field = clause;
    const test = this.#parenthesis();
    this.#field = '';
    return test;
  }

  /** What follows an opening parenthesis, up to the closing one. */
  #parenthesis(): Test<T> {
    if (++this.#depth > DEEPEST) throw invalidArgument(`Invalid filter: more than ${DEEPEST} parentheses.`);
    const test = this.#expression();
    if (!this.#take(')')) throw invalidArgument('Invalid filter: unbalanced parentheses.');
    this.#depth--;
    return test;
  }
}

function not<T>(test: Test<T>): Test<T> {
  return (item) => !test(item);
}
