/** What listens in the gateway, and who it is that has connected. */
import type { Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { bindInside } from '../linux/index.js';
import type { ContainerNetwork } from '../types.js';
import { GOOGLE_ADDRESS, METADATA_ADDRESS } from './addresses.js';
import { serveDnsConnection, serveDnsDatagrams } from './dns-server.js';
import { hostNames } from './host-names.js';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const DNS_PORT = 53;

/** Enough for any client, and too few to use up the plane's descriptors. */
const MAX_CONNECTIONS = 1_000;

export interface ListenerOptions {
  readonly network: ContainerNetwork;
  readonly onWarning: (message: string) => void;
}

interface Client {
  readonly sandbox: string;
  readonly sockets: Set<Socket>;
  warnedOf: boolean;
}

export class Listeners {
  readonly #servers: Server[] = [];
  readonly #clients = new Map<string, Client>();
  #datagrams: DatagramSocket | undefined;

  private constructor(private readonly options: ListenerOptions) {}

  /**
   * @param namespace a descriptor of the gateway's, which has the addresses
   * @throws SystemCallError
   */
  static open(namespace: number, options: ListenerOptions): Listeners {
    const listeners = new Listeners(options);
    const { network, onWarning } = options;
    const handsOver = network.handsOver === true;
    const lookup = hostNames(network.googleHosts);
    const listen = (address: string, port: number, paused: boolean, serve: Serve): void =>
      listeners.#listen(bindInside(namespace, 'tcp', address, port), paused, serve);
    try {
      listen(METADATA_ADDRESS, HTTP_PORT, handsOver, (socket, { sandbox }) =>
        network.accept(sandbox, 'metadata', socket),
      );
      listen(GOOGLE_ADDRESS, HTTPS_PORT, handsOver, (socket, { sandbox }) =>
        network.accept(sandbox, 'google', socket),
      );
      listen(METADATA_ADDRESS, DNS_PORT, false, (socket) => serveDnsConnection(socket, lookup));
      const datagrams = bindInside(namespace, 'udp', METADATA_ADDRESS, DNS_PORT);
      listeners.#datagrams = serveDnsDatagrams(datagrams, lookup, onWarning);
    } catch (error) {
      void listeners.close();
      throw error;
    }
    return listeners;
  }

  /** From now on, connections from the address are the sandbox's. */
  admit(address: string, sandbox: string): void {
    this.#clients.set(address, { sandbox, sockets: new Set(), warnedOf: false });
  }

  /** Ends the connections from the address, and takes no more. */
  dismiss(address: string): void {
    for (const socket of this.#clients.get(address)?.sockets ?? []) socket.destroy();
    this.#clients.delete(address);
  }

  async close(): Promise<void> {
    for (const address of [...this.#clients.keys()]) this.dismiss(address);
    const datagrams = this.#datagrams;
    await Promise.all([
      ...this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
      datagrams && new Promise<void>((resolve) => datagrams.close(resolve)),
    ]);
  }

  #listen(fd: number, paused: boolean, serve: Serve): void {
    // Half-open, so that whoever serves it decides what the end of a request means.
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: paused }, (socket) => {
      const client = this.#clients.get(socket.remoteAddress ?? '');
      if (client === undefined) return void socket.destroy(); // it has ended meanwhile
      socket.on('error', () => undefined); // whoever serves it hears of it too
      if (!paused && !this.#track(client, socket)) return void socket.destroy();
      serve(socket, client);
    });
    server.on('error', ({ message }) =>
      this.options.onWarning(`a connection from a container failed: ${message}`),
    );
    server.listen({ fd });
    this.#servers.push(server);
  }

  /** False when the sandbox has too many connections already. */
  #track(client: Client, socket: Socket): boolean {
    const { sandbox, sockets } = client;
    if (sockets.size >= MAX_CONNECTIONS) {
      if (!client.warnedOf) {
        this.options.onWarning(
          `${sandbox} has ${MAX_CONNECTIONS} connections open: further ones are refused`,
        );
      }
      client.warnedOf = true;
      return false;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    return true;
  }
}

type Serve = (socket: Socket, client: Client) => void;
