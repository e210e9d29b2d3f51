/** The one port: every protocol in, every request to the room that serves it. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { HttpContext, Origin } from '../google/index.js';
import { type Certificates, openCertificates } from './certificates.js';
import { answerConnect } from './connect.js';
import { servesContainers } from './container-connection.js';
import { type DispatchOptions, dispatcher } from './dispatch.js';
import { hostTable } from './hosts.js';
import { unauditedMethods } from './pipeline.js';
import { openServers } from './servers.js';

/** Takes over a connection that asked to become something else: a WebSocket to a service. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  context: HttpContext,
) => void;

export interface FrontDoorOptions extends Omit<DispatchOptions, 'onError' | 'translate' | 'closing'> {
  readonly translate?: DispatchOptions['translate'];
  readonly ingress: DispatchOptions['ingress'] & { readonly upgrade?: UpgradeHandler };
  /** Where `ca.pem` and `ca-key.pem` lie or are made. */
  readonly certificatesDir: string;
  /** Told of failures that nobody foresaw; the client learns nothing of them but INTERNAL. */
  readonly onError?: (error: unknown, what: string) => void;
  /** How long close() waits for calls under way, in ms; 10 s when left out. */
  readonly drain?: number;
}

export interface FrontDoor {
  /**
   * Opens the port; makes the plane's CA when there is none.
   * @param port 0 lets the system choose
   * @throws the system's error (EADDRINUSE, EACCES) when the port cannot be had
   */
  listen(host: string, port: number): Promise<{ port: number }>;
  /**
   * Opens a Unix socket beside the port, for clients in network namespaces of their own: they reach everything that
   * is served here, and nobody else.
   * @throws the system's error
   */
  listenLocal(path: string): Promise<void>;
  /**
   * Takes over a connection that a container has opened to one of CONTAINER_HOSTS, port 443. The container is a
   * client like any other, but for its requests' `origin`, and that it reaches neither admin calls nor other hosts.
   */
  admitContainer(socket: Duplex, origin: Origin): void;
  /** Takes no new connections, ends streams, lets the calls under way end, then closes the rest. */
  close(): Promise<void>;
}

const DRAIN_MS = 10_000;

/** @throws Error when a method that changes something would leave no audit entry: a mistake in an API's table */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const unaudited = unauditedMethods(options.apis);
  if (unaudited.length > 0) throw new Error(`methods without an audit rule: ${unaudited.join(', ')}`);
  const onError = (error: unknown, what: string) => options.onError?.(error, what);
  const hosts = hostTable(options.apis);
  const closing = new AbortController();
  let certificates: Certificates | undefined;
  let ownPort = 0;
  const { dispatch, destination } = dispatcher(
    { ...options, onError, translate: options.translate ?? ((error) => error), closing: closing.signal },
    hosts,
    () => ownPort,
  );

  async function secureContext(name: string): Promise<SecureContext> {
    const { kind } = hosts.route(name);
    if (!certificates || kind === 'other' || kind === 'refused') throw new Error(`${name} is not served`);
    return certificates.contextFor(name);
  }

  async function containerContext(name: string): Promise<SecureContext> {
    if (!servesContainers(hosts.route(name))) throw new Error(`${name} is not reached from containers`);
    return secureContext(name);
  }

  const servers = openServers({
    onRequest: dispatch,
    secureContext,
    containerContext,
    onConnect(request, socket, head, admit) {
      answerConnect(request, socket, head, hosts, options, admit).catch((error: unknown) =>
        onError(error, `CONNECT ${request.url}`),
      );
    },
    onUpgrade(request, socket, head) {
      const to = destination(request);
      const { upgrade } = options.ingress;
      if (to?.kind !== 'ingress' || !upgrade || !/^websocket$/i.test(request.headers.upgrade ?? ''))
        return false;
      upgrade(request, socket, head, to.context);
      return true;
    },
  });

  return {
    async listen(host, port) {
      certificates = await openCertificates(options.certificatesDir);
      ownPort = await servers.listen(host, port);
      return { port: ownPort };
    },
    listenLocal: (path) => servers.listenLocal(path),
    admitContainer: (socket, origin) => servers.admitContainer(socket, origin),
    close() {
      closing.abort();
      return servers.close(options.drain ?? DRAIN_MS);
    },
  };
}
