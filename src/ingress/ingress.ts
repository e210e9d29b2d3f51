/** One request's way: host → service → invoker → instance. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type AccessControl, isServing } from '../access/index.js';
import { type Log, requestLogEntry } from '../audit/index.js';
import {
  type Deployments,
  InstanceFailure,
  type Lease,
  publicInstanceId,
  type ServiceRecord,
  servesHost,
} from '../deployments/index.js';
import type { HttpContext, HttpHandler, HttpRequest, HttpResponse } from '../google/index.js';
import type { Identity } from '../identity/index.js';
import { affinityCookie, affinityOf } from './affinity.js';
import { type Along, forward, type Sizes } from './forward.js';
import { admitInvoker, type Presented, withoutSignature } from './invoker.js';
import { pages } from './pages.js';
import { isReachable } from './reachable.js';
import { refuseWithoutInstance, settle } from './refusals.js';
import { type Trace, traceOf } from './trace.js';
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
    trace: Trace,
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
    if (!isReachable(service, context)) {
      pages.notFound(response);
      return { service };
    }
    const admission = await admitInvoker(service, request.headers, context, options, options.clock());
    if (!admission.ok) {
      const path = context.url.split('?', 1)[0] ?? '/';
      if (admission.status === 401) pages.unauthorized(response, path);
      else pages.forbidden(response, path);
      return { service, note: admission.log };
    }
    const { tag } = host;
    const { by } = admission;
    return relay(options, { request, response, context, service, tag, by, trace, upgrade });
  };
  const handle = async (
    request: HttpRequest,
    response: HttpResponse,
    context: HttpContext,
    upgrade?: Upgrade,
  ): Promise<void> => {
    const started = performance.now();
    const trace = traceOf(request.headers);
    const served = await serve(request, response, context, trace, upgrade);
    if (!served.service) return;
    const took = performance.now() - started;
    logRequest(options, { request, response, context, trace }, served.service, served, took);
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
  /** In place of the answer's own. */
  readonly status?: number;
}

/** A request that has been let in. */
interface Admitted {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly context: HttpContext;
  readonly service: ServiceRecord;
  readonly tag: string | undefined;
  readonly by: Presented | undefined;
  readonly trace: Trace;
  readonly upgrade: Upgrade | undefined;
}

async function relay({ deployments, clock }: IngressOptions, admitted: Admitted): Promise<Served> {
  const { request, response, context, service, tag, by, trace, upgrade } = admitted;
  const affinity = affinityOf(request.headers);
  let lease: Lease | undefined;
  const left = new AbortController();
  const leave = () => left.abort();
  response.once('close', leave);
  try {
    lease = await deployments.acquire(service, { tag, affinity, gone: left.signal });
  } catch (error) {
    if (left.signal.aborted) return { service, ...settle({ kind: 'gone', sizes: NOTHING }, response) };
    if (!(error instanceof InstanceFailure)) throw error;
    return { service, note: refuseWithoutInstance(error, response) };
  } finally {
    response.off('close', leave);
  }
  if (!lease) {
    pages.notFound(response);
    return { service };
  }
  const along: Along = {
    trace,
    headers: by ? withoutSignature(by) : {},
    cookie: affinityCookie(affinity, lease.affinity, clock()),
    timeoutMs: lease.revision.template.timeoutSeconds * 1000,
  };
  try {
    const outcome = upgrade
      ? await forwardUpgrade(upgrade, context, lease, along)
      : await forward(request, response, context, lease, along);
    return { service, lease, sizes: outcome.sizes, ...settle(outcome, response) };
  } finally {
    lease.release();
  }
}

const NOTHING: Sizes = { request: 0, response: 0 };

function logRequest(
  { log, clock }: IngressOptions,
  { request, response, context, trace }: Pick<Admitted, 'request' | 'response' | 'context' | 'trace'>,
  service: ServiceRecord,
  { lease, note, sizes = NOTHING, status }: Served,
  latencyMs: number,
): void {
  const time = clock();
  const { 'user-agent': userAgent, referer } = request.headers;
  log.append(
    service.project,
    requestLogEntry({
      project: service.project,
      location: service.location,
      service: service.name,
      ...(lease
        ? {
            revision: lease.revision.name,
            configuration: service.name,
            instanceId: publicInstanceId(lease.instance.id),
          }
        : {}),
      method: request.method ?? 'GET',
      url: `https://${context.host}${context.url}`,
      status: status ?? response.statusCode,
      requestBytes: sizes.request,
      responseBytes: sizes.response,
      protocol: `HTTP/${request.httpVersionMajor === 1 ? request.httpVersion : request.httpVersionMajor}`,
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(referer === undefined ? {} : { referer }),
      remoteIp: context.callerIp,
      latencyMs,
      ...(note === undefined ? {} : { message: note }),
      trace: `projects/${service.project}/traces/${trace.id}`,
      spanId: trace.span,
      traceSampled: trace.sampled,
      time,
    }),
    time,
  );
}
