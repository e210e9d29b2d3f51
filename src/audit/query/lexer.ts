/** Words, strings and operators of the Logging query language. */
import { type GoogleError, invalidArgument } from '../../google/index.js';
import type { Operator } from './ast.js';

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly at: number; readonly glued: boolean }
  | {
      readonly kind: 'string';
      /** Without quotes, escapes resolved. */
      readonly text: string;
      /** The same as a regular expression, where `\\b` is a word boundary and no backspace. */
      readonly pattern: string;
      readonly quote: string;
      readonly at: number;
      readonly glued: boolean;
    }
  | { readonly kind: 'operator'; readonly text: Operator; readonly at: number; readonly glued: boolean }
  | {
      readonly kind: '(' | ')' | ',' | '*';
      readonly text: string;
      readonly at: number;
      readonly glued: boolean;
    }
  | { readonly kind: 'end'; readonly text: '<EOF>'; readonly at: number; readonly glued: boolean };

const BLANK = /(?:\s+|--[^\n]*)+/y;
/** What unquoted text may hold; anything else needs quotes. */
const WORD = /[\p{L}\p{M}\p{N}_\-./@+$%#]+/uy;
const OPERATOR = /=~|!~|!=|>=|<=|=|>|<|:/y;
const QUOTED = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y;
const OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '>', '<', '>=', '<=', ':', '=~', '!~']);

function isOperator(text: string): text is Operator {
  return OPERATORS.has(text);
}

/**
 * Splits a filter into tokens, dropping blanks and comments. A token is `glued` when nothing stands between it and
 * the one before: `labels."a/b"` is one path, `labels "a/b"` are two terms.
 * @throws GoogleError INVALID_ARGUMENT for a character that fits nowhere or a string without its end
 */
export function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(filter)?.[0];
  };
  let glued = false;
  while (at < filter.length) {
    const start = at;
    // A word takes hyphens in, so a comment can only begin where a token could.
    const blank = take(BLANK);
    if (blank !== undefined) {
      at += blank.length;
      glued = false;
      continue;
    }
    const quoted = take(QUOTED);
    const word = quoted === undefined ? take(WORD) : undefined;
    const operator = take(OPERATOR);
    const char = filter.charAt(at);
    if (quoted !== undefined) {
      const text = withoutEscapes(filter, quoted, at, SIMPLE_ESCAPES);
      tokens.push({
        kind: 'string',
        text,
        pattern: withoutEscapes(filter, quoted, at, {}),
        quote: char,
        at,
        glued,
      });
      at += quoted.length;
    } else if (word !== undefined) {
      tokens.push({ kind: 'word', text: word, at, glued });
      at += word.length;
    } else if (operator !== undefined && isOperator(operator)) {
      tokens.push({ kind: 'operator', text: operator, at, glued });
      at += operator.length;
    } else if (char === '(' || char === ')' || char === ',' || char === '*') {
      tokens.push({ kind: char, text: char, at, glued });
      at += 1;
    } else {
      const wanted =
        char === '"' || char === "'" ? `a closing ${char}` : 'text with this character in quotes';
      throw syntaxError(filter, start, String.fromCodePoint(filter.codePointAt(at) ?? 0), wanted);
    }
    glued = true;
  }
  tokens.push({ kind: 'end', text: '<EOF>', at, glued: false });
  return tokens;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Resolves a string's escapes. A backslash before any other character stays, so that regular expressions need no
 * doubled backslashes: `"\d+"` is what it looks like; `\\` is one backslash everywhere.
 */
function withoutEscapes(
  filter: string,
  quoted: string,
  at: number,
  simple: Readonly<Record<string, string>>,
): string {
  return quoted
    .slice(1, -1)
    .replace(
      /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{3})|([\s\S]))/g,
      (all, ...groups) => {
        const [u, U, x, octal, char]: (string | undefined)[] = groups;
        if (char !== undefined) {
          if (char === '\\' || char === '"' || char === "'") return char;
          return (Object.hasOwn(simple, char) ? simple[char] : undefined) ?? all;
        }
        const code = octal === undefined ? Number.parseInt(u ?? U ?? x ?? '', 16) : Number.parseInt(octal, 8);
        if (code > 0x10ffff) throw syntaxError(filter, at, all, 'a Unicode character');
        return String.fromCodePoint(code);
      },
    );
}

/** The line and column of an offset, both counted from 1. */
export function position(filter: string, at: number): string {
  const before = filter.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/** What the Logging API says to a filter it cannot read. */
export function syntaxError(filter: string, at: number, token: string, expected: string): GoogleError {
  return invalidArgument(
    `Unparseable filter: syntax error at ${position(filter, at)}, token '${token}': expected ${expected}`,
  );
}

/** The same for a filter that reads well but asks for what cannot be. */
export function meaningError(filter: string, at: number, problem: string): GoogleError {
  return invalidArgument(`Unparseable filter: ${problem} at ${position(filter, at)}`);
}
