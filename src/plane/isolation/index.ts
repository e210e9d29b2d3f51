/**
 * Isolation: a command in a network namespace of its own, in which the plane is all there is. Linux only.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { executable } from '../clients/prepare.js';
import { IsolationUnavailable, namespaceCommand } from './enter.js';
import { ISOLATED_SOCKET } from './isolated-socket.js';
import type { openRelay as open } from './relay.js';

export { IsolationUnavailable, namespaceCommand } from './enter.js';

/** Loads what enters namespaces only where that is done. */
export const openRelay: typeof open = async (dataDir, url) =>
  (await import('./relay.js')).openRelay(dataDir, url);

/**
 * The words that run a command isolated: a namespace, in it this program again as the relay to the plane, and under
 * that the command.
 * @throws IsolationUnavailable
 */
export async function isolated(dataDir: string, command: readonly string[]): Promise<readonly string[]> {
  if (!existsSync(path.join(dataDir, ISOLATED_SOCKET))) {
    throw new IsolationUnavailable(`the plane on ${dataDir} takes no isolated clients: start it again`);
  }
  return [...(await namespaceCommand()), process.execPath, executable(), 'isolated', '--', ...command];
}
