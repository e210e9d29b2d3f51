/** `sekisho stop`: asks the plane of a data directory to stop, and waits until it has. */
import { setTimeout as delay } from 'node:timers/promises';
import { runningPlane } from '../../plane/index.js';
import type { CliContext, Register } from '../context.js';
import { addWhere, planeOf, type WhereOptions } from '../where.js';

const EVERY_MS = 25;
const AT_MOST_MS = 60_000;

export const register: Register = (program, context) => {
  const command = program.command('stop').description(context.messages.commands.stop);
  addWhere(command, context).action((given: WhereOptions) => stop(given, context));
};

async function stop(given: WhereOptions, context: CliContext): Promise<void> {
  const { messages, stderr } = context;
  const { pid, dataDir } = await planeOf(given, context);
  if (stderr.isTTY === true) stderr.write(`${messages.stopSent(pid)}\n`);
  process.kill(pid, 'SIGTERM');
  // The plane takes its record away last; one that was killed leaves it, and its process is gone.
  const runs = async () => (await runningPlane(dataDir).catch(() => undefined))?.pid === pid;
  for (let waited = 0; await runs(); waited += EVERY_MS) {
    if (waited >= AT_MOST_MS) throw new Error(messages.stopTimeout(pid));
    await delay(EVERY_MS);
  }
}
