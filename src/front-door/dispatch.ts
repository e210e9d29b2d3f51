/** From a request to the room behind the right door, and from whatever goes wrong there to an answer. */
import {
  type Api,
  GoogleError,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  invalidArgument,
  notFound,
  unimplemented,
} from '../google/index.js';
import { type EgressOptions, strangerRefusal } from './connect.js';
import { type HostTable, isLoopback, isUnaddressed } from './hosts.js';
import { type Arrival, type Destination, isRpc, locate, pathOf, readArrival } from './locate.js';
import { methodTable } from './method-table.js';
import type { PipelineOptions } from './pipeline.js';
import { sendError, sendJson, sendText } from './reply.js';
import { serveRestCall } from './rest-call.js';
import { forward } from './tunnel.js';

export interface DispatchOptions extends EgressOptions, PipelineOptions {
  readonly apis: readonly Api[];
  readonly oauth2: HttpHandler;
  readonly registry: HttpHandler;
  readonly ingress: { readonly handle: HttpHandler };
  /** Requests to `sekisho.internal`; only this machine's reach it. */
  readonly admin: HttpHandler;
}

export interface Dispatcher {
  /** Answers a request; never fails. */
  dispatch(request: HttpRequest, response: HttpResponse): void;
  /** Where a request would go; undefined when it goes nowhere. */
  destination(request: HttpRequest): Destination | undefined;
}

/** @param ownPort the port that the plane listens on, once it does */
export function dispatcher(options: DispatchOptions, hosts: HostTable, ownPort: () => number): Dispatcher {
  const methods = methodTable(options.apis);
  const find = (arrival: Arrival) => locate(arrival, hosts, methods, ownPort());
  return {
    dispatch(request, response) {
      const arrival = readArrival(request);
      if (!arrival) {
        const refusal = invalidArgument('The request names no valid host.');
        sendJson(response, refusal.httpStatus, refusal.toJson());
        return;
      }
      const served = async () => serve(options, find(arrival), arrival, request, response);
      const fail = (error: unknown) => {
        const unforeseen = sendError(response, error);
        // An answer that broke off must not look complete.
        if (response.headersSent && !response.writableEnded) response.destroy();
        const gone = unforeseen instanceof Error && unforeseen.name === 'AbortError' && request.destroyed;
        if (unforeseen !== undefined && !gone) {
          options.onError(unforeseen, `${arrival.verb} ${arrival.host}${pathOf(arrival.url)}`);
        }
      };
      served()
        .catch(async (cause: unknown) => {
          const error = options.translate(cause);
          if (!isRpc(request) || response.headersSent) throw error;
          await (await grpc()).refuseRpc(options, request, response, error);
        })
        .catch(fail);
    },
    destination(request) {
      const arrival = readArrival(request);
      try {
        return arrival && find(arrival);
      } catch (error) {
        if (error instanceof GoogleError) return undefined;
        throw error;
      }
    },
  };
}

/** Connect takes a tenth of the start-up time to load, and many planes never see gRPC. */
const grpc = () => import('./grpc-call.js');

async function serve(
  options: DispatchOptions,
  to: Destination,
  arrival: Arrival,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  switch (to.kind) {
    case 'rest':
      return serveRestCall(options, to, request, response);
    case 'rpc':
      return (await grpc()).serveRpcCall(options, to, request, response);
    case 'registry':
      return options.registry(request, response, to.context);
    case 'ingress':
      return options.ingress.handle(request, response, to.context);
    case 'oauth2':
      return options.oauth2(request, response, to.context);
    case 'admin':
      if (!isLoopback(arrival.peer) && !isUnaddressed(arrival.peer))
        throw new GoogleError('PERMISSION_DENIED', 'Only from this machine.');
      return options.admin(request, response, to.context);
    case 'health':
      return sendText(response, 200, 'ok');
    case 'refused':
      throw notFound(to.why);
    case 'unserved':
      throw unimplemented(to.why);
    case 'nowhere':
      throw notFound(`The requested URL ${pathOf(to.context.url)} was not found on this server.`);
    case 'foreign': {
      const why = strangerRefusal(arrival.host, arrival.peer, options);
      if (why !== undefined) return sendText(response, 403, `${why}\n`);
      return forward(arrival, options.upstreamProxy, request, response);
    }
  }
}
