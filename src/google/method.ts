/**
 * The contract of an API method, shared by every folder of services/ and by the front door: how a call finds it,
 * what its caller must be allowed to do, and the handler. Proto methods take their routes from google.api.http;
 * run v1 and Resource Manager v1 have hand-written tables. REST, gRPC and gRPC-web reach the same handler.
 */
import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { CredentialOrigin, Principal, RequestContext, ResourceName } from '../names/index.js';
import type { JsonObject, JsonValue } from './json.js';

/** One checked permission, as an audit entry lists it in `authorizationInfo[]`. */
export interface AuthorizationInfo {
  readonly permission: string;
  /** The resource as the API spells it in refusals, e.g. `namespaces/P/services/S`. */
  readonly resource: string;
  readonly granted: boolean;
}

/** What a handler knows of the call it serves. */
export interface Call {
  readonly principal: Principal;
  /** How the caller came by its credential; undefined where there is nothing to tell. */
  readonly origin?: CredentialOrigin;
  /** The clock of this call; handlers take no other. */
  readonly time: Date;
  /** The host the call was made to, e.g. `asia-northeast1-run.googleapis.com`. */
  readonly host: string;
  /** The region a regional host names; undefined on a global host. */
  readonly location?: string;
  readonly method: string;
  readonly userAgent: string;
  readonly callerIp: string;
  /** Ends when the client goes away; long polls listen to it. */
  readonly signal: AbortSignal;
  /** Permissions checked so far, in order: the pipeline's own and those a handler adds. */
  readonly authorizations: AuthorizationInfo[];
}

/** What the handler of a stream knows of its call, which may go on for long after `time`. */
export interface StreamCall extends Call {
  readonly now: () => Date;
  /**
   * Ends when the client goes away or its deadline has passed, when the caller may no longer see the answers, and
   * when the plane stops. The handler has nothing to say then: the front door knows why.
   */
  readonly signal: AbortSignal;
}

/**
 * Serves one call of a streaming method. The caller's right to each request is checked before it is given out here,
 * and again before an answer goes out.
 */
export type StreamHandler<I, O> = (requests: AsyncIterable<I>, call: StreamCall) => AsyncIterable<O>;

/** Cloud Audit Logs' permission types. ADMIN_WRITE calls are logged as activity; the others are off by default. */
export type PermissionType = 'ADMIN_READ' | 'ADMIN_WRITE' | 'DATA_READ' | 'DATA_WRITE';

/** A permission to check and the resource whose policies decide. */
export interface PermissionCheck {
  readonly permission: string;
  readonly resource: ResourceName;
  /** The resource as refusals and audit entries of this API spell it. */
  readonly label: string;
  /** What conditions may ask of the call, where the API provides it. */
  readonly context?: RequestContext;
}

/**
 * What the caller of a method needs. One entry per method, by the method's full name; a method without an
 * entry is refused.
 */
export type AccessRule =
  /** Anybody, signed in or not. `why` says where that is documented. */
  | { readonly kind: 'public'; readonly why: string }
  /** Any signed-in caller: testIamPermissions, and lists that show only what the caller may see. */
  | { readonly kind: 'authenticated'; readonly why: string }
  /** The handler's room checks by itself, with the same judge (deploys: the checkpoint). */
  | { readonly kind: 'handler'; readonly type: PermissionType; readonly why: string }
  | {
      readonly kind: 'permission';
      readonly type: PermissionType;
      /** Every check must pass; the first refusal wins. `request` is the decoded message. */
      readonly checks: (
        request: never,
        call: Call,
      ) => readonly PermissionCheck[] | Promise<readonly PermissionCheck[]>;
      /** The API's own words for a refusal. */
      readonly refusal: (check: PermissionCheck, call: Call) => Error;
    };

export interface HttpBinding {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A google.api.http path template, e.g. `/v1/{name=projects/*}/services:batchEnable`. */
  readonly template: string;
  /** `*`, a field's name, or undefined when the method takes no body. */
  readonly body?: string;
}

/** What transcoding found in an HTTP request, before it is a message. */
export interface HttpInput {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonValue | undefined;
  /** The route that matched; the method's first when left out. */
  readonly binding?: HttpBinding;
}

export interface MonitoredResource {
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** How a method's audit entry names things. */
export interface AuditRule {
  /** The entry's methodName; the method's own name when left out. */
  readonly methodName?: string;
  readonly serviceName: string;
  readonly resourceName: (request: never, call: Call) => string;
  readonly monitored: (request: never, call: Call) => MonitoredResource;
  /** In whose log the entry lies: a project (id or number), `folders/N` or `organizations/N`. */
  readonly project: (request: never, call: Call) => string | Promise<string>;
  /** `request` of the entry, with its `@type`; the decoded message's JSON when left out. */
  readonly request?: (request: never, call: Call) => JsonObject;
  /** `response` of the entry; the encoded answer when left out. */
  readonly response?: (response: never, call: Call) => JsonObject | undefined;
  /** serviceData and the like, merged into protoPayload. */
  readonly extra?: (request: never, response: never, call: Call) => JsonObject;
}

/** Between the messages of a proto method and what its handler works with. */
export interface MessageAdapter {
  /** @throws GoogleError as the method's `decode` does */
  readonly read: (message: never) => unknown;
  readonly write: (response: never) => Message;
}

/** One method as the front door calls it. Built by {@link defineMethod} or by protoMethods(). */
export interface ApiMethod {
  /** e.g. `google.cloud.run.v1.Services.CreateService`; also the key of its {@link AccessRule}. */
  readonly name: string;
  readonly bindings: readonly HttpBinding[];
  readonly decode: (input: HttpInput) => unknown;
  readonly handle: (request: never, call: Call) => Promise<unknown>;
  /** Serves a streaming method, over gRPC alone, in place of `handle`. */
  readonly stream?: StreamHandler<never, unknown>;
  readonly encode: (response: never) => JsonValue;
  readonly audit?: AuditRule;
  /** The proto method, where there is one: gRPC finds and decodes by it. */
  readonly descriptor?: DescMethod;
  /** Where `handle` takes and gives other things than the descriptor's messages: how gRPC's become those. */
  readonly messages?: MessageAdapter;
  /**
   * The OAuth scopes that the method accepts beside `cloud-platform`, full URLs; those of its proto service
   * (google.api.oauth_scopes) when left out.
   */
  readonly scopes?: readonly string[];
  /** False for a proto method without a handler: any signed-in caller gets UNIMPLEMENTED, needing no entry. */
  readonly implemented?: boolean;
}

/** One Google API: the host that serves it, its methods and what each needs. */
export interface Api {
  /** e.g. `run.googleapis.com`; `LOCATION-run.googleapis.com` reaches it too when `regional`. */
  readonly host: string;
  readonly regional: boolean;
  readonly methods: readonly ApiMethod[];
  readonly access: Readonly<Record<string, AccessRule>>;
}

/** A method with its types, before the front door forgets them. */
export interface TypedMethod<I, O> {
  readonly name: string;
  readonly bindings: readonly HttpBinding[];
  readonly decode: (input: HttpInput) => I;
  readonly handle: (request: I, call: Call) => Promise<O>;
  readonly encode: (response: O) => JsonValue;
  readonly audit?: AuditRule;
  readonly scopes?: readonly string[];
}

/** Checks a method's types and hands it to the front door's table. */
export function defineMethod<I, O>(method: TypedMethod<I, O>): ApiMethod {
  return method;
}
