/**
 * CONNECT: how clients with a proxy setting reach us under Google's host names. All of Google's hosts are answered
 * here, strangers' tunnelled.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type HostTable, isLoopback, isUnaddressed, parseAuthority } from './hosts.js';
import { join, openTunnel } from './tunnel.js';

export interface EgressOptions {
  /** What becomes of connections to hosts that are not Google's. */
  readonly egress: 'tunnel' | 'refuse';
  /** The proxy that the machine had before; tunnels go through it. */
  readonly upstreamProxy?: URL;
}

/**
 * Answers one CONNECT.
 * @param admit takes the connection over when we stand in for its host: TLS or plain HTTP follows on it
 */
export async function answerConnect(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  hosts: HostTable,
  options: EgressOptions,
  admit: (socket: Socket) => void,
): Promise<void> {
  const target = parseAuthority(request.url ?? '');
  if (!target) return refuse(socket, '400 Bad Request', 'The CONNECT target is no host and port.');
  const { host, port = 443 } = target;
  const route = hosts.route(host);
  // Client libraries ask whether there is a metadata server: 404 is a plain no, anything else they warn about.
  if (route.kind === 'refused') return refuse(socket, `404 ${route.why}`, route.why);
  if (route.kind === 'admin') return refuse(socket, '403 Forbidden', `${host} is not reached by CONNECT.`);
  if (route.kind !== 'other') {
    establish(socket, head);
    admit(socket);
    return;
  }
  const why = strangerRefusal(host, socket.remoteAddress ?? '', options);
  if (why !== undefined) return refuse(socket, `403 ${why}`, why);
  try {
    const onward = await openTunnel({ host, port }, options.upstreamProxy);
    if (socket.destroyed) {
      onward.destroy();
      return;
    }
    establish(socket, head);
    join(socket, onward);
  } catch (error) {
    refuse(
      socket,
      '502 Bad Gateway',
      `${host} cannot be reached: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Why a connection to somebody else's host is not made; undefined when it is. */
export function strangerRefusal(host: string, peer: string, options: EgressOptions): string | undefined {
  if (options.egress === 'refuse') {
    return `${host} is not served by Sekisho, which runs without egress to other hosts.`;
  }
  if (isUnaddressed(peer))
    return `${host} is not served by Sekisho, and isolated clients reach nothing else.`;
  return isLoopback(peer)
    ? undefined
    : `${host} is not served by Sekisho, which passes connections on for this machine only.`;
}

function establish(socket: Socket, head: Buffer): void {
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) socket.unshift(head);
}

/** The reason goes into the status line too: it is all that most clients show of a refused CONNECT. */
function refuse(socket: Socket, status: string, why: string): void {
  const body = Buffer.from(`${why}\n`);
  const headers = [
    `HTTP/1.1 ${status}`,
    'Content-Type: text/plain; charset=UTF-8',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${headers.join('\r\n')}\r\n\r\n`), body]));
}
