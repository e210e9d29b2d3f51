/**
 * One API call: who calls, whether they may, the handler, the audit entry. Every API method passes here, whatever
 * its transport, and a method that the permission table of its API does not know is refused.
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
  type PermissionCheck,
  permissionDenied,
  unimplemented,
} from '../google/index.js';
import type { Caller, Identity } from '../identity/index.js';
import { ANONYMOUS } from '../names/index.js';
import { type CallRecord, recordActivity } from './activity.js';
import { authenticate, missingCredential } from './authenticate.js';
import { dataAccessRules } from './data-access.js';
import { internalError } from './reply.js';
import { requireScope } from './scopes.js';

export interface PipelineOptions {
  readonly identity: Identity;
  readonly access: AccessControl;
  readonly clock: () => Date;
  readonly log: Log;
  readonly onError: (error: unknown, what: string) => void;
  /** A room's own error in Google's terms, such as a full disk; what it doesn't know comes back as it was. */
  readonly translate: (error: unknown) => unknown;
  /** Ends when the plane stops: streams, which would go on, end with it. */
  readonly closing: AbortSignal;
}

/** A call as its transport found it. */
export interface IncomingCall {
  readonly api: Api;
  readonly method: ApiMethod;
  /** The region that a regional host names. */
  readonly location: string | undefined;
  readonly context: HttpContext;
}

/** A call that may be looked at: its caller is known, its method served. */
export interface AdmittedCall extends IncomingCall {
  readonly rule: AccessRule;
  readonly caller: Caller | undefined;
  readonly userAgent: string;
}

/** What a transport does around the handler. */
export interface Exchange<T> {
  /** Gives the decoded message. @throws GoogleError for a request that cannot be read */
  readonly decode: () => unknown;
  readonly encode: (response: never) => T;
  /** Ends when the client goes away or its deadline has passed. */
  readonly signal: AbortSignal;
}

/**
 * Finds out who calls, before anything of the request's message is read.
 * @throws GoogleError UNAUTHENTICATED; PERMISSION_DENIED for a token without a scope of the method's, or a method
 *   without an access rule; UNIMPLEMENTED for a method without a handler
 */
export async function admit(
  options: PipelineOptions,
  incoming: IncomingCall,
  { headers }: Pick<HttpRequest, 'headers'>,
): Promise<AdmittedCall> {
  const { api, method, context } = incoming;
  const rule = Object.hasOwn(api.access, method.name) ? api.access[method.name] : undefined;
  const caller = await authenticate(options.identity, headers.authorization, {
    api: api.host,
    method: method.name,
    hosts: [context.host, api.host],
  });
  if (!caller && rule?.kind !== 'public') throw missingCredential(api.host, method.name);
  if (method.implemented === false) throw unimplemented(`Method ${method.name} is not implemented.`);
  if (!rule) {
    throw permissionDenied(`Method ${method.name} has no entry in the permission table: nobody may call it.`);
  }
  if (caller) requireScope(caller, api, method, rule);
  return { ...incoming, rule, caller, userAgent: headers['user-agent'] ?? '' };
}

/**
 * Checks the permissions of an admitted call, calls its handler and writes its audit entry.
 * @returns what the exchange's encode makes of the answer
 * @throws whatever refuses the call; the transport writes it out
 */
export async function invoke<T>(
  options: PipelineOptions,
  admitted: AdmittedCall,
  exchange: Exchange<T>,
): Promise<T> {
  const { method, rule, caller } = admitted;
  const call = callOf(options, admitted, exchange.signal);
  // The request type is known to the method's own decode and handle alone: never stands for it in between.
  const message = (await exchange.decode()) as never;
  const checked: PermissionCheck[] = [];
  const record = async (result: CallRecord['result']) => {
    const { access, log, onError } = options;
    try {
      const left = { method, call, caller, request: message, result };
      for (const named of await auditRules(access, admitted, call, checked)) {
        await recordActivity(log, access, { ...left, ...named });
      }
    } catch (error) {
      // What the call did stands: its answer must not say otherwise.
      onError(error, `the audit entry of ${method.name}`);
    }
  };
  let response: never;
  let answer: T;
  try {
    await authorize(options.access, rule, message, call, checked);
    if (method.stream) {
      throw unimplemented(`Method ${method.name} is a stream: it is served over gRPC alone.`);
    }
    response = (await method.handle(message, call)) as never;
    answer = exchange.encode(response);
  } catch (cause) {
    const error = options.translate(cause);
    await record({ ok: false, error: error instanceof GoogleError ? error : internalError() });
    throw error;
  }
  await record({ ok: true, response });
  return answer;
}

/** What a handler knows of an admitted call. */
export function callOf(options: PipelineOptions, admitted: AdmittedCall, signal: AbortSignal): Call {
  const { caller, context, location, method, userAgent } = admitted;
  return {
    principal: caller?.principal ?? ANONYMOUS,
    ...(caller?.origin === undefined ? {} : { origin: caller.origin }),
    time: options.clock(),
    host: context.host,
    ...(location === undefined ? {} : { location }),
    method: method.name,
    userAgent,
    callerIp: context.callerIp,
    signal,
    authorizations: [],
  };
}

/**
 * Finds the methods that change something without saying how their audit entry names it. Rules of kind `handler`
 * may write their entries themselves, in the transaction of the change. Streams leave no entries: none of them may
 * change anything.
 */
export function unauditedMethods(apis: readonly Api[]): string[] {
  return apis.flatMap((api) =>
    api.methods
      .filter((method) => {
        const rule = Object.hasOwn(api.access, method.name) ? api.access[method.name] : undefined;
        const silent = method.stream !== undefined || (rule?.kind === 'permission' && !method.audit);
        return rule !== undefined && isAdminWrite(rule) && silent && method.implemented !== false;
      })
      .map((method) => method.name),
  );
}

function isAdminWrite(rule: AccessRule): boolean {
  return (rule.kind === 'permission' || rule.kind === 'handler') && rule.type === 'ADMIN_WRITE';
}

/** Under which names the call is audited: at most once in the activity log, and once in each data access log. */
async function auditRules(
  access: AccessControl,
  { api, method, rule }: AdmittedCall,
  call: Call,
  checked: readonly PermissionCheck[],
): Promise<readonly Pick<CallRecord, 'rule' | 'permissionType'>[]> {
  if (isAdminWrite(rule)) return method.audit ? [{ rule: method.audit }] : [];
  if (rule.kind !== 'permission') return [];
  return dataAccessRules(access, { api, method, type: rule.type, call, checked });
}

/**
 * Checks the rule's permissions in order; the first one missing refuses the call.
 * @param checked gets what was checked
 */
export async function authorize(
  access: AccessControl,
  rule: AccessRule,
  message: never,
  call: Call,
  checked: PermissionCheck[] = [],
): Promise<void> {
  if (rule.kind !== 'permission') return;
  for (const check of await rule.checks(message, call)) {
    const { permission, resource, label, context } = check;
    const granted = await access.isGranted(call.principal, permission, resource, call.time, context);
    checked.push(check);
    call.authorizations.push({ permission, resource: label, granted });
    if (!granted) throw rule.refusal(check, call);
  }
}
