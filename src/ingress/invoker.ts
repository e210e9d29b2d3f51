/**
 * May this request invoke the service? Anonymous when allUsers hold run.routes.invoke, otherwise by an ID token
 * (https://cloud.google.com/run/docs/authenticating/service-to-service).
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessControl } from '../access/index.js';
import { type ServiceRecord, serviceUrls } from '../deployments/index.js';
import type { HttpContext } from '../google/index.js';
import { type Identity, InvalidCredential } from '../identity/index.js';
import {
  ANONYMOUS,
  callerName,
  type Principal,
  principalOfEmail,
  type RequestContext,
  runResourceName,
} from '../names/index.js';

const INVOKE = 'run.routes.invoke';
/** `gcloud auth print-identity-token` makes tokens for gcloud's own client; Cloud Run accepts them from users. */
const GCLOUD_CLIENT = '32555940559.apps.googleusercontent.com';

/** The invoker's token, and the header that it came in. */
export interface Presented {
  readonly header: string;
  readonly token: string;
}

export type Admission =
  /** `by` is the token that opened the service; one that is open to all looks at none. */
  | { readonly ok: true; readonly principal: Principal; readonly by?: Presented }
  | { readonly ok: false; readonly status: 401 | 403; readonly log: string };

const NOT_AUTHENTICATED =
  'The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header. Read more at https://cloud.google.com/run/docs/securing/authenticating Additional troubleshooting documentation can be found at: https://cloud.google.com/run/docs/troubleshooting#unauthorized-client';
const NOT_AUTHORIZED =
  'The request was not authorized to invoke this service. Read more at https://cloud.google.com/run/docs/securing/authenticating Additional troubleshooting documentation can be found at: https://cloud.google.com/run/docs/troubleshooting#unauthorized-client';

/** Where the invoker's token is: the header that wins, and the token in it. */
function presentedToken(headers: IncomingHttpHeaders): Presented | undefined {
  for (const header of ['x-serverless-authorization', 'authorization']) {
    const value = headers[header];
    if (typeof value !== 'string') continue;
    const token = /^Bearer\s+(\S+)$/i.exec(value)?.[1];
    if (token !== undefined) return { header, token };
  }
  return undefined;
}

/** By the record, of which every change of the service makes a new one. */
const audiencesOf = new WeakMap<ServiceRecord, ReadonlySet<string>>();

function audiences(service: ServiceRecord): ReadonlySet<string> {
  const known = audiencesOf.get(service);
  if (known) return known;
  const own = serviceUrls(service);
  const tags = service.traffic.flatMap(({ tag }) =>
    tag === undefined ? [] : Object.values(serviceUrls(service, tag)),
  );
  const all = new Set([own.deterministic, own.hashed, ...tags, ...service.spec.customAudiences]);
  audiencesOf.set(service, all);
  return all;
}

function fitsAudience(service: ServiceRecord, audience: string, principal: Principal): boolean {
  if (principal.kind === 'user' && audience === GCLOUD_CLIENT) return true;
  return audiences(service).has(audience.replace(/\/$/, ''));
}

/** `request.host` and `request.path` of conditions: without the query, and what stands before the direct form's. */
function conditionContext({ host, url }: Pick<HttpContext, 'host' | 'url'>): RequestContext {
  const query = url.indexOf('?');
  return { host, path: query < 0 ? url : url.slice(0, query) };
}

/** Decides one request. Costs a few microseconds once the token's signature has been seen. */
export async function admitInvoker(
  service: ServiceRecord,
  headers: IncomingHttpHeaders,
  asked: Pick<HttpContext, 'host' | 'url'>,
  deps: { readonly access: AccessControl; readonly identity: Identity },
  time: Date,
): Promise<Admission> {
  if (service.spec.invokerIamDisabled) return { ok: true, principal: ANONYMOUS };
  const resource = runResourceName('service', service.project, service.location, service.name);
  const context = conditionContext(asked);
  if (await deps.access.isGranted(ANONYMOUS, INVOKE, resource, time, context))
    return { ok: true, principal: ANONYMOUS };
  const presented = presentedToken(headers);
  if (!presented) return { ok: false, status: 403, log: NOT_AUTHENTICATED };
  try {
    const claims = await deps.identity.verifyIdToken(presented.token);
    const principal = principalOfEmail(claims.email);
    if (!fitsAudience(service, claims.aud, principal)) return { ok: false, status: 401, log: NOT_AUTHORIZED };
    if (await deps.access.isGranted(principal, INVOKE, resource, time, context))
      return { ok: true, principal, by: presented };
    return { ok: false, status: 403, log: `${NOT_AUTHORIZED} (${callerName(principal)} lacks ${INVOKE})` };
  } catch (error) {
    if (error instanceof InvalidCredential) return { ok: false, status: 401, log: NOT_AUTHORIZED };
    throw error;
  }
}

/**
 * What the container gets in place of the token that opened the service: it sees who called, but cannot use the token
 * elsewhere. Every other credential is the container's own to check, and passes as it came
 * (https://cloud.google.com/run/docs/authenticating/end-users).
 */
export function withoutSignature({ header, token }: Presented): Record<string, string> {
  const [head, payload] = token.split('.');
  return { [header]: `Bearer ${head}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE` };
}
