/** The plane's side of isolation: the socket in its data directory. */
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { FrontDoor } from '../../front-door/index.js';
import { ISOLATED_SOCKET } from './isolated-socket.js';

/**
 * Takes isolated clients. The socket's path goes by the directory's descriptor, because it may have 107 bytes only; one
 * that a killed plane left is replaced: the data directory is locked.
 * @returns what takes the socket away again
 */
export async function openLocalDoor(frontDoor: FrontDoor, dataDir: string): Promise<() => Promise<void>> {
  const place = path.join(dataDir, ISOLATED_SOCKET);
  await rm(place, { force: true });
  const directory = await open(dataDir, 'r');
  await frontDoor.listenLocal(path.join('/proc/self/fd', String(directory.fd), ISOLATED_SOCKET));
  return async () => {
    await directory.close();
    await rm(place, { force: true });
  };
}
