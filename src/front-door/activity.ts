/** The audit entries that calls leave, whether they were let in or not: of those that change something, and of others. */
import { type AccessControl, findContainer } from '../access/index.js';
import { activityEntry, type Log } from '../audit/index.js';
import {
  type ApiMethod,
  type AuditRule,
  type Call,
  type GoogleError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  messageToJson,
  type PermissionType,
} from '../google/index.js';
import type { Caller } from '../identity/index.js';

/** How one call ended. */
export interface CallRecord {
  readonly method: ApiMethod;
  readonly rule: AuditRule;
  /** ADMIN_WRITE when left out: the others go to the data access log. */
  readonly permissionType?: PermissionType;
  readonly call: Call;
  readonly caller: Caller | undefined;
  /** The decoded message. */
  readonly request: never;
  readonly result:
    | { readonly ok: true; readonly response: never }
    | { readonly ok: false; readonly error: GoogleError };
}

/**
 * Writes a call's entry into the log of the project, folder or organization that its rule names. A call that names
 * none of this plane has no log to lie in and leaves no entry.
 */
export async function recordActivity(
  log: Log,
  access: AccessControl,
  { method, rule, permissionType, call, caller, request, result }: CallRecord,
): Promise<void> {
  const project = await findContainer(access, await rule.project(request, call));
  if (project === undefined) return;
  const monitored = rule.monitored(request, call);
  const location = call.location ?? monitored.labels.location;
  const response = result.ok ? responseOf(method, rule, call, result.response) : undefined;
  const extra = result.ok ? rule.extra?.(request, result.response, call) : undefined;
  const entry = activityEntry({
    project,
    serviceName: rule.serviceName,
    methodName: rule.methodName ?? method.name,
    resourceName: rule.resourceName(request, call),
    monitored,
    request: rule.request?.(request, call) ?? requestOf(method, request),
    ...(response === undefined ? {} : { response }),
    ...(result.ok ? {} : { status: { code: result.error.grpcCode, message: result.error.message } }),
    ...(location === undefined || location === '' ? {} : { location }),
    ...(extra === undefined ? {} : { extra }),
    time: call.time,
    caller: {
      principal: call.principal,
      ...(call.origin === undefined ? {} : { origin: call.origin }),
      ...(caller?.clientId === undefined ? {} : { oauthClientId: caller.clientId }),
    },
    authorizations: call.authorizations,
    ...(permissionType === undefined ? {} : { permissionType }),
    callerIp: call.callerIp,
    userAgent: call.userAgent,
  });
  await log.write(project, [entry], call.time);
}

/** The decoded message as JSON, with its type where it has one. */
function requestOf({ descriptor, messages }: ApiMethod, request: never): JsonObject {
  if (!descriptor || messages) return isJsonObject(request) ? request : {};
  return typed(descriptor.input.typeName, messageToJson(descriptor.input, request));
}

function responseOf(
  { descriptor, encode }: ApiMethod,
  rule: AuditRule,
  call: Call,
  response: never,
): JsonObject | undefined {
  if (rule.response) return rule.response(response, call);
  const answer = encode(response);
  if (descriptor) return typed(descriptor.output.typeName, answer);
  return isJsonObject(answer) ? answer : undefined;
}

function typed(typeName: string, json: JsonValue): JsonObject {
  return { '@type': `type.googleapis.com/${typeName}`, ...(isJsonObject(json) ? json : {}) };
}
