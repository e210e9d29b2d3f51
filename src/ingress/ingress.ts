/** One request's way: host → service → invoker → instance. */
import { type AccessControl, isServing } from '../access/index.js';
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
import { forward, type Sizes } from './forward.js';
import { admitInvoker, type Presented, withoutSignature } from './invoker.js';
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
    // A deleted project serves nothing, and without the API a service is as good as gone; both come back as they were.
    if (!isServing(await options.access.projects.get(service.project), 'run.googleapis.com')) {
      pages.notFound(response);
      return {};
    }
    if (service.spec.ingress !== 'all') {
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
    return relay(options, request, response, context, service, host.tag, admission.by);
  };
  return {
    async handle(request, response, context) {
      const started = performance.now();
      const served = await serve(request, response, context);
      if (served.service)
        logRequest(options, request, response, context, served.service, served, performance.now() - started);
    },
  };
}

/** What became of a request, for its log entry. */
interface Served {
  /** Undefined when the host names no service: then there is nobody to log it for. */
  readonly service?: ServiceRecord;
  readonly lease?: Lease;
  readonly note?: string;
  readonly sizes?: Sizes;
}

async function relay(
  options: IngressOptions,
  request: HttpRequest,
  response: HttpResponse,
  context: HttpContext,
  service: ServiceRecord,
  tag: string | undefined,
  by: Presented | undefined,
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
  const headers = by ? withoutSignature(by) : {};
  const timeoutMs = lease.revision.template.timeoutSeconds * 1000;
  try {
    const outcome = await forward(request, response, context, lease, headers, timeoutMs);
    if (outcome.kind === 'timeout') pages.timeout(response);
    if (outcome.kind === 'no-answer') pages.badGateway(response);
    return { service, lease, sizes: outcome.sizes };
  } finally {
    lease.release();
  }
}

function logRequest(
  { log, clock }: IngressOptions,
  request: HttpRequest,
  response: HttpResponse,
  context: HttpContext,
  service: ServiceRecord,
  { lease, note, sizes }: Served,
  latencyMs: number,
): void {
  const time = clock();
  const trace = /^([0-9a-f]{32})/.exec(String(request.headers['x-cloud-trace-context'] ?? ''))?.[1];
  log.append(
    service.project,
    requestLogEntry({
      project: service.project,
      location: service.location,
      service: service.name,
      ...(lease
        ? { revision: lease.revision.name, configuration: service.name, instanceId: lease.instance.id }
        : {}),
      method: request.method ?? 'GET',
      url: `https://${context.host}${context.url}`,
      status: response.statusCode,
      requestBytes: sizes?.request ?? 0,
      responseBytes: sizes?.response ?? 0,
      protocol: `HTTP/${request.httpVersion}`,
      userAgent: request.headers['user-agent'] ?? '',
      remoteIp: context.callerIp,
      latencyMs,
      ...(note === undefined ? {} : { message: note }),
      ...(trace === undefined ? {} : { trace: `projects/${service.project}/traces/${trace}` }),
      time,
    }),
    time,
  );
}
