/** What `exec --isolated` runs inside the new network namespace: the way to the plane, and the command behind it. */
import { openRelay } from '../../plane/clients/index.js';
import { runChild } from '../child.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';
import { planeOf } from '../where.js';

export const register: Register = (program, context) => {
  const { commands, options } = context.messages;
  program
    .command('isolated', { hidden: true })
    .description(commands.isolated)
    .argument('[command...]', options.command)
    .passThroughOptions()
    .action((command: readonly string[]) => run(command, context));
};

async function run([command, ...args]: readonly string[], context: CliContext): Promise<void> {
  if (command === undefined) throw new UsageError(context.messages.noCommand);
  const plane = await planeOf({}, context);
  const relay = await openRelay(plane.dataDir, plane.url);
  try {
    context.status = await runChild(command, args, context.env, context);
  } finally {
    await relay.close();
  }
}
