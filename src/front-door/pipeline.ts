/**
 * One API call: who calls, what they ask, whether they may, the handler, the audit entry, the answer. Every API
 * method passes here, and a method that the permission table of its API does not know is refused.
 */
import type { AccessControl } from '../access/index.js';
import type { Log } from '../audit/index.js';
import {
  type AccessRule,
  type Api,
  type ApiMethod,
  type Call,
  GoogleError,
  type HttpContext,
  type HttpRequest,
  type HttpResponse,
  type JsonValue,
  notFound,
  permissionDenied,
  unimplemented,
  withoutSystemParameters,
} from '../google/index.js';
import type { Caller, Identity } from '../identity/index.js';
import { ANONYMOUS } from '../names/index.js';
import { type CallRecord, recordActivity } from './activity.js';
import { authenticate, missingCredential } from './authenticate.js';
import { readJsonBody } from './json-body.js';
import { pathOf, queryOf } from './locate.js';
import type { MethodMatch } from './method-table.js';
import { internalError, sendJson } from './reply.js';

export interface PipelineOptions {
  readonly identity: Identity;
  readonly access: AccessControl;
  readonly clock: () => Date;
  readonly log: Log;
  readonly onError: (error: unknown, what: string) => void;
}

export interface ApiCall {
  readonly api: Api;
  readonly match: MethodMatch | undefined;
  readonly location: string | undefined;
  readonly context: HttpContext;
}

/** @throws whatever refuses the call; the front door writes it out */
export async function serveApiCall(
  options: PipelineOptions,
  { api, match, location, context }: ApiCall,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  if (!match) {
    throw notFound(`The requested URL ${pathOf(context.url)} was not found on ${context.host}.`);
  }
  const { method } = match;
  const rule = Object.hasOwn(api.access, method.name) ? api.access[method.name] : undefined;
  const caller = await authenticate(options.identity, request.headers.authorization, api.host, method.name);
  if (!caller && rule?.kind !== 'public') throw missingCredential(api.host, method.name);

  const call: Call = {
    principal: caller?.principal ?? ANONYMOUS,
    time: options.clock(),
    host: context.host,
    ...(location === undefined ? {} : { location }),
    method: method.name,
    userAgent: request.headers['user-agent'] ?? '',
    callerIp: context.callerIp,
    signal: endOf(response),
    authorizations: [],
  };
  const answer = await invoke(options, match, rule, caller, call, async () => ({
    path: match.variables,
    query: withoutSystemParameters(queryOf(context.url)),
    body: await readJsonBody(request),
    binding: match.binding,
  }));
  sendJson(response, 200, answer);
}

async function invoke(
  options: PipelineOptions,
  { method }: MethodMatch,
  rule: AccessRule | undefined,
  caller: Caller | undefined,
  call: Call,
  input: () => Promise<Parameters<ApiMethod['decode']>[0]>,
): Promise<JsonValue> {
  if (method.implemented === false) throw unimplemented(`Method ${method.name} is not implemented.`);
  if (!rule) {
    throw permissionDenied(`Method ${method.name} has no entry in the permission table: nobody may call it.`);
  }
  // The request type is known to the method's own decode and handle alone: never stands for it in between.
  const message = method.decode(await input()) as never;
  const audit = isAdminWrite(rule) ? method.audit : undefined;
  const record = async (result: CallRecord['result']) => {
    if (!audit) return;
    const { access, log, onError } = options;
    try {
      await recordActivity(log, access, { method, rule: audit, call, caller, request: message, result });
    } catch (error) {
      // What the call did stands: its answer must not say otherwise.
      onError(error, `the audit entry of ${method.name}`);
    }
  };
  let response: never;
  let answer: JsonValue;
  try {
    await authorize(options.access, rule, message, call);
    response = (await method.handle(message, call)) as never;
    answer = method.encode(response);
  } catch (error) {
    await record({ ok: false, error: error instanceof GoogleError ? error : internalError() });
    throw error;
  }
  await record({ ok: true, response, answer });
  return answer;
}

/**
 * Finds the methods that change something without saying how their audit entry names it. Rules of kind `handler`
 * may write their entries themselves, in the transaction of the change.
 */
export function unauditedMethods(apis: readonly Api[]): string[] {
  return apis.flatMap((api) =>
    api.methods
      .filter((method) => {
        const rule = Object.hasOwn(api.access, method.name) ? api.access[method.name] : undefined;
        return (
          rule?.kind === 'permission' && isAdminWrite(rule) && !method.audit && method.implemented !== false
        );
      })
      .map((method) => method.name),
  );
}

function isAdminWrite(rule: AccessRule): boolean {
  return (rule.kind === 'permission' || rule.kind === 'handler') && rule.type === 'ADMIN_WRITE';
}

/** Checks the rule's permissions in order; the first one missing refuses the call. */
async function authorize(access: AccessControl, rule: AccessRule, message: never, call: Call): Promise<void> {
  if (rule.kind !== 'permission') return;
  for (const check of await rule.checks(message, call)) {
    const { permission, resource, label } = check;
    const granted = await access.isGranted(call.principal, permission, resource, call.time);
    call.authorizations.push({ permission, resource: label, granted });
    if (!granted) throw rule.refusal(check, call);
  }
}

/** Ends when the client goes away before its answer. */
function endOf(response: HttpResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) controller.abort();
  });
  return controller.signal;
}
