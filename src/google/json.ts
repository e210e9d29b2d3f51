/** JSON as it crosses the border, and readers that parse it into what we trust inside. */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What toJson() makes of a message that has no JSON form of its own. @throws TypeError for anything else */
export function asJsonObject(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new TypeError('a message is not a JSON object');
  return value;
}
