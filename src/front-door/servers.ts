/** The servers behind the one port: HTTP/1.1, HTTP/2 in the clear, and TLS with either, on sockets that sniff() sorts. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createH2cServer, createSecureServer, type Http2Session } from 'node:http2';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { HttpRequest, HttpResponse, Origin } from '../google/index.js';
import { ContainerServers } from './container-connection.js';
import { accept, handOver, sniff } from './sniff.js';

export interface ServerHooks {
  readonly onRequest: (request: HttpRequest, response: HttpResponse) => void;
  /** @param admit takes the connection back: the protocol inside is sorted anew */
  readonly onConnect: (
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    admit: (socket: Socket) => void,
  ) => void;
  /** @returns false when nobody takes the upgrade; the request is answered as if it had not asked */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** What to serve TLS for a host name with. Rejects for names that are not served. */
  readonly secureContext: (serverName: string) => Promise<SecureContext>;
  /** The same for connections of containers. */
  readonly containerContext: (serverName: string) => Promise<SecureContext>;
}

export interface Servers {
  listen(host: string, port: number): Promise<number>;
  /** Listens on a Unix socket as well, whose clients have no address. */
  listenLocal(path: string): Promise<void>;
  /** Takes over a connection that a container has opened. */
  admitContainer(socket: Duplex, origin: Origin): void;
  /** Takes no new connections, lets calls under way end for at most so many ms, then closes all. */
  close(drain: number): Promise<void>;
}

/** Uploads take as long as they take; Node's default would cut them off after five minutes. */
const HTTP1 = { requestTimeout: 0 };

export function openServers(hooks: ServerHooks): Servers {
  const calls = new CallsUnderWay();
  const onRequest = (request: HttpRequest, response: HttpResponse) => {
    calls.enter(request, response);
    hooks.onRequest(request, response);
  };
  const plain = createServer(HTTP1, onRequest);
  /** Has no upgrade listener, so it answers a request as if that had not asked for one. */
  const unupgraded = createServer(HTTP1, onRequest);
  const h2c = createH2cServer(onRequest);

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    if (hooks.onUpgrade(request, socket, head)) return;
    handOver(socket as Socket, Buffer.concat([requestHead(request), head]), () => accept(unupgraded, socket));
  };
  plain.on('upgrade', onUpgrade);

  const sessions = new Set<Http2Session>();
  const onSession = (session: Http2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  };
  h2c.on('session', onSession);
  const secure = (contextOf: ServerHooks['secureContext']) =>
    createSecureServer({ allowHTTP1: true, SNICallback: sniCallback(contextOf) }, onRequest)
      .on('upgrade', onUpgrade)
      .on('session', onSession);
  const tls = secure(hooks.secureContext);
  const containers = new ContainerServers(() => secure(hooks.containerContext));

  const sorted = { http1: takeOver(plain), h2c, tls };
  plain.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    hooks.onConnect(request, socket, head, (admitted) => sniff(admitted, sorted));
  });
  const sockets = new Set<Duplex>();
  const onConnection = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    sniff(socket, sorted);
  };
  plain.on('connection', onConnection);
  const local = createSocketServer({ allowHalfOpen: true }, onConnection);

  return {
    listen: (host, port) => listen(plain, host, port),
    listenLocal: (path) =>
      new Promise((resolve, reject) => {
        local.once('error', reject);
        local.listen(path, resolve);
      }),
    admitContainer(socket, origin) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      containers.admit(socket, origin);
    },
    async close(drain) {
      const closed = new Promise<void>((resolve) => plain.close(() => resolve()));
      local.close();
      for (const session of sessions) session.close();
      await calls.end(drain);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Counts the calls that have no answer yet. */
class CallsUnderWay {
  #count = 0;
  #onIdle: (() => void) | undefined;

  enter(request: HttpRequest, response: HttpResponse): void {
    this.#count += 1;
    response.once('close', () => {
      this.#count -= 1;
      if (this.#count === 0) this.#onIdle?.();
    });
    // A client that goes away is no failure of ours; whoever reads or writes learns of it there.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (this.#onIdle && request.httpVersionMajor === 1) response.setHeader('connection', 'close');
  }

  /** Resolves when no call is under way, or after so many ms. */
  end(atMost: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMost);
      this.#onIdle = () => {
        clearTimeout(timer);
        // The last answer has left us, but its socket may still be flushing: give it one turn.
        setImmediate(resolve);
      };
      if (this.#count === 0) this.#onIdle();
    });
  }
}

function sniCallback(contextOf: ServerHooks['secureContext']) {
  return (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
    contextOf(name.toLowerCase()).then(
      (context) => done(null, context),
      (error: Error) => done(error),
    );
  };
}

/** Puts a listener of ours before the HTTP server's own, which still gets the connections meant for it. */
function takeOver(server: Server): (socket: Socket) => void {
  const [own] = server.listeners('connection');
  server.removeAllListeners('connection');
  return (socket) => own?.call(server, socket);
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
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
