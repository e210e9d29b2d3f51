/** The functions of the Logging query language, as calls are read. Names are matched without regard to case. */
import { CAST_TYPES, type CastType, type Expression, type Operand } from './ast.js';
import { meaningError, type Token } from './lexer.js';

/** What reading a call needs of the parser. */
export interface FunctionReader {
  readonly text: string;
  peek(ahead?: number): Token;
  next(): Token;
  expect(kind: '(' | ')' | ','): void;
  fail(expected: string, token?: Token): never;
  operand(): Operand;
  pattern(): string;
  argument(what: string): Extract<Token, { kind: 'word' | 'string' }>;
}

const NAMES: ReadonlySet<string> = new Set([
  'LOG_ID',
  'SOURCE',
  'SAMPLE',
  'IP_IN_NET',
  'SEARCH',
  'CAST',
  'REGEXP_EXTRACT',
]);

export function isFunctionName(name: string): boolean {
  return NAMES.has(name.toUpperCase());
}

/** Reads a function that is a term by itself; undefined when the function gives a value to compare instead. */
export function readBooleanFunction(name: string, reader: FunctionReader): Expression | undefined {
  if (name === 'CAST' || name === 'REGEXP_EXTRACT') return undefined;
  const { at } = reader.next();
  reader.expect('(');
  const expression = readArguments(name, reader, at);
  reader.expect(')');
  return expression;
}

function readArguments(name: string, reader: FunctionReader, at: number): Expression {
  switch (name) {
    case 'LOG_ID':
      return { kind: 'log-id', id: reader.argument('the id of a log').text };
    case 'SOURCE':
      return { kind: 'source', resource: reader.argument('a resource such as projects/ID').text, at };
    case 'SAMPLE': {
      const operand = reader.operand();
      reader.expect(',');
      return { kind: 'sample', operand, fraction: fraction(reader) };
    }
    case 'IP_IN_NET': {
      const operand = reader.operand();
      reader.expect(',');
      return {
        kind: 'ip-in-net',
        operand,
        subnet: reader.argument('a subnet such as "10.0.0.0/8"').text,
        at,
      };
    }
    default: {
      // SEARCH(query) or SEARCH(field, query): only the comma tells what comes first.
      if (reader.peek(1).kind === ')') return { kind: 'search', query: reader.argument('a query').text, at };
      const operand = reader.operand();
      reader.expect(',');
      return { kind: 'search', operand, query: reader.argument('a query').text, at };
    }
  }
}

function fraction(reader: FunctionReader): number {
  const token = reader.argument('a fraction between 0 and 1');
  const value = Number(token.text);
  if (token.text === '' || !(value >= 0 && value <= 1)) reader.fail('a fraction between 0 and 1', token);
  return value;
}

/** Reads CAST or REGEXP_EXTRACT, which stand left of an operator; undefined for the other functions. */
export function readOperandFunction(name: string, reader: FunctionReader): Operand | undefined {
  if (name !== 'CAST' && name !== 'REGEXP_EXTRACT') return undefined;
  const { at } = reader.next();
  reader.expect('(');
  const inner = reader.operand();
  reader.expect(',');
  const operand: Operand =
    name === 'CAST'
      ? { kind: 'cast', of: inner, type: castType(reader), at }
      : { kind: 'extract', from: inner, pattern: reader.pattern(), at };
  if (reader.peek().kind === ',') {
    throw meaningError(reader.text, reader.peek().at, `a third argument of ${name} is not supported`);
  }
  reader.expect(')');
  return operand;
}

function castType(reader: FunctionReader): CastType {
  const token = reader.peek();
  const type = CAST_TYPES.find((known) => token.kind === 'word' && known === token.text.toUpperCase());
  if (type === undefined) reader.fail(`one of ${CAST_TYPES.join(', ')}`);
  reader.next();
  return type;
}
