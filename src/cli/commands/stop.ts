/** `sekisho stop`: asks the plane of a data directory to stop, and waits until it has. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
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
  const { pid } = await planeOf(given, context);
  if (stderr.isTTY === true) stderr.write(`${messages.stopSent(pid)}\n`);
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; await runs(pid); waited += EVERY_MS) {
    if (waited >= AT_MOST_MS) throw new Error(messages.stopTimeout(pid));
    await delay(EVERY_MS);
  }
}

/**
 * True while the plane's process lives: it takes its record away first, and only then drains. Where nobody reaps it,
 * it stays as a zombie (proc(5): the state behind the name), which has stopped all the same.
 */
async function runs(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/^\d+ \(.*\) [ZX] /s.test(stat);
}
