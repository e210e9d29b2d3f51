/** Forwards one request to an instance over a kept connection, streaming both ways. */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
  headers['x-cloud-trace-context'] ??=
    `${randomBytes(16).toString('hex')}/${randomBytes(8).readBigUInt64BE()};o=1`;
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
  const gone = () => outgoing.destroy();
  response.once('close', gone);
  try {
    const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
    });
    // A container may answer without reading the body, so sending it must not fail the exchange by itself.
    request.on('data', (chunk: Buffer) => {
      sizes.request += chunk.length;
    });
    pipeline(request, outgoing).catch(() => undefined);
    const incoming = await answer;
    writeHead(response, incoming);
    incoming.on('data', (chunk: Buffer) => {
      sizes.response += chunk.length;
    });
    await pipeline(incoming, response);
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

function writeHead(response: HttpResponse, incoming: http.IncomingMessage): void {
  response.statusCode = incoming.statusCode ?? 200;
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (!HOP_BY_HOP.has(name) && value !== undefined) response.setHeader(name, value);
  }
  response.setHeader('server', 'Google Frontend');
}
