/** One request's way: host → service → invoker → instance. */
import type { AccessControl } from '../access/index.js';
import { type Log, requestLogEntry } from '../audit/index.js';
import {
  type Deployments,
  InstanceFailure,
  type Lease,
  type ServiceRecord,
  servesHost,
} from '../deployments/index.js';
import type { HttpContext, HttpHandler, HttpRequest, HttpResponse } from '../google/index.js';
import type { Identity } from '../identity/index.js';
import { forward } from './forward.js';
import { admitInvoker, presentedToken, withoutSignature } from './invoker.js';
import { pages } from './pages.js';

export interface IngressOptions {
  readonly deployments: Deployments;
  readonly access: AccessControl;
  readonly identity: Identity;
  readonly log: Log;
  readonly clock: () => Date;
}

export interface Ingress {
  readonly handle: HttpHandler;
}

export function createIngress(options: IngressOptions): Ingress {
  const serve = async (
    request: HttpRequest,
    response: HttpResponse,
    context: HttpContext,
  ): Promise<Served> => {
    const host = servesHost(context.host);
    const service = host && options.deployments.find(host);
    if (!host || !service) {
      pages.notFound(response);
      return {};
    }
    if ((service.spec.annotations['run.googleapis.com/ingress'] ?? 'all') !== 'all') {
      pages.notFound(response);
      return { service };
    }
    const admission = await admitInvoker(service, request.headers, options, options.clock());
    if (!admission.ok) {
      const path = context.url.split('?', 1)[0] ?? '/';
      if (admission.status === 401) pages.unauthorized(response, path);
      else pages.forbidden(response, path);
      return { service, note: admission.log };
    }
    return relay(options, request, response, context, service, host.tag);
  };
  return {
    async handle(request, response, context) {
      const started = performance.now();
      const { service, revision, note } = await serve(request, response, context);
      if (service) logRequest(options, request, response, context, { service, revision, note, started });
    },
  };
}

interface Served {
  readonly service?: ServiceRecord;
  readonly revision?: string;
  readonly note?: string;
}

async function relay(
  options: IngressOptions,
  request: HttpRequest,
  response: HttpResponse,
  context: HttpContext,
  service: ServiceRecord,
  tag: string | undefined,
): Promise<Served> {
  let lease: Lease | undefined;
  try {
    lease = await options.deployments.acquire(service, tag);
  } catch (error) {
    if (!(error instanceof InstanceFailure)) throw error;
    pages.badGateway(response);
    return { service, note: error.message };
  }
  if (!lease) {
    pages.notFound(response);
    return { service };
  }
  const presented = presentedToken(request.headers);
  const headers: Record<string, string> = presented
    ? { [presented.header]: `Bearer ${withoutSignature(presented.token)}` }
    : {};
  const timeoutMs = lease.revision.template.timeoutSeconds * 1000;
  try {
    const outcome = await forward(request, response, context, lease, headers, timeoutMs);
    if (outcome.kind === 'timeout') pages.timeout(response);
    if (outcome.kind === 'no-answer') pages.badGateway(response);
    return { service, revision: lease.revision.name };
  } finally {
    lease.release();
  }
}

function logRequest(
  { log, clock }: IngressOptions,
  request: HttpRequest,
  response: HttpResponse,
  context: HttpContext,
  served: { service: ServiceRecord; revision: string | undefined; note: string | undefined; started: number },
): void {
  const { service, revision, note, started } = served;
  const time = clock();
  log.append(
    service.project,
    requestLogEntry({
      project: service.project,
      location: service.location,
      service: service.name,
      revision: revision ?? '',
      method: request.method ?? 'GET',
      url: `https://${context.host}${context.url}`,
      status: response.statusCode,
      userAgent: request.headers['user-agent'] ?? '',
      remoteIp: context.callerIp,
      latencyMs: performance.now() - started,
      ...(note === undefined ? {} : { text: note }),
      time,
    }),
    time,
  );
}
