/**
 * Connections that containers open to the address of Google's APIs: TLS from the first byte, for the host that the
 * client names (RFC 6066, 3), and whatever they ask, it is known which container asks.
 */
import type { Http2SecureServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { HttpRequest, Origin } from '../google/index.js';
import type { HostRoute } from './hosts.js';

/** A connection that has not said by then what it is for is let go. */
const HANDSHAKE_MS = 60_000;

const ORIGIN = Symbol('the container that has opened the connection');
interface Marked {
  [ORIGIN]?: Origin;
}

/** The container that a request comes from, over HTTP/1.1 and HTTP/2 alike. */
export function originOf({ socket }: HttpRequest): Origin | undefined {
  return (socket as Marked)[ORIGIN];
}

/** The names that exist for containers: `host`, or `*.domain`. Those that are not served here are answered too. */
export const CONTAINER_HOSTS: readonly string[] = [
  '*.googleapis.com',
  '*.pkg.dev',
  'gcr.io',
  '*.gcr.io',
  '*.run.app',
  'accounts.google.com',
];

/** Whether containers reach what the host stands for. Never admin calls, nor the way to other hosts. */
export function servesContainers({ kind }: HostRoute): boolean {
  return kind !== 'other' && kind !== 'admin' && kind !== 'refused';
}

/**
 * Speaks TLS on the connection, then gives it to the server. It ends where the client names no host, or none that
 * there is a certificate for.
 */
export function admitContainer(
  socket: Duplex,
  origin: Origin,
  server: Http2SecureServer,
  secureContext: (serverName: string) => Promise<SecureContext>,
): void {
  const secure: TLSSocket & Marked = new TLSSocket(socket, {
    isServer: true,
    // Where the HTTP/2 server keeps what it needs for those that speak HTTP/1.1.
    server,
    ALPNProtocols: ['h2', 'http/1.1'],
    SNICallback: (name, done) => {
      secureContext(name.toLowerCase()).then(
        (context) => done(null, context),
        (error: Error) => done(error),
      );
    },
  });
  secure[ORIGIN] = origin;
  const giveUp = () => secure.destroy();
  secure.setTimeout(HANDSHAKE_MS, giveUp);
  socket.on('error', giveUp);
  socket.once('close', giveUp);
  secure.on('error', () => socket.destroy());
  secure.once('secure', () => {
    secure.setTimeout(0).off('timeout', giveUp);
    server.emit('secureConnection', secure);
  });
}
