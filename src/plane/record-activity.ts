/** Writes the audit entry of a call that changed something, or tried to: one per call, by the method's own rule. */
import type { AccessControl } from '../access/index.js';
import { activityEntry, type Log } from '../audit/index.js';
import type { CallRecord } from '../front-door/index.js';
import { isJsonObject, type JsonObject } from '../google/index.js';

/** The front door's `record`: durable when the promise resolves. */
export function recordActivity(deps: {
  readonly log: Log;
  readonly access: AccessControl;
}): (record: CallRecord) => Promise<void> {
  return async ({ method, call, caller, request, result }) => {
    const rule = method.audit;
    if (!rule) return;
    // Each method reads its own request: to this function its type is not known.
    const message = request as never;
    const project = await deps.access.projects.get(await rule.project(message, call));
    // A project that does not exist has no log.
    if (!project) return;
    const response = result.ok ? answerOf(method, rule, result.response as never, call) : undefined;
    const entry = activityEntry({
      project: project.projectId,
      serviceName: rule.serviceName,
      methodName: rule.methodName ?? method.name,
      resourceName: rule.resourceName(message, call),
      monitored: rule.monitored(message, call),
      caller: {
        principal: call.principal,
        ...(caller?.clientId === undefined ? {} : { oauthClientId: caller.clientId }),
      },
      authorizations: call.authorizations,
      ...(rule.request ? { request: rule.request(message, call) } : {}),
      ...(response ? { response } : {}),
      ...(result.ok ? {} : { status: { code: result.error.grpcCode, message: result.error.message } }),
      ...(call.location === undefined ? {} : { location: call.location }),
      callerIp: call.callerIp,
      userAgent: call.userAgent,
      ...(result.ok && rule.extra ? { extra: rule.extra(message, result.response as never, call) } : {}),
      time: call.time,
    });
    await deps.log.write(project.projectId, [entry], call.time);
  };
}

function answerOf(
  method: CallRecord['method'],
  rule: NonNullable<CallRecord['method']['audit']>,
  response: never,
  call: CallRecord['call'],
): JsonObject | undefined {
  if (rule.response) return rule.response(response, call);
  const encoded = method.encode(response);
  return isJsonObject(encoded) ? encoded : undefined;
}
