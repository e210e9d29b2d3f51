/** Connections to hosts that are not ours: passed through untouched, through the machine's former proxy if it had one. */
import { request as httpRequest } from 'node:http';
import { connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { HttpRequest, HttpResponse } from '../google/index.js';
import { parseAuthority } from './hosts.js';
import type { Arrival } from './locate.js';
import { sendText } from './reply.js';

export interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a connection to a target.
 * @param proxy an HTTP proxy to go through (`http://` or `https://`, with credentials where it wants them)
 * @throws Error when the target, or the proxy, refuses
 */
export async function openTunnel(target: Target, proxy: URL | undefined): Promise<Socket> {
  if (!proxy) return connected(netConnect({ ...target, allowHalfOpen: true }), 'connect');
  const socket = await openProxy(proxy);
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  const credential = proxyCredential(proxy);
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (credential !== undefined) lines.push(`Proxy-Authorization: ${credential}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const status = await readProxyAnswer(socket);
  if (!/^HTTP\/1\.[01] 200\b/.test(status)) {
    socket.destroy();
    throw new Error(`the proxy ${proxy.host} answered ${status}`);
  }
  return socket;
}

/** Joins two connections until either ends. */
export function join(a: Socket, b: Socket): void {
  for (const [from, to] of [[a, b] as const, [b, a] as const]) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}

/** Passes a plain HTTP request on, as a proxy does for `http://` URLs. */
export function forward(
  arrival: Arrival,
  proxy: URL | undefined,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) => !/^(?:proxy-.*|connection|keep-alive|:.*)$/.test(name),
    ),
  );
  const credential = proxy && proxyCredential(proxy);
  if (credential !== undefined) headers['proxy-authorization'] = credential;
  const target = parseAuthority(arrival.authority);
  const to = proxy
    ? { host: proxy.hostname, port: proxy.port || 80, path: `http://${arrival.authority}${arrival.url}` }
    : { host: arrival.host, port: target?.port ?? 80, path: arrival.url };
  return new Promise((resolve) => {
    const onward = httpRequest({ ...to, method: arrival.verb, headers, agent: false }, (answer) => {
      response.statusCode = answer.statusCode ?? 502;
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value !== undefined && !/^(?:connection|keep-alive|transfer-encoding)$/.test(name)) {
          response.setHeader(name, value);
        }
      }
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    response.once('close', () => {
      onward.destroy();
      resolve();
    });
    onward.on('error', (error) => {
      sendText(response, 502, `${arrival.host} cannot be reached: ${error.message}\n`);
    });
    request.pipe(onward);
  });
}

function openProxy(proxy: URL): Promise<Socket> {
  const host = proxy.hostname;
  if (proxy.protocol === 'https:') {
    return connected(
      tlsConnect({ host, port: Number(proxy.port || 443), servername: host }),
      'secureConnect',
    );
  }
  return connected(netConnect({ host, port: Number(proxy.port || 80), allowHalfOpen: true }), 'connect');
}

function proxyCredential(proxy: URL): string | undefined {
  if (proxy.username === '') return undefined;
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function connected(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once(event, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Reads up to the end of the proxy's headers; what follows them stays in the socket. */
function readProxyAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = Buffer.alloc(0);
    const fail = () => reject(new Error('the proxy closed the connection'));
    const onData = (chunk: Buffer) => {
      text = Buffer.concat([text, chunk]);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0 && text.length < 16_384) return;
      socket.pause();
      socket.off('data', onData).off('error', fail).off('close', fail);
      if (end >= 0 && end + 4 < text.length) socket.unshift(text.subarray(end + 4));
      resolve(text.toString('latin1').split('\r\n', 1)[0] ?? '');
    };
    socket.on('data', onData).on('error', fail).on('close', fail);
  });
}
