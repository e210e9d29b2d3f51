/** Tells by a connection's first bytes which protocol it speaks, and hands it over with those bytes put back. */
import type { Server as HttpServer } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ProtocolServers {
  /** Takes over a connection that speaks HTTP/1.1. */
  readonly http1: (socket: Socket) => void;
  readonly h2c: Http2Server;
  readonly tls: Http2SecureServer;
}

/** A connection that says nothing is let go. */
const SILENCE_MS = 60_000;
/** How the HTTP/2 preface begins (RFC 9113, 3.4); no method that we serve does. */
const PREFACE = Buffer.from('PRI');
const TLS_HANDSHAKE = 0x16;

/** Waits for a connection's first bytes and passes it on. */
export function sniff(socket: Socket, servers: ProtocolServers): void {
  let head = Buffer.alloc(0);
  const giveUp = () => socket.destroy();
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const short = head.length < PREFACE.length;
    if (short && PREFACE.subarray(0, head.length).equals(head)) return;
    socket.off('data', onData).off('timeout', giveUp).off('end', giveUp);
    socket.setTimeout(0);
    const http2 = head[0] === TLS_HANDSHAKE || PREFACE.equals(head.subarray(0, PREFACE.length));
    // HTTP/1 lets a client that has nothing more to say wait for its answer; HTTP/2 and TLS end as a whole.
    socket.allowHalfOpen = !http2;
    handOver(socket, head, () => {
      if (head[0] === TLS_HANDSHAKE) servers.tls.emit('connection', socket);
      else if (http2) servers.h2c.emit('connection', socket);
      else servers.http1(socket);
    });
  };
  socket.setTimeout(SILENCE_MS, giveUp);
  socket.on('end', giveUp);
  socket.on('data', onData);
}

/** Gives a socket to another server, with bytes that were read from it before. */
export function handOver(socket: Socket, head: Buffer, take: () => void): void {
  socket.pause();
  if (head.length > 0) socket.unshift(head);
  take();
  process.nextTick(() => socket.resume());
}

/** Hands a connection to a server as if that had accepted it. */
export function accept(server: HttpServer, socket: Duplex): void {
  server.emit('connection', socket);
}
