/** Forwards one request to an instance over a kept connection, streaming both ways. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Lease } from '../deployments/index.js';
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

/** Keeps idle connections to one instance; opened inside its network. */
class InstanceAgent extends http.Agent {
  constructor(
    private readonly instance: Connector,
    private readonly port: number,
  ) {
    super({ keepAlive: true, maxFreeSockets: 256, scheduling: 'lifo' });
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
  const agent = new InstanceAgent(instance, revision.template.container.port);
  agents.set(instance, agent);
  void instance.exited.then(() => agent.destroy());
  return agent;
}

/** A new trace (`TRACE_ID/SPAN_ID;o=OPTIONS`); randomUUID draws from a pool, which spares a system call a request. */
function traceContext(): string {
  const id = randomUUID().replaceAll('-', '');
  return `${id}/${BigInt(`0x${id.slice(0, 16)}`)};o=1`;
}

function requestHeaders(request: HttpRequest, context: HttpContext): http.OutgoingHttpHeaders {
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
  const outgoing = http.request({
    agent: agentOf(lease),
    method: request.method ?? 'GET',
    path: context.url,
    headers: { ...requestHeaders(request, context), ...headers },
    setHost: false,
  });
  const sizes: Sizes = { request: 0, response: 0 };
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    outgoing.destroy(new Error('request timeout'));
  }, timeoutMs);
  // A client that went away needs no answer; one that has its whole answer leaves the connection to be used again.
  const gone = () => {
    if (!response.writableFinished) outgoing.destroy();
  };
  response.once('close', gone);
  try {
    const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
    });
    sendBody(request, outgoing, sizes);
    const incoming = await answer;
    writeHead(response, incoming);
    await relayBody(incoming, response, sizes);
    return { kind: 'answered', sizes };
  } catch (error) {
    if (!response.headersSent)
      return timedOut ? { kind: 'timeout', sizes } : { kind: 'no-answer', error, sizes };
    response.destroy();
    return { kind: 'answered', sizes };
  } finally {
    clearTimeout(timer);
    response.off('close', gone);
  }
}

/** Sends the request's body along. A container may answer without reading it, so this fails nothing by itself. */
function sendBody(request: HttpRequest, outgoing: http.ClientRequest, sizes: Sizes): void {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  const none =
    request.readableEnded ||
    (request.httpVersionMajor === 1 && coding === undefined && (length ?? '0') === '0');
  if (none) {
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
}

/** @throws when the container's answer breaks off; a client that went away ends it quietly */
function relayBody(incoming: http.IncomingMessage, response: HttpResponse, sizes: Sizes): Promise<void> {
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

function writeHead(response: HttpResponse, incoming: http.IncomingMessage): void {
  response.statusCode = incoming.statusCode ?? 200;
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (!HOP_BY_HOP.has(name) && value !== undefined) response.setHeader(name, value);
  }
  response.setHeader('server', 'Google Frontend');
}
