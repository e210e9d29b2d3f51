/**
 * Connections that containers open to the address of Google's APIs: TLS from the first byte, for the host that the
 * client names (RFC 6066, 3), and whatever they ask, it is known which container asks.
 */
import type { Http2SecureServer } from 'node:http2';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { HttpRequest, Origin } from '../google/index.js';
import type { HostRoute } from './hosts.js';

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

/** A server for each instance that has connections open: it is what tells them apart once they speak TLS. */
export class ContainerServers {
  readonly #servers = new Map<string, { readonly server: Http2SecureServer; connections: number }>();

  /** @param open makes a server for one instance */
  constructor(private readonly open: () => Http2SecureServer) {}

  /** The connection ends where its client names no host, or none that there is a certificate for. */
  admit(socket: Duplex, origin: Origin): void {
    const { instance } = origin;
    const used = this.#servers.get(instance) ?? { server: this.#make(origin), connections: 0 };
    this.#servers.set(instance, used);
    used.connections += 1;
    socket.once('close', () => {
      used.connections -= 1;
      if (used.connections === 0) this.#servers.delete(instance);
    });
    socket.on('error', () => undefined);
    if (socket instanceof Socket) socket.allowHalfOpen = false; // TLS ends as a whole
    used.server.emit('connection', socket);
  }

  #make(origin: Origin): Http2SecureServer {
    const server = this.open();
    server.prependListener('secureConnection', (socket: TLSSocket & Marked) => {
      socket[ORIGIN] = origin;
    });
    server.on('tlsClientError', (_, socket: TLSSocket) => socket.destroy());
    return server;
  }
}
