/** From a filter's tree to a function that says whether an entry matches. */
import { isJsonObject, type JsonValue } from '../../google/index.js';
import type { LogEntry } from '../types.js';
import type { Expression, Literal, Operator } from './ast.js';
import { ipInNet, logId, sample, searchText, source } from './functions.js';
import { meaningError } from './lexer.js';
import { compileOperand, type Reader } from './operand.js';
import { parseFilter } from './parser.js';
import { comparable, compilePattern, dynamicTest, ordered, someLeaf, type Test } from './values.js';

export type Matcher = (entry: LogEntry) => boolean;

/**
 * Compiles a filter in the Logging query language.
 * @returns true for the entries that match
 * @throws GoogleError INVALID_ARGUMENT when the filter is malformed, names a field that LogEntry lacks, or compares
 *   a field with a value of another type
 */
export function compileFilter(filter: string): Matcher {
  return compileExpression(parseFilter(filter), filter);
}

/** The same for a filter that has been parsed; `filter` is its text, for messages. */
export function compileExpression(expression: Expression, filter: string): Matcher {
  switch (expression.kind) {
    case 'all': {
      const terms = expression.terms.map((term) => compileExpression(term, filter));
      return (entry) => terms.every((matches) => matches(entry));
    }
    case 'any': {
      const terms = expression.terms.map((term) => compileExpression(term, filter));
      return (entry) => terms.some((matches) => matches(entry));
    }
    case 'not': {
      const matches = compileExpression(expression.term, filter);
      return (entry) => !matches(entry);
    }
    case 'text':
      return anywhere(dynamicTest(':', { text: expression.text, quoted: true }, false));
    case 'present':
      return compileOperand(expression.operand, filter).present;
    case 'compare':
      return comparison(expression, filter);
    case 'log-id':
      return logId(expression.id);
    case 'source':
      return source(expression.resource, (problem) => meaningError(filter, expression.at, problem));
    case 'sample':
      return sample(compileOperand(expression.operand, filter), expression.fraction);
    case 'ip-in-net': {
      const operand = compileOperand(expression.operand, filter);
      return ipInNet(operand, expression.subnet, (problem) => meaningError(filter, expression.at, problem));
    }
    case 'search': {
      const test = searchText(expression.query, (problem) => meaningError(filter, expression.at, problem));
      if (!expression.operand) return anywhere(test);
      const { read } = compileOperand(expression.operand, filter);
      return (entry) => read(entry).some((value) => someLeaf(value, test));
    }
  }
}

/** In any field, the times excepted: they are no text. */
function anywhere(test: Test): Matcher {
  return ({ timestamp: _timestamp, receiveTimestamp: _receiveTimestamp, ...rest }) => {
    return isJsonObject(rest) && someLeaf(rest, test);
  };
}

type Comparison = Extract<Expression, { kind: 'compare' }>;

function comparison({ operand, op, value, at }: Comparison, filter: string): Matcher {
  const reader = compileOperand(operand, filter);
  const test = testFor(reader, op, value, (problem) => meaningError(filter, at, problem));
  return (entry) => reader.read(entry).some(test);
}

function testFor(reader: Reader, op: Operator, value: Literal, wrong: (problem: string) => Error): Test {
  if (op === '=~' || op === '!~') return patternTest(reader, op, value.text, wrong);
  if (reader.type === 'dynamic') return dynamicTest(op, value, reader.proto);
  if (reader.type === 'whole') {
    if (op !== ':')
      throw wrong(`'${reader.name}' has fields of its own: only ':' applies to it, not '${op}',`);
    return dynamicTest(op, value, reader.proto);
  }
  const { type } = reader;
  const right = comparable(type, value.text);
  if (right === undefined) throw wrong(`'${value.text}' is no ${type}, as '${reader.name}' wants it,`);
  if (type === 'bool' && op !== '=' && op !== '!=' && op !== ':') {
    throw wrong(`'${op}' does not apply to '${reader.name}', which is true or false,`);
  }
  // A timestamp compares by its text, but does not contain a part of it.
  const exact = op === ':' && type !== 'string' ? '=' : op;
  return (left) => {
    const known = comparable(type, left);
    return known !== undefined && ordered(exact, known, right);
  };
}

function patternTest(
  reader: Reader,
  op: '=~' | '!~',
  pattern: string,
  wrong: (problem: string) => Error,
): Test {
  if (reader.type !== 'string' && reader.type !== 'dynamic') {
    throw wrong(`'${op}' applies to text, which '${reader.name}' is not (CAST(…, STRING) makes it text),`);
  }
  const compiled = compilePattern(pattern);
  if ('problem' in compiled) throw wrong(`invalid regular expression: ${compiled.problem}`);
  const matches = (value: JsonValue): boolean => typeof value === 'string' && compiled.matcher(value).find();
  return op === '=~' ? matches : (value) => !matches(value);
}
