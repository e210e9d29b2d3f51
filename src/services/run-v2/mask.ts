/** Field masks: which fields of a resource an update takes over (https://google.aip.dev/161). */
import { type DescField, type DescMessage, getOption } from '@bufbuild/protobuf';
import { FieldBehavior, field_behavior } from '../../google/gen/google/api/field_behavior_pb.js';
import { badField, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';

/** Fields of a message that the server alone sets, by their JSON names. */
export function outputOnly(desc: DescMessage): string[] {
  return desc.fields.filter(isOutputOnly).map(({ jsonName }) => jsonName);
}

/** A resource's type as refusals call it: `worker pool` for WorkerPool. */
export const nounOf = ({ name }: DescMessage): string =>
  name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

function isOutputOnly(field: DescField): boolean {
  const behaviors = getOption(field, field_behavior);
  return behaviors.includes(FieldBehavior.OUTPUT_ONLY) || behaviors.includes(FieldBehavior.IDENTIFIER);
}

/**
 * The resource that an update asks for.
 * @param desc the resource's type
 * @param current the fields that clients set, as JSON
 * @param given the update's resource, as JSON
 * @param paths of the mask, in the protos' spelling; without any, and for `*`, the update's resource is the whole of it.
 *   Fields that the server sets are passed over, as in the resource itself (https://google.aip.dev/203).
 * @throws INVALID_ARGUMENT for a path that names no field
 */
export function masked(
  desc: DescMessage,
  current: JsonObject,
  given: JsonObject,
  paths: readonly string[],
): JsonObject {
  if (paths.length === 0 || (paths.length === 1 && paths[0] === '*')) return given;
  const noun = nounOf(desc);
  return paths.reduce((result, path) => taken(desc, result, given, path.split('.'), { path, noun }), current);
}

/** `result` with the value that `given` has at the path, or without it where `given` has none. */
function taken(
  desc: DescMessage,
  result: JsonObject,
  given: JsonObject,
  [name = '', ...rest]: readonly string[],
  asked: { readonly path: string; readonly noun: string },
): JsonObject {
  const field = desc.fields.find((candidate) => candidate.name === name);
  if (!field) throw badField('update_mask', `The path '${asked.path}' names no field of a ${asked.noun}.`);
  if (isOutputOnly(field)) return result;
  const key = field.jsonName;
  if (rest.length === 0) return withValue(result, key, given[key]);
  const before = objectAt(result, key);
  const after = objectAt(given, key);
  if (field.fieldKind === 'map') {
    const entry = keyIn(rest.join('.'));
    if (entry === '') throw badField('update_mask', `The path '${asked.path}' names no entry.`);
    return withValue(result, key, withValue(before, entry, after[entry]));
  }
  if (field.fieldKind !== 'message')
    throw badField('update_mask', `The path '${asked.path}' leads into a field that has none.`);
  return withValue(result, key, taken(field.message, before, after, rest, asked));
}

/** A map's key; one that is no identifier stands in backticks (https://google.aip.dev/161). */
const keyIn = (entry: string): string => /^`(.*)`$/.exec(entry)?.[1] ?? entry;

function objectAt(json: JsonObject, key: string): JsonObject {
  const value = json[key];
  return isJsonObject(value) ? value : {};
}

function withValue(json: JsonObject, key: string, value: JsonValue | undefined): JsonObject {
  const { [key]: _, ...others } = json;
  return value === undefined ? others : { ...others, [key]: value };
}
