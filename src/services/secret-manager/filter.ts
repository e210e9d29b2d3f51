/**
 * The filters of this API's lists (https://cloud.google.com/secret-manager/docs/filtering): any field of what is
 * listed, by its path. `:` looks for a part of a text, or with `*` for any value; `=` and `!=` compare with the
 * whole of it; `<`, `<=`, `>`, `>=` compare times and numbers.
 */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { isJsonObject, type JsonValue } from '../../google/index.js';
import { parseFilter, type Test, unsupportedClause } from '../filter.js';

/** @param desc what is listed; the test takes its JSON @throws GoogleError INVALID_ARGUMENT */
export function readFilter(filter: string, desc: DescMessage): Test<JsonValue> {
  return parseFilter(filter, {
    comparison: (clause) => comparison(clause, desc),
    sequence: () => 'all',
  });
}

const CLAUSE = /^([A-Za-z_][\w.-]*)(:|!=|<=|>=|=|<|>)(?:"([^"]*)"|([^"]*))$/;

function comparison(clause: string, desc: DescMessage): Test<JsonValue> {
  const [, path, operator, quoted, plain] = CLAUSE.exec(clause) ?? [];
  const field = path === undefined ? undefined : fieldAt(desc, path.split('.'));
  const value = quoted ?? plain ?? '';
  if (!field || operator === undefined || (quoted === undefined && value === ''))
    throw unsupportedClause(clause);
  const { keys, last } = field;
  if (operator === ':' && value === '*') return (item) => valuesAt(item, keys).length > 0;
  // A message as a whole is there or not; only what it holds has a value.
  if (last?.message && !isTime(last)) throw unsupportedClause(clause);
  const compare = comparer(operator, value, last);
  if (!compare) throw unsupportedClause(clause);
  if (operator === '!=') return (item) => !valuesAt(item, keys).some(compare);
  return (item) => valuesAt(item, keys).some(compare);
}

const isTime = (field: DescField): boolean => field.message?.typeName === 'google.protobuf.Timestamp';

type Compare = (actual: string) => boolean;

/** @param field undefined for a map's value @returns undefined where the two cannot be compared so */
function comparer(operator: string, value: string, field: DescField | undefined): Compare | undefined {
  const wanted = value.toLowerCase();
  if (operator === ':') return (actual) => actual.toLowerCase().includes(wanted);
  const numberOf = field === undefined ? undefined : numbers(field);
  const limit = numberOf?.(value);
  if (limit !== undefined && Number.isNaN(limit)) return undefined;
  if (operator === '=' || operator === '!=')
    return (actual) => (numberOf && limit !== undefined ? numberOf(actual) === limit : actual === value);
  const order = ORDERS[operator];
  if (!numberOf || limit === undefined || !order) return undefined;
  return (actual) => order(numberOf(actual), limit);
}

const ORDERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** How values of the field are read as numbers; undefined for texts. */
function numbers(field: DescField): ((value: string) => number) | undefined {
  if (isTime(field)) return (value) => Date.parse(value);
  const texts: readonly (ScalarType | undefined)[] = [ScalarType.STRING, ScalarType.BOOL, undefined];
  return field.fieldKind === 'scalar' && !texts.includes(field.scalar) ? Number : undefined;
}

interface FoundField {
  /** The path in JSON. */
  readonly keys: readonly string[];
  /** Undefined for an entry of a map. */
  readonly last: DescField | undefined;
}

/** Follows a path in either spelling; undefined when it leads nowhere. */
function fieldAt(desc: DescMessage, path: readonly string[]): FoundField | undefined {
  const keys: string[] = [];
  let message: DescMessage | undefined = desc;
  let last: DescField | undefined;
  for (const [index, name] of path.entries()) {
    if (message === undefined) return undefined;
    const field: DescField | undefined = message.fields.find(
      (candidate) => candidate.name === name || candidate.jsonName === name,
    );
    if (!field) return undefined;
    keys.push(field.jsonName);
    if (field.fieldKind === 'map') {
      const entry = path.slice(index + 1).join('.');
      return entry === '' ? { keys, last: field } : { keys: [...keys, entry], last: undefined };
    }
    last = field;
    message = isTime(field) ? undefined : field.message;
  }
  return { keys, last };
}

/** Every value at the path, through lists. A message that is there counts as a value of its own. */
function valuesAt(json: JsonValue | undefined, keys: readonly string[]): readonly string[] {
  if (Array.isArray(json)) return json.flatMap((item: JsonValue) => valuesAt(item, keys));
  const [key, ...rest] = keys;
  if (key !== undefined)
    return isJsonObject(json) && Object.hasOwn(json, key) ? valuesAt(json[key], rest) : [];
  if (json === undefined || json === null) return [];
  return [typeof json === 'object' ? '' : String(json)];
}
