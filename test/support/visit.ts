/** Requests to running services as clients send them: under `*.localhost`, and through CONNECT under their real names. */
import { readFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import http2 from 'node:http2';
import { connect } from 'node:net';
import path from 'node:path';
import { type Duplex, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { TestPlane } from './plane.js';

export interface Visit {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer | string | Readable;
  /** An ID token for the Authorization header. */
  readonly token?: string;
}

export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

/** Under the name that browsers use, without any proxy. @param url of the service, with path and query */
export function visit(plane: TestPlane, url: string, visiting: Visit = {}): Promise<Page> {
  const { host, pathname, search } = new URL(url);
  return exchange(visiting, {
    host: '127.0.0.1',
    port: plane.port,
    path: pathname + search,
    headers: { host: `${host}.localhost:${plane.port}` },
    agent: false,
  });
}

/** Opens a WebSocket as far as HTTP goes. @returns the connection after the 101 */
export function upgraded(plane: TestPlane, url: string, headers: OutgoingHttpHeaders): Promise<Duplex> {
  const { host, pathname } = new URL(url);
  const own = { host: `${host}.localhost:${plane.port}`, ...headers };
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: plane.port, path: pathname, headers: own });
    request.once('upgrade', (_, socket) => resolve(socket));
    request.once('response', (answer) => reject(new Error(`answered ${answer.statusCode}`)));
    request.once('error', reject);
    request.end();
  });
}

/** Through the front door under the service's own name: CONNECT, TLS with the plane's CA, HTTP/1.1. */
export async function visitByProxy(plane: TestPlane, url: string, visiting: Visit = {}): Promise<Page> {
  const { host, pathname, search } = new URL(url);
  const socket = await tunnel(plane, host, 'http/1.1');
  return exchange(visiting, {
    path: pathname + search,
    headers: { host },
    createConnection: () => socket,
  });
}

/** The same over HTTP/2. */
export async function visitByHttp2(plane: TestPlane, url: string, visiting: Visit = {}): Promise<Page> {
  const { host, pathname, search } = new URL(url);
  const socket = await tunnel(plane, host, 'h2');
  const session = http2.connect(`https://${host}`, { createConnection: () => socket });
  try {
    const { method = 'GET', headers = {}, body, token } = visiting;
    const stream = session.request({
      ':method': method,
      ':path': pathname + search,
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    });
    // In pieces: what is handed over at once counts against the memory of this side's session.
    if (body instanceof Readable) body.pipe(stream);
    else if (body === undefined) stream.end();
    else Readable.from(pieces(Buffer.from(body))).pipe(stream);
    const answered = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      stream.once('response', resolve);
      stream.once('error', reject);
    });
    const bytes = await buffer(stream);
    return { status: Number(answered[':status']), headers: answered, bytes, text: bytes.toString() };
  } finally {
    session.destroy();
  }
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
}

function exchange(
  { method = 'GET', headers, body, token }: Visit,
  options: http.RequestOptions,
): Promise<Page> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      ...options,
      method,
      headers: {
        ...(options.headers as OutgoingHttpHeaders),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      buffer(response).then(
        (bytes) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes,
            text: bytes.toString(),
          }),
        reject,
      );
    });
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) request.end(body);
    else body.pipe(request);
  });
}

/** TLS to a host behind the plane's CONNECT, trusting nobody but the plane's CA. */
async function tunnel(plane: TestPlane, host: string, protocol: 'http/1.1' | 'h2'): Promise<TLSSocket> {
  const socket = connect(plane.port, '127.0.0.1');
  socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
  const answer = await new Promise<string>((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    socket.once('error', reject);
  });
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer);
  const ca = readFileSync(path.join(plane.data, 'ca/ca.pem'));
  const secured = connectTls({ socket, servername: host, ca, ALPNProtocols: [protocol] });
  await new Promise((resolve, reject) => {
    secured.once('secureConnect', resolve);
    secured.once('error', reject);
  });
  if (secured.alpnProtocol !== protocol) throw new Error(`negotiated ${secured.alpnProtocol}`);
  return secured;
}
