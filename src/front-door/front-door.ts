/** The one port: every protocol in, every request to the room that serves it. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createH2cServer, createSecureServer, type Http2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AccessControl } from '../access/index.js';
import type { Log } from '../audit/index.js';
import {
  type Api,
  GoogleError,
  type HttpContext,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  notFound,
} from '../google/index.js';
import type { Identity } from '../identity/index.js';
import { type Certificates, openCertificates } from './certificates.js';
import { answerConnect, type EgressOptions, strangerRefusal } from './connect.js';
import { hostTable, isLoopback } from './hosts.js';
import { type Arrival, type Destination, locate, pathOf, readArrival } from './locate.js';
import { methodTable } from './method-table.js';
import { serveApiCall, unauditedMethods } from './pipeline.js';
import { sendError, sendJson, sendText } from './reply.js';
import { accept, handOver, sniff } from './sniff.js';
import { forward } from './tunnel.js';

/** Takes over a connection that asked to become something else: a WebSocket to a service. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  context: HttpContext,
) => void;

export interface FrontDoorOptions extends EgressOptions {
  readonly apis: readonly Api[];
  readonly oauth2: HttpHandler;
  readonly registry: HttpHandler;
  readonly ingress: { readonly handle: HttpHandler; readonly upgrade?: UpgradeHandler };
  /** Requests to `sekisho.internal`; only this machine's reach it. */
  readonly admin: HttpHandler;
  readonly identity: Identity;
  readonly access: AccessControl;
  readonly clock: () => Date;
  /** Where each call that changes something leaves its audit entry. */
  readonly log: Log;
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
  /** Takes no new connections, lets the calls under way end, then closes the rest. */
  close(): Promise<void>;
}

const DRAIN_MS = 10_000;

/** @throws Error when a method that changes something would leave no audit entry: a mistake in an API's table */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const unaudited = unauditedMethods(options.apis);
  if (unaudited.length > 0) throw new Error(`methods without an audit rule: ${unaudited.join(', ')}`);
  const hosts = hostTable(options.apis);
  const methods = methodTable(options.apis);
  const sockets = new Set<Socket>();
  const sessions = new Set<Http2Session>();
  let underWay = 0;
  let onIdle: (() => void) | undefined;
  let certificates: Certificates | undefined;
  let ownPort = 0;

  const onError = (error: unknown, what: string) => options.onError?.(error, what);
  const pipeline = { ...options, onError };

  async function serve(arrival: Arrival, request: HttpRequest, response: HttpResponse): Promise<void> {
    const to = locate(arrival, hosts, methods, ownPort);
    switch (to.kind) {
      case 'api':
        return serveApiCall(pipeline, to, request, response);
      case 'registry':
        return options.registry(request, response, to.context);
      case 'ingress':
        return options.ingress.handle(request, response, to.context);
      case 'oauth2':
        return options.oauth2(request, response, to.context);
      case 'admin':
        if (!isLoopback(arrival.peer)) throw new GoogleError('PERMISSION_DENIED', 'Only from this machine.');
        return options.admin(request, response, to.context);
      case 'health':
        return sendText(response, 200, 'ok');
      case 'refused':
        throw notFound(to.why);
      case 'nowhere':
        throw notFound(`The requested URL ${pathOf(to.context.url)} was not found on this server.`);
      case 'foreign': {
        const why = strangerRefusal(arrival.host, arrival.peer, options);
        if (why !== undefined) return sendText(response, 403, `${why}\n`);
        return forward(arrival, options.upstreamProxy, request, response);
      }
    }
  }

  function onRequest(request: HttpRequest, response: HttpResponse): void {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) onIdle?.();
    });
    // A client that goes away is no failure of ours; whoever reads or writes learns of it there.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (onIdle && request.httpVersionMajor === 1) response.setHeader('connection', 'close');
    const arrival = readArrival(request);
    if (!arrival) {
      sendJson(
        response,
        400,
        new GoogleError('INVALID_ARGUMENT', 'The request names no valid host.').toJson(),
      );
      return;
    }
    serve(arrival, request, response).catch((error: unknown) => {
      const unforeseen = sendError(response, error);
      if (response.headersSent && !response.writableEnded) response.destroy();
      const gone = unforeseen instanceof Error && unforeseen.name === 'AbortError' && request.destroyed;
      if (unforeseen !== undefined && !gone) {
        onError(unforeseen, `${arrival.verb} ${arrival.host}${pathOf(arrival.url)}`);
      }
    });
  }

  const plain = createServer({ requestTimeout: 0 }, onRequest);
  /** Takes what asked for an upgrade that nobody makes: having no upgrade listener, it answers as if not asked. */
  const unupgraded = createServer({ requestTimeout: 0 }, onRequest);
  const h2c = createH2cServer(onRequest);
  const tls = createSecureServer(
    {
      allowHTTP1: true,
      SNICallback: (name, done) => {
        secureContext(name).then(
          (context) => done(null, context),
          (error: Error) => done(error),
        );
      },
    },
    onRequest,
  );

  async function secureContext(name: string) {
    const { kind } = hosts.route(name.toLowerCase());
    if (!certificates || kind === 'other' || kind === 'refused') throw new Error(`${name} is not served`);
    return certificates.contextFor(name.toLowerCase());
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const to = upgradeDestination(request);
    const { upgrade } = options.ingress;
    if (to?.kind === 'ingress' && upgrade && !/^h2c$/i.test(request.headers.upgrade ?? '')) {
      upgrade(request, socket, head, to.context);
    } else {
      const again = Buffer.concat([requestHead(request), head]);
      handOver(socket as Socket, again, () => accept(unupgraded, socket));
    }
  }

  function upgradeDestination(request: IncomingMessage): Destination | undefined {
    const arrival = readArrival(request);
    try {
      return arrival && locate(arrival, hosts, methods, ownPort);
    } catch {
      return undefined;
    }
  }

  const servers = { http1: takeOver(plain), h2c, tls };
  const open = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    sniff(socket, servers);
  };
  plain.on('connection', open);
  for (const server of [plain, tls]) server.on('upgrade', onUpgrade);
  plain.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    answerConnect(request, socket, head, hosts, options, (admitted) => sniff(admitted, servers)).catch(
      (error: unknown) => onError(error, `CONNECT ${request.url}`),
    );
  });
  for (const server of [h2c, tls]) {
    server.on('session', (session: Http2Session) => {
      sessions.add(session);
      session.once('close', () => sessions.delete(session));
      session.on('error', () => undefined);
    });
  }

  return {
    async listen(host, port) {
      certificates = await openCertificates(options.certificatesDir);
      await new Promise<void>((resolve, reject) => {
        plain.once('error', reject);
        plain.listen(port, host, () => {
          plain.off('error', reject);
          resolve();
        });
      });
      ownPort = (plain.address() as AddressInfo).port;
      return { port: ownPort };
    },
    async close() {
      const closed = new Promise<void>((resolve) => plain.close(() => resolve()));
      for (const session of sessions) session.close();
      await idle(options.drain ?? DRAIN_MS);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };

  /** Resolves when no call is under way, or after the given time. */
  function idle(atMost: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMost);
      onIdle = () => {
        clearTimeout(timer);
        // The last answer has left the process, but its socket may still be flushing: give it one turn.
        setImmediate(resolve);
      };
      if (underWay === 0) onIdle();
    });
  }
}

/** Puts a listener of ours before the HTTP server's own, which still gets the connections meant for it. */
function takeOver(server: Server): (socket: Socket) => void {
  const [own] = server.listeners('connection');
  server.removeAllListeners('connection');
  return (socket) => own?.call(server, socket);
}

/** A request's head as it was sent, without the wish for an upgrade. */
function requestHead(request: IncomingMessage): Buffer {
  const lines = [`${request.method} ${request.url} HTTP/1.1`, 'Connection: keep-alive'];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) {
      lines.push(`${name}: ${request.rawHeaders[index + 1]}`);
    }
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
