/** TCP connections into another network namespace, with no relay: a socket belongs to the namespace it was made in. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errorName, O_CLOEXEC, O_NONBLOCK, sockets } from './libc.js';
import { insideNetworkNamespace } from './network-namespace.js';
import { AF_INET, inet4 } from './socket-address.js';

const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const POLLOUT = 4;
const CONNECT_TIMEOUT_MS = 10_000;

/** Where loopback is, in the order tried: some servers listen on `::1` only. */
const LOOPBACKS = [
  { family: AF_INET, address: (port: number) => inet4('127.0.0.1', port) },
  { family: AF_INET6, address: inet6Loopback },
] as const;

/**
 * Connects to `port` on the loopback interface of a network namespace. `netns` gives a descriptor of it, or undefined
 * once it is gone; it is asked anew for every attempt, since a closed descriptor's number may come to mean another.
 * The thread is inside the namespace only during a few system calls without an await between them, so nothing else
 * in the process ever runs there.
 * @throws an Error with `code` ECONNREFUSED when nothing listens there, ETIMEDOUT when nothing answers
 */
export async function dial(netns: () => number | undefined, port: number): Promise<Socket> {
  return new Socket({ fd: await dialDescriptor(netns, port), readable: true, writable: true });
}

/** As `dial`, but gives the connected socket's descriptor, which the caller owns then. */
export async function dialDescriptor(netns: () => number | undefined, port: number): Promise<number> {
  let refusal: string | undefined;
  for (const loopback of LOOPBACKS) {
    const namespace = netns();
    if (namespace === undefined) break;
    const attempt = begin(namespace, loopback.family, loopback.address(port));
    const failure = attempt.failure === 'EINPROGRESS' ? await settled(attempt.fd) : attempt.failure;
    if (failure === undefined) return attempt.fd;
    closeSync(attempt.fd);
    refusal ??= failure;
    if (failure !== 'ECONNREFUSED') break;
  }
  throw connectError(refusal ?? 'ECONNREFUSED', port);
}

/** The error that Node.js itself gives for a refused connection, so that callers need know only one. */
export function connectError(code: string, port: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:${port}`), { code, syscall: 'connect', port });
}

function begin(netns: number, family: number, address: Buffer): { fd: number; failure: string | undefined } {
  return insideNetworkNamespace(netns, () => {
    const fd = sockets.open(family, SOCK_STREAM | O_NONBLOCK | O_CLOEXEC);
    return { fd, failure: sockets.connect(fd, address) };
  });
}

/** Waits for a connection under way; undefined when it stands, else the errno's name. */
async function settled(fd: number): Promise<string | undefined> {
  const deadline = Date.now() + CONNECT_TIMEOUT_MS;
  const request = Buffer.alloc(8); // struct pollfd { int fd; short events, revents }
  request.writeInt32LE(fd, 0);
  request.writeInt16LE(POLLOUT, 4);
  while (sockets.poll(request) === 0) {
    if (Date.now() > deadline) return 'ETIMEDOUT';
    await delay(1);
  }
  const value = Buffer.alloc(4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(4);
  sockets.getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length);
  const errno = value.readInt32LE();
  return errno === 0 ? undefined : errorName(errno);
}

function inet6Loopback(port: number): Buffer {
  const address = Buffer.alloc(28);
  address.writeUInt16LE(AF_INET6, 0);
  address.writeUInt16BE(port, 2);
  address.writeUInt8(1, 23);
  return address;
}
