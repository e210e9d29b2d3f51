/**
 * Messages from and to JSON (https://protobuf.dev/programming-guides/json/), refusing what is wrong in the words
 * of Google's REST APIs.
 */
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type MessageInitShape,
  type MessageShape,
  type Registry,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import { isFieldError } from '@bufbuild/protobuf/reflect';
import { GoogleError } from './errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';

export interface JsonOptions {
  /** Types that may stand in a google.protobuf.Any. */
  readonly registry?: Registry;
}

interface Violation {
  readonly field?: string;
  readonly description: string;
}

/**
 * Reads a message from JSON; fields go by their JSON name or their proto name.
 * @throws GoogleError INVALID_ARGUMENT with a google.rpc.BadRequest: unknown fields, wrong types, unknown enum values
 */
export function messageFromJson<D extends DescMessage>(
  desc: D,
  json: JsonValue,
  options: JsonOptions = {},
): MessageShape<D> {
  const violations: Violation[] = [];
  check(desc, json, '', violations);
  if (violations.length > 0) throw badRequest(violations);
  try {
    return fromJson(desc, json as Parameters<typeof fromJson>[1], { ...options, ignoreUnknownFields: false });
  } catch (error) {
    throw badRequest([explain(error)], error);
  }
}

/** Writes a message (or what makes one) as JSON: lowerCamelCase names, defaults left out. */
export function messageToJson<D extends DescMessage>(
  desc: D,
  message: MessageInitShape<D>,
  options: JsonOptions = {},
): JsonValue {
  return toJson(desc, create(desc, message), options) as JsonValue;
}

/** The 400 for a body that is not JSON at all. `problem` says what is wrong with it. */
export function malformedJson(problem: string): GoogleError {
  return badRequest([{ description: `Invalid JSON payload received. ${problem}` }]);
}

/** The 400 for a query parameter that names no field. */
export function unknownParameter(name: string): GoogleError {
  const why = `Cannot bind query parameter. Field '${name}' could not be found in request message.`;
  return badRequest([{ description: `Invalid JSON payload received. Unknown name "${name}": ${why}` }]);
}

/** The field that JSON calls by this key: its JSON name or its proto name. */
export function fieldByJsonName(desc: DescMessage, key: string): DescField | undefined {
  return desc.fields.find((field) => field.jsonName === key || field.name === key);
}

/** Well-known types have JSON forms of their own; the proto library reads them. */
function isWellKnown(desc: DescMessage): boolean {
  return desc.typeName.startsWith('google.protobuf.') && desc.typeName !== 'google.protobuf.Empty';
}

/** Finds unknown names and enum values, with the path at which each stands. */
function check(desc: DescMessage, json: JsonValue, path: string, violations: Violation[]): void {
  if (isWellKnown(desc)) return;
  if (!isJsonObject(json)) {
    violations.push(
      path === ''
        ? { description: 'Invalid JSON payload received. Unknown name "": Root element must be a message.' }
        : invalidValue(path, `type.googleapis.com/${desc.typeName}`, json),
    );
    return;
  }
  for (const [key, value] of Object.entries(json)) {
    const field = fieldByJsonName(desc, key);
    if (!field) violations.push(unknownName(key, path));
    else if (value !== null && value !== undefined) {
      checkField(field, value, path === '' ? field.name : `${path}.${field.name}`, violations);
    }
  }
}

function checkField(field: DescField, value: JsonValue, path: string, violations: Violation[]): void {
  if (field.fieldKind === 'list') {
    if (!Array.isArray(value)) {
      violations.push({ field: path, description: `Invalid value at '${path}', a list is expected` });
      return;
    }
    value.forEach((item, index) => {
      checkValue(field.message ?? field.enum, item, `${path}[${index}]`, violations);
    });
  } else if (field.fieldKind === 'map') {
    if (!isJsonObject(value)) {
      violations.push({ field: path, description: `Invalid value at '${path}', an object is expected` });
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) checkValue(field.message ?? field.enum, item, `${path}[${key}]`, violations);
    }
  } else {
    checkValue(field.message ?? field.enum, value, path, violations);
  }
}

function checkValue(
  desc: DescMessage | DescEnum | undefined,
  value: JsonValue,
  path: string,
  violations: Violation[],
): void {
  if (desc === undefined) return;
  if (desc.kind === 'message') {
    check(desc, value, path, violations);
  } else if (typeof value === 'string' && desc.typeName !== 'google.protobuf.NullValue') {
    if (!desc.values.some((known) => known.name === value)) {
      violations.push(invalidValue(path, `type.googleapis.com/${desc.typeName}`, value));
    }
  }
}

function unknownName(name: string, path: string): Violation {
  const at = path === '' ? '' : ` at '${path}'`;
  return {
    ...(path === '' ? {} : { field: path }),
    description: `Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`,
  };
}

function invalidValue(path: string, type: string, value: JsonValue): Violation {
  return { field: path, description: `Invalid value at '${path}' (${type}), ${JSON.stringify(value)}` };
}

/** What the proto library found wrong with a value. */
function explain(error: unknown): Violation {
  const cause = error instanceof Error ? error.cause : undefined;
  if (isFieldError(cause)) {
    const field = cause.field();
    const type =
      'scalar' in field && field.scalar !== undefined
        ? `TYPE_${ScalarType[field.scalar]}`
        : field.kind === 'field'
          ? (field.message ?? field.enum)?.typeName
          : 'oneof';
    return { field: field.name, description: `Invalid value at '${field.name}' (${type}): ${cause.message}` };
  }
  return { description: `Invalid JSON payload received. ${error instanceof Error ? error.message : error}` };
}

function badRequest(violations: readonly Violation[], cause?: unknown): GoogleError {
  const fieldViolations: JsonObject[] = violations.map((violation) => ({ ...violation }));
  return new GoogleError('INVALID_ARGUMENT', violations.map((v) => v.description).join('\n'), {
    details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }],
    ...(cause === undefined ? {} : { cause }),
  });
}
