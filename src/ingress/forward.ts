/** Forwards one request to an instance over a kept connection, streaming both ways. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { ingressContainer, type Lease } from '../deployments/index.js';
import type { HttpContext, HttpRequest, HttpResponse } from '../google/index.js';

/** Headers of one hop, which are not passed on (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

type Connector = Lease['instance'];

/**
 * How long an unused connection is kept. Servers close theirs after seconds (gunicorn after two), and a request
 * that meets the closing is lost.
 */
const KEPT_MS = 1000;
/** Methods that may be sent again when nobody knows whether they arrived (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Keeps idle connections to one instance; opened inside its network. */
class InstanceAgent extends http.Agent {
  constructor(
    private readonly instance: Connector,
    private readonly port: number,
  ) {
    super({ keepAlive: true, maxFreeSockets: 256, scheduling: 'lifo', timeout: KEPT_MS });
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    this.instance.connect(this.port).then(
      (socket) => callback?.(null, socket),
      (error: Error) => (callback as ((error: Error) => void) | undefined)?.(error),
    );
    return undefined;
  }
}

const agents = new WeakMap<Connector, InstanceAgent>();

function agentOf({ instance, revision }: Lease): InstanceAgent {
  const known = agents.get(instance);
  if (known) return known;
  const agent = new InstanceAgent(instance, ingressContainer(revision.template).port.number);
  agents.set(instance, agent);
  void instance.ended.then(() => agent.destroy());
  return agent;
}

/** A new trace (`TRACE_ID/SPAN_ID;o=OPTIONS`); randomUUID draws from a pool, which spares a system call a request. */
function traceContext(): string {
  const id = randomUUID().replaceAll('-', '');
  return `${id}/${BigInt(`0x${id.slice(0, 16)}`)};o=1`;
}

export function requestHeaders(request: HttpRequest, context: HttpContext): http.OutgoingHttpHeaders {
  const headers: http.OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith(':') && !HOP_BY_HOP.has(name) && value !== undefined) headers[name] = value;
  }
  const forwarded = headers['x-forwarded-for'];
  headers.host = context.host;
  headers['x-forwarded-for'] =
    forwarded === undefined ? context.callerIp : `${String(forwarded)},${context.callerIp}`;
  headers['x-forwarded-proto'] = 'https';
  headers.forwarded = `for="${context.callerIp}";proto=https`;
  headers['x-cloud-trace-context'] ??= traceContext();
  return headers;
}

/** Bytes of the bodies, as they passed. */
export interface Sizes {
  request: number;
  response: number;
}

/** How an exchange went. `no-answer` and `timeout`: what has been sent decides whether an error page still can be. */
export type Outcome = { readonly sizes: Sizes } & (
  | { readonly kind: 'answered' }
  | { readonly kind: 'no-answer'; readonly error: unknown }
  | { readonly kind: 'timeout' }
);

/**
 * @param timeoutMs the service's request timeout
 * @returns when the response has been sent whole, or has failed
 */
export async function forward(
  request: HttpRequest,
  response: HttpResponse,
  context: HttpContext,
  lease: Lease,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Outcome> {
  const options: http.RequestOptions = {
    method: request.method ?? 'GET',
    path: context.url,
    headers: { ...requestHeaders(request, context), ...headers },
    setHost: false,
  };
  const sizes: Sizes = { request: 0, response: 0 };
  let outgoing: http.ClientRequest | undefined;
  let over: 'timeout' | 'gone' | undefined;
  const timer = setTimeout(() => {
    over = 'timeout';
    outgoing?.destroy(new Error('request timeout'));
  }, timeoutMs);
  // A client that went away needs no answer; one that has its whole answer leaves the connection to be used again.
  const gone = () => {
    over = 'gone';
    if (!response.writableFinished) outgoing?.destroy();
  };
  response.once('close', gone);
  const ask = (connection: http.RequestOptions) => {
    const asked = http.request({ ...options, ...connection });
    outgoing = asked;
    const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve);
      asked.once('error', reject);
    });
    sendBody(request, asked, sizes);
    return answer;
  };
  try {
    const incoming = await ask({ agent: agentOf(lease) }).catch(async (error: unknown) => {
      const lost = outgoing?.reusedSocket === true && over === undefined;
      if (!lost || !hasNoBody(request) || !IDEMPOTENT.has(options.method ?? '')) throw error;
      // The container closed the kept connection while the request was on its way.
      const socket = await lease.instance.connect(ingressContainer(lease.revision.template).port.number);
      return ask({ createConnection: () => socket });
    });
    writeHead(response, incoming);
    await relayBody(incoming, response, sizes);
    return { kind: 'answered', sizes };
  } catch (error) {
    if (!response.headersSent)
      return over === 'timeout' ? { kind: 'timeout', sizes } : { kind: 'no-answer', error, sizes };
    response.destroy();
    return { kind: 'answered', sizes };
  } finally {
    clearTimeout(timer);
    response.off('close', gone);
  }
}

/** Sends the request's body along. A container may answer without reading it, so this fails nothing by itself. */
function sendBody(request: HttpRequest, outgoing: http.ClientRequest, sizes: Sizes): void {
  if (hasNoBody(request)) {
    outgoing.end();
    return;
  }
  request.on('data', (chunk: Buffer) => {
    sizes.request += chunk.length;
  });
  // A client that goes away half-way must not look like one that sent everything.
  request.once('aborted', () => outgoing.destroy());
  request.once('error', () => outgoing.destroy());
  request.pipe(outgoing);
  // When the container ends in the middle, the client is heard out: then it can be told.
  outgoing.once('close', () => request.resume());
}

/** Known for certain: over HTTP/2 only the end of the stream says it. */
function hasNoBody(request: HttpRequest): boolean {
  if (request.httpVersionMajor !== 1) return request.readableEnded && !('content-length' in request.headers);
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return coding === undefined && (length ?? '0') === '0';
}

/** @throws when the container's answer breaks off; a client that went away ends it quietly */
export function relayBody(
  incoming: http.IncomingMessage,
  response: HttpResponse,
  sizes: Sizes,
): Promise<void> {
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      sizes.response += chunk.length;
    });
    incoming.once('error', reject);
    response.once('finish', resolve);
    response.once('close', resolve);
    incoming.pipe(response as NodeJS.WritableStream);
  });
}

export function writeHead(response: HttpResponse, incoming: http.IncomingMessage): void {
  response.statusCode = incoming.statusCode ?? 200;
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (!HOP_BY_HOP.has(name) && value !== undefined) response.setHeader(name, value);
  }
  response.setHeader('server', 'Google Frontend');
}
