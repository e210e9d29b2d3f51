/** `sekisho exec`: one command as a client of the plane. */
import { applyChanges } from '../../plane/index.js';
import { runChild } from '../child.js';
import { addClientOptions, type ClientCommandOptions, prepare } from '../client-options.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';

export const register: Register = (program, context) => {
  const { commands, options, execExamples } = context.messages;
  addClientOptions(program.command('exec').description(commands.exec), context)
    .argument('[command...]', options.command)
    .passThroughOptions()
    .addHelpText('after', `\n${execExamples}\n`)
    .action((command: readonly string[], given: ClientCommandOptions) => exec(command, given, context));
};

async function exec(
  [command, ...args]: readonly string[],
  given: ClientCommandOptions,
  context: CliContext,
): Promise<void> {
  if (command === undefined || command === '') throw new UsageError(context.messages.noCommand);
  const { changes } = await prepare(given, context);
  context.status = await runChild(command, args, applyChanges(context.env, changes), context);
}
