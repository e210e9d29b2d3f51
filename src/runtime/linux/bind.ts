/** Sockets that listen in another network namespace: a socket belongs to the namespace it was made in. */
import { closeSync } from 'node:fs';
import { O_CLOEXEC, O_NONBLOCK, sockets } from './libc.js';
import { insideNetworkNamespace } from './network-namespace.js';
import { AF_INET, inet4 } from './socket-address.js';

const SOCK_TYPES = { tcp: 1, udp: 2 } as const;

/**
 * A socket with an address of the namespace that `namespace` refers to, for `net.Server.listen({ fd })` or
 * `dgram.Socket.bind({ fd })`.
 * @param address dotted
 * @returns the descriptor, which the caller owns
 * @throws SystemCallError
 */
export function bindInside(namespace: number, kind: 'tcp' | 'udp', address: string, port: number): number {
  const type = SOCK_TYPES[kind] | O_NONBLOCK | O_CLOEXEC;
  const fd = insideNetworkNamespace(namespace, () => sockets.open(AF_INET, type));
  try {
    sockets.bind(fd, inet4(address, port));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
