/** `sekisho reset`: empties a running plane. */
import { resetEstate } from '../../plane/clients/index.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';
import { addWhere, dataDirOf, planeOf, type WhereOptions } from '../where.js';

interface ResetOptions extends WhereOptions {
  readonly yes?: boolean;
}

export const register: Register = (program, context) => {
  const { commands, options } = context.messages.estate;
  addWhere(program.command('reset').description(commands.reset), context)
    .option('--yes', options.yes)
    .action((given: ResetOptions) => reset(given, context));
};

async function reset(given: ResetOptions, context: CliContext): Promise<void> {
  const { stdin, stdout, messages } = context;
  if (stdin.isTTY === true && given.yes !== true) {
    throw new UsageError(messages.estate.resetNeedsYes(dataDirOf(given, context)));
  }
  const plane = await planeOf(given, context);
  stdout.write(`${messages.estate.resetDone(await resetEstate(plane))}\n`);
}
