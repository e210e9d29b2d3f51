/** One request's way: host → service → invoker → instance. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
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
import { forwardUpgrade, type Upgrade, upgradeOf } from './upgrade.js';

export interface IngressOptions {
  readonly deployments: Deployments;
  readonly access: AccessControl;
  readonly identity: Identity;
  readonly log: Log;
  readonly clock: () => Date;
  /** Told of failures that nobody foresaw, on connections that have become WebSockets. */
  readonly onError: (error: unknown, what: string) => void;
}

export interface Ingress {
  readonly handle: HttpHandler;
  /** Takes a connection over that asked to become a WebSocket. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, context: HttpContext) => void;
}

export function createIngress(options: IngressOptions): Ingress {
  const serve = async (
    request: HttpRequest,
    response: HttpResponse,
    context: HttpContext,
    upgrade?: Upgrade,
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
    return relay(options, request, response, context, service, host.tag, admission.by, upgrade);
  };
  const handle = async (
    request: HttpRequest,
    response: HttpResponse,
    context: HttpContext,
    upgrade?: Upgrade,
  ): Promise<void> => {
    const started = performance.now();
    const served = await serve(request, response, context, upgrade);
    if (served.service)
      logRequest(options, request, response, context, served.service, served, performance.now() - started);
  };
  return {
    handle: (request, response, context) => handle(request, response, context),
    upgrade(request, socket, head, context) {
      const upgrade = upgradeOf(request, socket, head);
      handle(request, upgrade.response, context, upgrade).catch((error: unknown) => {
        socket.destroy();
        options.onError(error, `the WebSocket ${context.host}`);
      });
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
  upgrade: Upgrade | undefined,
): Promise<Served> {
  let lease: Lease | undefined;
  try {
    lease = await options.deployments.acquire(service, { tag });
  } catch (error) {
    if (!(error instanceof InstanceFailure)) throw error;
    if (error.outcome.cause === 'no-instance') pages.noInstance(response);
    else pages.badGateway(response);
    return { service, note: error.message };
  }
  if (!lease) {
    pages.notFound(response);
    return { service };
  }
  const headers = by ? withoutSignature(by) : {};
  const timeoutMs = lease.revision.template.timeoutSeconds * 1000;
  try {
    const outcome = upgrade
      ? await forwardUpgrade(upgrade, context, lease, headers, timeoutMs)
      : await forward(request, response, context, lease, headers, timeoutMs);
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
