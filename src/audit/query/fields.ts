/**
 * Which field of a log entry a path means, and of which type. The proto of LogEntry is the source: a field that it
 * does not have is an error; what payloads and labels hold is only known from entry to entry.
 */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { LogEntrySchema } from '../../google/gen/google/logging/v2/log_entry_pb.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';
import type { Operand } from './ast.js';
import { meaningError } from './lexer.js';

/** Types that values of a filter are converted to before an entry is looked at. */
export type FieldType = 'string' | 'number' | 'bool' | 'timestamp' | 'duration' | 'severity';

/** Where a path leads. */
export type Field =
  /** A field of LogEntry itself: an entry without it has the default. */
  | { readonly kind: 'typed'; readonly type: FieldType; readonly keys: readonly string[] }
  /** Inside a payload or among labels: an entry may lack it. `proto` payloads take snake case as well. */
  | { readonly kind: 'dynamic'; readonly keys: readonly string[]; readonly proto: boolean }
  /** A message, map or payload as a whole: it can only be searched or tested for presence. */
  | { readonly kind: 'whole'; readonly keys: readonly string[] };

/**
 * Finds a field by its path. Names of LogEntry's own fields go without regard to case, in snake or camel case.
 * @throws GoogleError INVALID_ARGUMENT when LogEntry has no such field
 */
export function resolveField(operand: Extract<Operand, { kind: 'field' }>, filter: string): Field {
  const { path, at } = operand;
  const keys: string[] = [];
  let message: DescMessage = LogEntrySchema;
  for (const [index, name] of path.entries()) {
    const field = message.fields.find((known) => plain(known.name) === plain(name));
    if (!field) throw meaningError(filter, at, `field '${path.join('.')}' not found`);
    keys.push(field.jsonName);
    const rest = path.slice(index + 1);
    const inner = innerMessage(field);
    if (inner) {
      message = inner;
      continue;
    }
    const leaf = leafField(field, keys, rest);
    if (!leaf) throw meaningError(filter, at, `field '${path.join('.')}' not found`);
    return leaf;
  }
  return { kind: 'whole', keys };
}

function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

const WELL_KNOWN: Readonly<Record<string, 'timestamp' | 'duration' | 'struct' | 'any'>> = {
  'google.protobuf.Timestamp': 'timestamp',
  'google.protobuf.Duration': 'duration',
  'google.protobuf.Struct': 'struct',
  'google.protobuf.Any': 'any',
};

function innerMessage(field: DescField): DescMessage | undefined {
  const message = field.fieldKind === 'message' ? field.message : undefined;
  return message && !WELL_KNOWN[message.typeName] ? message : undefined;
}

function leafField(field: DescField, keys: readonly string[], rest: readonly string[]): Field | undefined {
  if (field.fieldKind === 'message') {
    const type = WELL_KNOWN[field.message.typeName];
    if (type === 'timestamp' || type === 'duration') {
      return rest.length === 0 ? { kind: 'typed', type, keys } : undefined;
    }
    return inside(keys, rest, type === 'any');
  }
  // A map of labels is flat: the key is one name, quoted when it holds dots.
  if (field.fieldKind === 'map') return rest.length > 1 ? undefined : inside(keys, rest, false);
  if (field.fieldKind === 'list') return inside(keys, rest, true);
  if (rest.length > 0) return undefined;
  if (field.fieldKind === 'enum') return { kind: 'typed', type: 'severity', keys };
  return { kind: 'typed', type: scalarType(field.scalar), keys };
}

function inside(keys: readonly string[], rest: readonly string[], proto: boolean): Field {
  return rest.length === 0 ? { kind: 'whole', keys } : { kind: 'dynamic', keys: [...keys, ...rest], proto };
}

function scalarType(scalar: ScalarType): FieldType {
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return 'string';
  return scalar === ScalarType.BOOL ? 'bool' : 'number';
}

/** The values under a path; every element where a list lies on it. None when the entry lacks the field. */
export function valuesAt(
  root: JsonValue | undefined,
  keys: readonly string[],
  proto: boolean,
): readonly JsonValue[] {
  if (root === undefined) return [];
  if (Array.isArray(root)) return root.flatMap((element: JsonValue) => valuesAt(element, keys, proto));
  const [key, ...rest] = keys;
  if (key === undefined) return [root];
  return isJsonObject(root) ? valuesAt(member(root, key, proto), rest, proto) : [];
}

function member(object: JsonObject, key: string, proto: boolean): JsonValue | undefined {
  if (Object.hasOwn(object, key)) return object[key];
  if (!proto) return undefined;
  const camel = key.replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
  return Object.hasOwn(object, camel) ? object[camel] : undefined;
}
