/** One HTTP request as the JSON of its request message: body, query parameters and path put together. */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { invalidArgument } from './errors.js';
import { isJsonObject, type JsonValue } from './json.js';
import type { HttpBinding, HttpInput } from './method.js';
import { fieldByJsonName, unknownParameter } from './proto-json.js';
import { withoutSystemParameters } from './system-parameters.js';

/** A JSON object under construction. */
interface Draft {
  [key: string]: JsonValue | undefined;
}

/**
 * Puts a request together as google.api.http prescribes: the body is the message (`*`), one field of it, or not
 * taken; the path's variables win over the body; query parameters fill the rest.
 * @throws GoogleError INVALID_ARGUMENT for a body that isn't taken, a parameter that names no field, or that is
 *   given twice
 */
export function requestJson(desc: DescMessage, binding: HttpBinding, input: HttpInput): JsonValue {
  const draft = bodyDraft(desc, binding, input.body);
  if (draft === undefined) return input.body ?? {};
  const query = withoutSystemParameters(input.query);
  for (const name of new Set(query.keys())) {
    const found = resolve(desc, name);
    if (!found || !isParameter(found.field)) throw unknownParameter(name);
    if (Object.hasOwn(input.path, found.protoPath) || has(draft, found.jsonPath)) {
      throw invalidArgument(`${name}: set by the path or the body already`);
    }
    set(draft, found.jsonPath, parameterValue(found.field, name, query.getAll(name)));
  }
  for (const [path, value] of Object.entries(input.path)) {
    const found = resolve(desc, path);
    if (!found) throw new Error(`path template ${binding.template}: ${desc.typeName} has no field ${path}`);
    set(draft, found.jsonPath, value);
  }
  return draft;
}

/** What the body makes of the message; undefined when it is no object, which reading the message will refuse. */
function bodyDraft(desc: DescMessage, binding: HttpBinding, body: JsonValue | undefined): Draft | undefined {
  if (body === undefined) return {};
  if (binding.body === undefined) {
    if (isJsonObject(body) && Object.keys(body).length === 0) return {};
    throw invalidArgument('The request body must be empty for this method.');
  }
  if (binding.body === '*') return isJsonObject(body) ? named(desc, body) : undefined;
  const field = fieldByJsonName(desc, binding.body);
  if (!field) throw new Error(`${desc.typeName} has no field ${binding.body}`);
  return {
    [field.jsonName]: field.fieldKind === 'message' && isJsonObject(body) ? named(field.message, body) : body,
  };
}

/** A copy with the top level's known keys in their JSON spelling, so that path and query meet them there. */
function named(desc: DescMessage, json: Readonly<Record<string, JsonValue | undefined>>): Draft {
  const entries = Object.entries(json).map(([key, value]): [string, JsonValue | undefined] => {
    const jsonName = fieldByJsonName(desc, key)?.jsonName ?? key;
    return [Object.hasOwn(json, jsonName) ? key : jsonName, value];
  });
  return Object.fromEntries(entries);
}

interface Resolved {
  readonly field: DescField;
  readonly jsonPath: readonly string[];
  readonly protoPath: string;
}

/** Follows a dotted path through singular message fields. */
function resolve(desc: DescMessage, path: string): Resolved | undefined {
  const jsonPath: string[] = [];
  const protoPath: string[] = [];
  let message: DescMessage | undefined = desc;
  let field: DescField | undefined;
  for (const part of path.split('.')) {
    field = message === undefined ? undefined : fieldByJsonName(message, part);
    if (!field) return undefined;
    jsonPath.push(field.jsonName);
    protoPath.push(field.name);
    message = field.fieldKind === 'message' ? field.message : undefined;
  }
  return field && { field, jsonPath, protoPath: protoPath.join('.') };
}

const TEXT_FORMS = /^google\.protobuf\.(?:Timestamp|Duration|FieldMask|(?:\w+)Value)$/;

/** Query parameters may be scalars, enums, lists of those, and the well-known types written as a string. */
function isParameter(field: DescField): boolean {
  if (field.fieldKind === 'map') return false;
  return field.message === undefined || TEXT_FORMS.test(field.message.typeName);
}

function parameterValue(field: DescField, name: string, values: readonly string[]): JsonValue {
  if (field.fieldKind === 'list') return values.map((value) => scalarValue(field, value));
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) {
    throw invalidArgument(`${name}: given ${values.length} times, but takes one value`);
  }
  return scalarValue(field, value);
}

/** Numbers stay text, which proto JSON reads as well; booleans come from Python clients as `True` and `False`. */
function scalarValue(field: DescField, text: string): JsonValue {
  const isBool = field.scalar === ScalarType.BOOL || field.message?.typeName === 'google.protobuf.BoolValue';
  if (isBool && /^(?:true|1)$/i.test(text)) return true;
  if (isBool && /^(?:false|0)$/i.test(text)) return false;
  if (field.message?.typeName === 'google.protobuf.FieldMask') return inCamelCase(text);
  return field.enum && /^-?\d+$/.test(text) ? Number(text) : text;
}

/** Masks come in both spellings, gcloud's own among them; proto JSON has camel case only. */
function inCamelCase(mask: string): string {
  return mask.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function has(draft: Draft, path: readonly string[]): boolean {
  let value: JsonValue | undefined = draft;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return false;
    value = value[key];
  }
  return true;
}

function set(draft: Draft, path: readonly string[], value: JsonValue): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    draft[key] = value;
    return;
  }
  const inner = draft[key];
  const copy: Draft = isJsonObject(inner) ? { ...inner } : {};
  set(copy, rest, value);
  draft[key] = copy;
}
