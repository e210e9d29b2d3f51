/**
 * From a request's host and path to the door that serves it. Under Google's host names the host decides. On the
 * plane's own address (the direct form) a first path segment that is one of those names decides, and without one
 * the path over all APIs, then the registry's.
 */
import type { HttpContext, HttpRequest, Origin } from '../google/index.js';
import { originOf, servesContainers } from './container-connection.js';
import { type HostRoute, type HostTable, isLoopback, parseAuthority, withoutLocalhost } from './hosts.js';
import type { MethodMatch, MethodTable, RpcMatch } from './method-table.js';
import type { IncomingCall } from './pipeline.js';
import { unservedCall } from './unserved.js';

/** A request's addressing, read once. */
export interface Arrival {
  readonly verb: string;
  readonly secure: boolean;
  /** As in the Host header: host and port. */
  readonly authority: string;
  /** Lower case, without port. */
  readonly host: string;
  /** Path and query. */
  readonly url: string;
  /** True when a proxy's client asked for a whole URL. */
  readonly absolute: boolean;
  readonly peer: string;
  /** True for gRPC and gRPC-web, which the content type tells. */
  readonly rpc: boolean;
  /** The container that it comes from. */
  readonly origin: Origin | undefined;
}

/** A call that a verb and a path make. */
export type RestCall = IncomingCall & Pick<MethodMatch, 'binding' | 'variables'>;

export type Destination =
  /** No calls when there is no such method; several only in the direct form, see askEach(). */
  | { readonly kind: 'rest'; readonly calls: readonly RestCall[]; readonly context: HttpContext }
  | { readonly kind: 'rpc'; readonly calls: readonly IncomingCall[]; readonly context: HttpContext }
  | { readonly kind: 'registry' | 'ingress' | 'oauth2' | 'admin'; readonly context: HttpContext }
  | { readonly kind: 'refused' | 'unserved'; readonly why: string }
  | { readonly kind: 'health' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'nowhere'; readonly context: HttpContext };

/** @returns undefined when the request names no host, or none that could be one */
export function readArrival(request: HttpRequest): Arrival | undefined {
  const { url = '', method = 'GET', headers } = request;
  const absolute = /^https?:\/\/([^/?#]+)(.*)$/i.exec(url);
  const authority = absolute?.[1] ?? headers[':authority']?.toString() ?? headers.host ?? '';
  const parsed = parseAuthority(authority);
  if (!parsed) return undefined;
  const path = absolute ? (absolute[2] ?? '') : url;
  return {
    verb: method,
    secure: 'encrypted' in request.socket,
    authority,
    host: parsed.host,
    url: path.startsWith('/') ? path : `/${path}`,
    absolute: absolute !== null,
    peer: request.socket.remoteAddress ?? '',
    rpc: isRpc(request),
    origin: originOf(request),
  };
}

/** gRPC (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) or gRPC-web. */
export function isRpc({ method, headers }: HttpRequest): boolean {
  return (
    method === 'POST' &&
    /^application\/grpc(?:-web(?:-text)?)?(?:[+; ]|$)/i.test(headers['content-type'] ?? '')
  );
}

/** @throws GoogleError INVALID_ARGUMENT for a malformed percent-encoding in the path */
export function locate(
  arrival: Arrival,
  hosts: HostTable,
  methods: MethodTable,
  ownPort: number,
): Destination {
  const browsed = withoutLocalhost(arrival.host);
  const route = hosts.route(browsed);
  // Also where the connection was made for another host, and the direct form's path names this one.
  if (arrival.origin && !servesContainers(route))
    return { kind: 'refused', why: `${arrival.host} is not reached from containers.` };
  const base = `${arrival.secure ? 'https' : 'http'}://${arrival.authority}`;
  if (route.kind !== 'other') {
    const direct = browsed !== arrival.host;
    return destination(arrival, route, context(arrival, browsed, arrival.url, base, direct), methods);
  }
  if (arrival.absolute && !isOwnAddress(arrival, ownPort)) return { kind: 'foreign' };
  const prefix = /^\/([^/?]+\.[^/?]+)(?=[/?]|$)/.exec(arrival.url)?.[1]?.toLowerCase();
  const named = prefix === undefined ? undefined : hosts.route(prefix);
  if (prefix !== undefined && named && named.kind !== 'other') {
    const rest = arrival.url.slice(prefix.length + 1);
    const url = rest.startsWith('/') ? rest : `/${rest}`;
    return destination(arrival, named, context(arrival, prefix, url, `${base}/${prefix}`, true), methods);
  }
  return byPath(arrival, context(arrival, arrival.host, arrival.url, base, true), methods);
}

/** A client that sends even loopback requests through its proxy means the plane itself. */
function isOwnAddress(arrival: Arrival, ownPort: number): boolean {
  const local = arrival.host === 'localhost' || isLoopback(arrival.host);
  return local && parseAuthority(arrival.authority)?.port === ownPort;
}

function destination(
  arrival: Arrival,
  route: Exclude<HostRoute, { kind: 'other' }>,
  context: HttpContext,
  methods: MethodTable,
): Destination {
  if (route.kind === 'unserved')
    return { kind: 'unserved', why: unservedCall(route.host, arrival.verb, pathOf(context.url)) };
  if (route.kind === 'refused' || route.kind === 'unknown-region') return { kind: 'refused', why: route.why };
  if (route.kind !== 'api') return { kind: route.kind, context };
  const { api, location } = route;
  const path = pathOf(context.url);
  if (arrival.rpc) {
    const calls = methods.findRpc(path, api).map((match) => ({ ...match, location, context }));
    return { kind: 'rpc', calls, context };
  }
  const match = methods.find(arrival.verb, path, api);
  return { kind: 'rest', calls: match ? [{ ...match, location, context }] : [], context };
}

/** `/v2/` is shared by the registry and three APIs: the registry has what begins with its own host names. */
function byPath(arrival: Arrival, context: HttpContext, methods: MethodTable): Destination {
  const path = pathOf(arrival.url);
  const called = <M extends RpcMatch>(match: M) => ({
    ...match,
    location: undefined,
    context: { ...context, host: match.api.host },
  });
  if (arrival.rpc) return { kind: 'rpc', calls: methods.findRpc(path).map(called), context };
  if (path === '/healthz') return { kind: 'health' };
  const registry = /^\/v2(?:\/|$)/.test(path);
  if (registry && /^\/v2\/?(?:token$|$|[a-z0-9.-]+\.(?:pkg\.dev|gcr\.io)\/|gcr\.io\/)/.test(path)) {
    return { kind: 'registry', context };
  }
  const [first, ...others] = methods.findAll(arrival.verb, path).map(called);
  if (first) {
    const reads = /^(?:GET|HEAD)$/.test(arrival.verb);
    return { kind: 'rest', calls: reads ? [first, ...others] : [first], context };
  }
  return registry ? { kind: 'registry', context } : { kind: 'nowhere', context };
}

function context(arrival: Arrival, host: string, url: string, baseUrl: string, direct: boolean): HttpContext {
  const { peer: callerIp, origin } = arrival;
  return { host, url, baseUrl, direct, callerIp, ...(origin === undefined ? {} : { origin }) };
}

export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}
