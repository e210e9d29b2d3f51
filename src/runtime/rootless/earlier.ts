/** The processes of planes that were killed, as they are seen from outside their namespaces. */
import { setTimeout as delay } from 'node:timers/promises';
import { kill, processStat, runningProcesses } from '../linux/index.js';

const LIMIT_MS = 10_000;
const POLL_MS = 5;

/** An argument that only the processes of one data directory's namespaces have. @param root its `runtime` directory */
export const markOf = (root: string): string => `--sekisho-runtime=${root}`;

/**
 * Kills whatever earlier planes on the same data directory left: the first process of their namespaces takes
 * everything in these with it, the processes of other users too. (Only from outside: a user namespace beside theirs
 * has no power over them.)
 * @throws Error when something does not end
 */
export async function killEarlier(root: string): Promise<void> {
  const mark = markOf(root);
  const found = runningProcesses().filter(({ args }) => args.includes(mark));
  for (const { pid } of found) kill(pid);
  const deadline = performance.now() + LIMIT_MS;
  for (const { pid } of found) {
    while (stillThere(pid)) {
      if (performance.now() > deadline) throw new Error(`process ${pid} of an earlier plane does not end`);
      await delay(POLL_MS);
    }
  }
}

/** A zombie has ended: the first process of a namespace becomes one when all others have gone. */
function stillThere(pid: number): boolean {
  const stat = processStat(pid);
  return stat !== undefined && stat.state !== 'Z';
}
