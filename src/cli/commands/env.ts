/** `sekisho env`: prints the environment of the plane's clients. */
import { Option } from 'commander';
import { addClientOptions, type ClientCommandOptions, prepare } from '../client-options.js';
import type { CliContext, Register } from '../context.js';
import { type EnvironmentFormat, formatEnvironment } from '../environment-format.js';

interface EnvOptions extends ClientCommandOptions {
  readonly format: EnvironmentFormat;
}

export const register: Register = (program, context) => {
  const { commands, options } = context.messages;
  addClientOptions(program.command('env').description(commands.env), context)
    .addOption(
      new Option('--format <format>', options.envFormat).choices(['sh', 'json', 'github']).default('sh'),
    )
    .action((given: EnvOptions) => env(given, context));
};

async function env(given: EnvOptions, context: CliContext): Promise<void> {
  const { changes } = await prepare(given, context);
  context.stdout.write(formatEnvironment(changes, given.format));
}
