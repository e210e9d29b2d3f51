/** Heads of requests and answers on their way through: what is passed on, what is not, and what is added. */
import type { HttpContext, HttpRequest } from '../google/index.js';
import type { Trace } from './trace.js';

export type Headers = Record<string, string | string[]>;

/** Headers of one hop, which are not passed on (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** The front door has told the client to go on before anybody asks the container. */
const ANSWERED_HERE = 'expect';

/** Further headers that a Connection header makes ones of this hop. */
function named(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || /^(?:keep-alive|close|upgrade)$/i.test(connection)) return undefined;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

/**
 * What the container is sent of the client's headers, and what it is told of the client.
 * @param instead replace the client's
 */
export function requestHeaders(
  request: HttpRequest,
  context: HttpContext,
  trace: Trace,
  instead: Readonly<Record<string, string>>,
): Headers {
  const headers: Headers = {};
  const dropped = named(request.headers.connection);
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value === undefined || name.startsWith(':') || HOP_BY_HOP.has(name)) continue;
    if (name === ANSWERED_HERE || name === 'trailer' || dropped?.has(name)) continue;
    headers[name] = value;
  }
  const forwarded = headers['x-forwarded-for'];
  headers.host = context.host;
  headers['x-forwarded-for'] =
    forwarded === undefined ? context.callerIp : `${String(forwarded)},${context.callerIp}`;
  headers['x-forwarded-proto'] = 'https';
  headers.forwarded = `for="${context.callerIp}";proto=https`;
  return Object.assign(headers, trace.headers, instead);
}

/** What the client gets of the container's headers. */
export function responseHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const kept: Headers = {};
  const dropped = named(typeof headers.connection === 'string' ? headers.connection : undefined);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name.startsWith(':') || HOP_BY_HOP.has(name) || dropped?.has(name)) continue;
    kept[name] = value;
  }
  return kept;
}

/** A head's lines as a parser gives them, name and value in turn, byte by byte; names that occur again make lists. */
export function fromRaw(raw: readonly (Buffer | string)[]): Headers {
  const headers: Headers = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = latin1(raw[index]).toLowerCase();
    const value = latin1(raw[index + 1]);
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (typeof before === 'string') headers[name] = [before, value];
    else before.push(value);
  }
  return headers;
}

const latin1 = (text: Buffer | string | undefined): string =>
  typeof text === 'string' ? text : (text?.toString('latin1') ?? '');

/** True when the request certainly has no body. */
export function hasNoBody(request: HttpRequest): boolean {
  if ('stream' in request) return request.stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return coding === undefined && (length ?? '0') === '0';
}
