/** `sekisho exec`: one command as a client of the plane. */
import { applyChanges, isolated } from '../../plane/clients/index.js';
import { runChild } from '../child.js';
import { addClientOptions, type ClientCommandOptions, prepare } from '../client-options.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';
import { addGithub, type GithubOptions, githubRunOf } from '../federation/github.js';

export interface ExecOptions extends ClientCommandOptions, GithubOptions {
  readonly isolated?: boolean;
}

export const register: Register = (program, context) => {
  const { commands, options, execExamples } = context.messages;
  addGithub(addClientOptions(program.command('exec').description(commands.exec), context), context)
    .option('--isolated', options.isolated)
    .argument('[command...]', options.command)
    .passThroughOptions()
    .addHelpText('after', `\n${execExamples}\n`)
    .action((command: readonly string[], given: ExecOptions) => exec(command, given, context));
};

async function exec(command: readonly string[], given: ExecOptions, context: CliContext): Promise<void> {
  if ((command[0] ?? '') === '') throw new UsageError(context.messages.noCommand);
  const run = await githubRunOf(given, context);
  try {
    const { plane, changes } = run ?? (await prepare(given, context));
    const [program = '', ...args] =
      given.isolated === true ? await isolated(plane.dataDir, command) : command;
    context.status = await runChild(program, args, applyChanges(context.env, changes), context);
  } finally {
    await run?.remove();
  }
}
