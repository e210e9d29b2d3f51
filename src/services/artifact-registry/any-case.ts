/**
 * Policy files say `"Delete"` and `"tagged"` (docs "Configure cleanup policies"), gcloud sends them as they stand, and
 * Google takes enum values in any case of letters. Proto's own JSON does not, so they are put into capitals here.
 */
import { type ApiMethod, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';

/** The method, taking the actions and tag states of cleanup policies in any case. @param method one whose body is a repository */
export function inAnyCase(method: ApiMethod): ApiMethod {
  return { ...method, decode: (input) => method.decode({ ...input, body: capitalized(input.body) }) };
}

function capitalized(body: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(body) || !isJsonObject(body.cleanupPolicies)) return body;
  const policies = Object.entries(body.cleanupPolicies).map(([id, policy]) => [id, inCapitals(policy)]);
  return { ...body, cleanupPolicies: Object.fromEntries(policies) };
}

function inCapitals(policy: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(policy)) return policy;
  const { condition } = policy;
  return {
    ...policy,
    ...upper(policy, 'action'),
    ...(isJsonObject(condition) ? { condition: { ...condition, ...upper(condition, 'tagState') } } : {}),
  };
}

function upper(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return typeof value === 'string' ? { [field]: value.toUpperCase() } : {};
}
