/** What stands left of an operator, as a function that reads it off an entry. */
import { isJsonObject, type JsonValue } from '../../google/index.js';
import { canonicalTime, displayTime, durationNanos } from '../times.js';
import type { LogEntry } from '../types.js';
import type { CastType, Operand } from './ast.js';
import { type FieldType, resolveField, valuesAt } from './fields.js';
import { meaningError } from './lexer.js';
import { compilePattern, numberOf } from './values.js';

export interface Reader {
  /** As messages call it. */
  readonly name: string;
  /** `dynamic`: only the entry tells. `whole`: a message, a map or a payload. */
  readonly type: FieldType | 'dynamic' | 'whole';
  /** True inside a proto payload. */
  readonly proto: boolean;
  /** The values in an entry: none when it lacks the field, several when the field is repeated. */
  readonly read: (entry: LogEntry) => readonly JsonValue[];
  /** Is the field set? */
  readonly present: (entry: LogEntry) => boolean;
}

/** What a field of LogEntry is worth in an entry without it, as its proto says. */
const DEFAULTS: Readonly<Record<FieldType, JsonValue>> = {
  string: '',
  number: 0,
  bool: false,
  timestamp: '1970-01-01T00:00:00Z',
  duration: '0s',
  severity: 'DEFAULT',
};

/** @throws GoogleError INVALID_ARGUMENT for an unknown field, a bad pattern, a cast that makes no sense */
export function compileOperand(operand: Operand, filter: string): Reader {
  switch (operand.kind) {
    case 'field':
      return fieldReader(operand, filter);
    case 'cast':
      return castReader(compileOperand(operand.of, filter), operand.type, (problem) =>
        meaningError(filter, operand.at, problem),
      );
    case 'extract':
      return extractReader(compileOperand(operand.from, filter), operand.pattern, (problem) =>
        meaningError(filter, operand.at, problem),
      );
  }
}

function fieldReader(operand: Extract<Operand, { kind: 'field' }>, filter: string): Reader {
  const field = resolveField(operand, filter);
  const name = operand.path.join('.');
  const raw = (entry: LogEntry): readonly JsonValue[] =>
    isJsonObject(entry) ? valuesAt(entry, field.keys, field.kind === 'dynamic' && field.proto) : [];
  if (field.kind !== 'typed') {
    const proto = field.kind === 'dynamic' ? field.proto : field.keys[0] === 'protoPayload';
    const type = field.kind;
    return { name, type, proto, read: raw, present: (entry) => raw(entry).length > 0 };
  }
  const missing = DEFAULTS[field.type];
  return {
    name,
    type: field.type,
    proto: false,
    read: (entry) => {
      const values = raw(entry);
      return values.length === 0 ? [missing] : values;
    },
    present: (entry) => raw(entry).some((value) => value !== missing),
  };
}

const CAST_TO: Readonly<Record<CastType, FieldType>> = {
  STRING: 'string',
  INT64: 'number',
  FLOAT64: 'number',
  BOOL: 'bool',
  TIMESTAMP: 'timestamp',
  DURATION: 'duration',
};

/** Values that cannot be cast are as if missing. */
function castReader(inner: Reader, type: CastType, wrong: (problem: string) => Error): Reader {
  if (inner.type === 'whole') throw wrong(`'${inner.name}' has fields of its own and cannot be cast`);
  const read = (entry: LogEntry): readonly JsonValue[] =>
    inner.read(entry).flatMap((value) => {
      const cast = castValue(value, type);
      return cast === undefined ? [] : [cast];
    });
  return {
    name: `CAST(${inner.name}, ${type})`,
    type: CAST_TO[type],
    proto: false,
    read,
    present: (entry) => read(entry).length > 0,
  };
}

function castValue(value: JsonValue, type: CastType): JsonValue | undefined {
  if (value === null || typeof value === 'object') return undefined;
  const text = String(value);
  switch (type) {
    case 'STRING':
      return text;
    case 'INT64': {
      const number = typeof value === 'boolean' ? Number(value) : numberOf(text);
      return number === undefined || !Number.isFinite(number) ? undefined : Math.trunc(number);
    }
    case 'FLOAT64':
      return numberOf(text);
    case 'BOOL':
      if (typeof value === 'number') return value !== 0;
      return /^(?:true|false)$/i.test(text) ? /^true$/i.test(text) : undefined;
    case 'TIMESTAMP': {
      const time = canonicalTime(text);
      return time === undefined ? undefined : displayTime(time);
    }
    case 'DURATION':
      return durationNanos(text) === undefined ? undefined : text;
  }
}

/** The capturing group, or the whole match without one. Text without a match counts as missing. */
function extractReader(inner: Reader, pattern: string, wrong: (problem: string) => Error): Reader {
  if (inner.type !== 'string' && inner.type !== 'dynamic') {
    throw wrong(`REGEXP_EXTRACT applies to text, which '${inner.name}' is not,`);
  }
  const compiled = compilePattern(pattern);
  if ('problem' in compiled) throw wrong(`invalid regular expression: ${compiled.problem}`);
  const groups = compiled.groupCount();
  if (groups > 1)
    throw wrong(`the regular expression has ${groups} capturing groups, at most one is allowed,`);
  const read = (entry: LogEntry): readonly JsonValue[] =>
    inner.read(entry).flatMap((value) => {
      if (typeof value !== 'string') return [];
      const matcher = compiled.matcher(value);
      const found = matcher.find() ? matcher.group(groups) : null;
      return found === null || found === undefined ? [] : [found];
    });
  return {
    name: `REGEXP_EXTRACT(${inner.name})`,
    type: 'string',
    proto: false,
    read,
    present: (entry) => read(entry).length > 0,
  };
}
