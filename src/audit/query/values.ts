/** Comparing one value of an entry with one value of a filter. */
import { RE2JS } from 're2js';
import { isJsonObject, type JsonValue } from '../../google/index.js';
import { isSeverity, SEVERITY_NUMBER } from '../severity.js';
import { canonicalTime, durationNanos } from '../times.js';
import type { Literal, Operator } from './ast.js';
import type { FieldType } from './fields.js';

export type Test = (value: JsonValue) => boolean;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number that a text spells, or undefined. */
export function numberOf(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/**
 * A value of an entry, or a literal, as what its type compares by: text in lower case, numbers, nanoseconds, and
 * canonical timestamps. Undefined when it is no such thing.
 */
export function comparable(type: FieldType, value: JsonValue): string | number | undefined {
  if (typeof value === 'object') return undefined;
  const text = String(value);
  switch (type) {
    case 'string':
      return text.toLowerCase();
    case 'number':
      return numberOf(text);
    case 'bool':
      return /^true$/i.test(text) ? 1 : /^false$/i.test(text) ? 0 : undefined;
    case 'timestamp':
      return canonicalTime(text);
    case 'duration':
      return durationNanos(text);
    case 'severity': {
      const name = text.toUpperCase();
      return isSeverity(name) ? SEVERITY_NUMBER[name] : numberOf(text);
    }
  }
}

type Comparison = Exclude<Operator, '=~' | '!~'>;

/** Compares two of the same type, by the order of numbers or of text. */
export function ordered(op: Comparison, left: string | number, right: string | number): boolean {
  switch (op) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return left > right;
    case '<':
      return left < right;
    case '>=':
      return left >= right;
    case '<=':
      return left <= right;
    case ':':
      return typeof left === 'string' && typeof right === 'string' ? left.includes(right) : left === right;
  }
}

/**
 * The test for a value whose type only the entry tells. The literal is converted to the value's type; a value that
 * it cannot be converted to is different from it, and neither greater nor smaller. `:` on an object or a list
 * looks into it.
 * @param proto in proto payloads, timestamps and durations compare as what they are
 */
export function dynamicTest(op: Comparison, literal: Literal, proto: boolean): Test {
  const isNull = !literal.quoted && literal.text === 'NULL_VALUE';
  const text = literal.text.toLowerCase();
  const number = numberOf(literal.text);
  const bool = comparable('bool', literal.text);
  const time = proto ? canonicalTime(literal.text) : undefined;
  const nanos = proto ? durationNanos(literal.text) : undefined;
  const different = op === '!=';
  const test: Test = (value) => {
    if (value === null) return isNull ? op === '=' || op === ':' : different;
    if (isNull) return different;
    switch (typeof value) {
      case 'number':
        return number === undefined ? different : ordered(op, value, number);
      case 'boolean':
        return bool === undefined ? different : ordered(op, value ? 1 : 0, bool);
      case 'string': {
        const valueTime = time === undefined || op === ':' ? undefined : canonicalTime(value);
        if (time !== undefined && valueTime !== undefined) return ordered(op, valueTime, time);
        const valueNanos = nanos === undefined || op === ':' ? undefined : durationNanos(value);
        if (nanos !== undefined && valueNanos !== undefined) return ordered(op, valueNanos, nanos);
        return ordered(op, value.toLowerCase(), text);
      }
      default:
        return op === ':' ? someKey(value, text) || someLeaf(value, test) : false;
    }
  };
  return test;
}

function someKey(value: JsonValue, key: string): boolean {
  return isJsonObject(value) && Object.keys(value).some((known) => known.toLowerCase() === key);
}

/** True when a value that is no object or list passes the test, at any depth. */
export function someLeaf(value: JsonValue | undefined, test: Test): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'object' || value === null) return test(value);
  if (Array.isArray(value)) return value.some((element: JsonValue) => someLeaf(element, test));
  return Object.values(value).some((element) => someLeaf(element, test));
}

/** A compiled RE2 expression; undefined with the reason when it is malformed. */
export function compilePattern(pattern: string): RE2JS | { readonly problem: string } {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
