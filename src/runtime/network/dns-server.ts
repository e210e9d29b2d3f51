/** Answers DNS queries: a datagram each, or length-prefixed on a connection (RFC 1035 section 4.2, RFC 7766). */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { answer, type Lookup } from './dns-message.js';

/** Longer queries exist only where somebody means harm. */
const MAX_QUERY_BYTES = 4_096;
const IDLE_MS = 10_000;

/** @param fd a bound UDP socket, which is the returned one's from now on */
export function serveDnsDatagrams(
  fd: number,
  lookup: Lookup,
  onWarning: (message: string) => void,
): DatagramSocket {
  const socket = createSocket('udp4');
  socket.on('message', (message, sender) => {
    const reply = answer(message, lookup);
    // Who asks and goes away is not told: that is how UDP is.
    if (reply !== undefined) socket.send(reply, sender.port, sender.address, () => undefined);
  });
  socket.on('error', ({ message }) => onWarning(`the name server of containers failed: ${message}`));
  socket.bind({ fd });
  return socket;
}

/** Answers on a connection until the client ends it, breaks the rules, or is silent for ten seconds. */
export function serveDnsConnection(socket: Socket, lookup: Lookup): void {
  let received = Buffer.alloc(0);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2) {
      const length = received.readUInt16BE(0);
      if (length > MAX_QUERY_BYTES) return void socket.destroy();
      if (received.length < 2 + length) return;
      const reply = answer(received.subarray(2, 2 + length), lookup);
      received = received.subarray(2 + length);
      if (reply === undefined) return void socket.destroy();
      const framed = Buffer.concat([Buffer.alloc(2), reply]);
      framed.writeUInt16BE(reply.length);
      if (!socket.write(framed)) return void socket.destroy(); // a client that asks without ever reading
    }
  });
}
