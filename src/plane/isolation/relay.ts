/** Inside an isolated network namespace: the plane's address, and behind it the plane's local socket. Nothing else. */
import { open } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { bringLoopbackUp, dropAmbientCapabilities } from '../../runtime/index.js';
import { ISOLATED_SOCKET } from './isolated-socket.js';

export interface Relay {
  close(): Promise<void>;
}

/**
 * Makes the plane reachable in this process's network namespace, at the address that clients know it by, and gives up
 * the power to change the namespace.
 * @param url the plane's, e.g. `http://127.0.0.1:8750`
 * @throws Error when the address is no loopback address, or cannot be listened on
 */
export async function openRelay(dataDir: string, url: string): Promise<Relay> {
  bringLoopbackUp();
  // A path through the directory's descriptor is short: a socket's own path may have no more than 107 bytes.
  const directory = await open(dataDir, 'r');
  const socketPath = path.join('/proc/self/fd', String(directory.fd), ISOLATED_SOCKET);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const plane = connect({ path: socketPath, allowHalfOpen: true });
    for (const [from, to] of [
      [client, plane],
      [plane, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  const { hostname, port } = new URL(url);
  await listen(server, hostname.replace(/^\[|\]$/g, ''), Number(port));
  dropAmbientCapabilities();
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await directory.close();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
