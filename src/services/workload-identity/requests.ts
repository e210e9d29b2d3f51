/** What calls of google.iam.v1.WorkloadIdentityPools say, read from REST (there are no public protos of v1). */
import {
  type HttpInput,
  invalidArgument,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  unimplemented,
} from '../../google/index.js';

/** Fields that a caller sends, by name; what only the server sets has been taken out. */
export type Fields = Readonly<Record<string, JsonValue>>;

export interface NamedRequest {
  readonly name: string;
}
export interface ListRequest {
  readonly parent: string;
  readonly pageSize: number;
  readonly pageToken: string;
  readonly showDeleted: boolean;
}
export interface CreateRequest {
  readonly parent: string;
  readonly id: string;
  readonly fields: Fields;
}
export interface PatchRequest {
  readonly name: string;
  /** The top fields, and `oidc.…`, in lower camel case. */
  readonly mask: readonly string[];
  readonly fields: Fields;
}

/** The fields of one kind of resource. */
export interface FieldRules {
  /** As messages call the resource: `workload_identity_pool`. */
  readonly resource: string;
  readonly known: readonly string[];
  /** Real ones that are not served, with what to say of them. */
  readonly unserved: Readonly<Record<string, string>>;
}

/** "Output only": read over, as AIP-203 has it. */
const OUTPUT_ONLY = ['name', 'state', 'expireTime'];

/** snake_case names are taken beside the JSON ones, as everywhere in Google's APIs (ProtoJSON). */
export const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** A variable of the path, by its name in the template. */
export function variable(input: HttpInput, name: string): string {
  const value = input.path[name];
  if (value === undefined) throw new Error(`the template has no variable ${name}`);
  return value;
}

/** @throws GoogleError INVALID_ARGUMENT for a parameter that the method does not have */
export function parameters(input: HttpInput, known: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of input.query) {
    const name = camel(key);
    if (!known.includes(name)) {
      throw invalidArgument(
        `Invalid JSON payload received. Unknown name "${key}": Cannot bind query parameter. Field '${key}' could not be found in request message.`,
      );
    }
    if (found.has(name)) throw invalidArgument(`Query parameter "${key}" is given more than once.`);
    found.set(name, value);
  }
  return found;
}

export function decodeNamed(input: HttpInput): NamedRequest {
  parameters(input, []);
  return { name: variable(input, 'name') };
}

/** Undelete has a body without a field. */
export function decodeUndelete(input: HttpInput): NamedRequest {
  readObject(input.body ?? {}, 'request', []);
  return decodeNamed(input);
}

export function decodeList(input: HttpInput): ListRequest {
  const query = parameters(input, ['pageSize', 'pageToken', 'showDeleted']);
  const pageSize = query.get('pageSize') ?? '0';
  const showDeleted = query.get('showDeleted') ?? 'false';
  if (!/^-?\d{1,9}$/.test(pageSize)) throw badParameter('page_size', pageSize, 'TYPE_INT32');
  // gcloud writes it as Python does.
  if (!/^(?:true|false)$/i.test(showDeleted)) throw badParameter('show_deleted', showDeleted, 'TYPE_BOOL');
  return {
    parent: variable(input, 'parent'),
    pageSize: Number(pageSize),
    pageToken: query.get('pageToken') ?? '',
    showDeleted: showDeleted.toLowerCase() === 'true',
  };
}

const badParameter = (field: string, value: string, type: string) =>
  invalidArgument(`Invalid value at '${field}' (${type}), "${value}"`);

/** @param idParameter the query parameter with the id of what is created */
export function decodeCreate(input: HttpInput, rules: FieldRules, idParameter: string): CreateRequest {
  const id = parameters(input, [idParameter]).get(idParameter) ?? '';
  return { parent: variable(input, 'parent'), id, fields: readFields(input.body ?? {}, rules) };
}

/** @param template the variable of the path that has the name */
export function decodePatch(input: HttpInput, rules: FieldRules, template: string): PatchRequest {
  const given = parameters(input, ['updateMask']).get('updateMask') ?? '';
  const mask = given
    .split(',')
    .map((path) => camel(path.trim()))
    .filter((path) => path !== '');
  const [unknown] = mask.filter((path) => !rules.known.includes(path.split('.')[0] ?? ''));
  if (unknown !== undefined) {
    refuseUnserved(unknown, rules);
    throw invalidArgument(`Invalid update mask: "${unknown}" is no field that can be updated.`);
  }
  return { name: variable(input, template), mask, fields: readFields(input.body ?? {}, rules) };
}

function readFields(body: JsonValue, rules: FieldRules): Fields {
  const fields: Record<string, JsonValue> = {};
  const all = [...rules.known, ...OUTPUT_ONLY, ...Object.keys(rules.unserved)];
  for (const [name, value] of Object.entries(readObject(body, rules.resource, all))) {
    refuseUnserved(name, rules);
    if (!OUTPUT_ONLY.includes(name)) fields[name] = value;
  }
  return fields;
}

function refuseUnserved(path: string, { resource, unserved }: FieldRules): void {
  const [name = ''] = path.split('.');
  if (Object.hasOwn(unserved, name)) throw unimplemented(`${resource}.${name}: ${unserved[name]}`);
}

/** An object's fields that are set, by their JSON names. @throws GoogleError INVALID_ARGUMENT for an unknown one */
export function readObject(value: JsonValue, place: string, known: readonly string[]): Fields {
  if (!isJsonObject(value)) throw invalidArgument(`Invalid value at '${place}': an object is expected.`);
  const fields: Record<string, JsonValue> = {};
  for (const [key, item] of Object.entries(value)) {
    if (!known.includes(camel(key))) {
      throw invalidArgument(
        `Invalid JSON payload received. Unknown name "${key}" at '${place}': Cannot find field.`,
      );
    }
    if (item !== null && item !== undefined) fields[camel(key)] = item;
  }
  return fields;
}

/** A text field; `otherwise` when it is not there. @throws GoogleError INVALID_ARGUMENT when it is no text, or too long */
export function text(fields: Fields, name: string, otherwise: string, longest?: number): string {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'string') throw wrongType(name, value, 'TYPE_STRING');
  if (longest !== undefined && [...value].length > longest) {
    const spelled = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    throw invalidArgument(`${spelled} must be less than or equal to ${longest} characters`);
  }
  return value;
}

export function flag(fields: Fields, name: string, otherwise: boolean): boolean {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'boolean') throw wrongType(name, value, 'TYPE_BOOL');
  return value;
}

export function texts(fields: Fields, name: string): readonly string[] {
  const value = fields[name] ?? [];
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item !== 'string') throw wrongType(name, item, 'TYPE_STRING');
    return item;
  });
}

export function textMap(fields: Fields, name: string): Readonly<Record<string, string>> {
  const value = fields[name] ?? {};
  if (!isJsonObject(value)) throw invalidArgument(`Invalid value at '${name}': an object is expected.`);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (typeof item !== 'string') throw wrongType(`${name}[${key}]`, item ?? null, 'TYPE_STRING');
      return [key, item];
    }),
  );
}

const wrongType = (name: string, value: JsonValue, type: string) =>
  invalidArgument(`Invalid value at '${name}' (${type}), ${JSON.stringify(value)}`);

/** What of a request goes into its audit entry. */
export const auditRequest = (type: string, fields: JsonObject): JsonObject => ({
  '@type': `type.googleapis.com/google.iam.v1.${type}Request`,
  ...fields,
});
