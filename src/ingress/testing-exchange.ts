/** For the tests: servers that stand in for containers, and a front over HTTP/1.1 and h2c that forwards to them. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { defaultTemplate, type Lease, type RevisionRecord } from '../deployments/index.js';
import type { HttpContext } from '../google/index.js';
import { forward, type Outcome } from './forward.js';
import { traceOf } from './trace.js';

export interface Front {
  readonly url: string;
  readonly h2cUrl: string;
  /** How the exchanges went, in the order in which they ended. */
  readonly outcomes: Outcome[];
  /** How many connections to the container have been opened. */
  connections(): number;
  close(): Promise<void>;
}

export interface Container {
  readonly protocol: 'http1' | 'h2c';
  readonly port: number;
}

const template = (protocol: Container['protocol']): RevisionRecord['template'] => {
  const plain = defaultTemplate('web', 'image', 'account@example.com');
  const [container] = plain.containers;
  if (!container) throw new Error('a template has a container');
  return { ...plain, containers: [{ ...container, port: { number: 8080, protocol } }] };
};

/** A front before one instance whose container listens on a port of this machine. */
export async function front({ protocol, port }: Container, timeoutMs = 60_000): Promise<Front> {
  let connections = 0;
  let end: () => void = () => undefined;
  const sockets = new Set<net.Socket>();
  const outcomes: Outcome[] = [];
  const lease = {
    instance: {
      id: 'instance-1',
      ended: new Promise<never>((_, reject) => {
        end = () => reject(new Error('over'));
      }).catch(() => ({ container: 'web-1', exit: { code: 0, outOfMemory: false } })),
      connect: async () => {
        connections += 1;
        const socket = net.connect(port, '127.0.0.1');
        sockets.add(socket);
        await once(socket, 'connect');
        return socket;
      },
    },
    revision: { template: template(protocol) } as RevisionRecord,
    release: () => undefined,
  } satisfies Lease;
  const serve = async (
    request: Parameters<typeof forward>[0],
    response: Parameters<typeof forward>[1],
  ): Promise<void> => {
    request.on('error', () => undefined);
    const context: HttpContext = {
      host: 'web.example.com',
      url: request.url ?? '/',
      baseUrl: 'https://web.example.com',
      direct: false,
      callerIp: '192.0.2.1',
    };
    const trace = traceOf(request.headers);
    const along = { trace, headers: {}, cookie: undefined, timeoutMs };
    const outcome = await forward(request, response, context, lease, along);
    outcomes.push(outcome);
    if (outcome.kind === 'answered' || outcome.kind === 'gone' || outcome.begun) return;
    response.statusCode = 599;
    response.end(outcome.kind);
  };
  const plain = http.createServer((request, response) => void serve(request, response));
  const h2c = http2.createServer((request, response) => void serve(request, response));
  const sessions = new Set<http2.ServerHttp2Session>();
  h2c.on('session', (session) => sessions.add(session));
  return {
    url: await listening(plain),
    h2cUrl: await listening(h2c),
    outcomes,
    connections: () => connections,
    async close() {
      end();
      for (const socket of sockets) socket.destroy();
      for (const session of sessions) session.destroy();
      plain.closeAllConnections();
      await Promise.all([plain, h2c].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

export async function listening(server: net.Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
}

/** Asks over HTTP/1.1 on a connection of its own. */
export async function ask(
  url: string,
  options: http.RequestOptions = {},
  body?: Buffer | NodeJS.ReadableStream,
): Promise<Answered> {
  const request = http.request(url, { agent: false, ...options });
  request.on('error', () => undefined);
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  if (body === undefined || Buffer.isBuffer(body)) request.end(body);
  else body.pipe(request);
  const [response] = await answered;
  const bytes = await buffer(response);
  const { statusCode = 0, headers, trailers } = response;
  return { status: statusCode, headers, trailers, body: bytes };
}
