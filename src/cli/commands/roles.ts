/** `sekisho roles sync`, `list`, `describe` and `diff`. */
import { type Command, Option } from 'commander';
import type { CliContext, Register } from '../context.js';
import type { DescribeOptions, ListOptions, SyncOptions } from '../roles/index.js';
import { rolesMessages } from '../roles/messages.js';
import { addWhere } from '../where.js';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const register: Register = (program, context) => {
  const { commands, options, examples } = rolesMessages[context.language];
  const roles = program.command('roles').description(commands.roles);
  addWhere(roles.command('sync').description(commands.sync), context)
    .option('--role <role>', options.role, collect, [])
    .option('--access-token-file <file>', options.tokenFile)
    .option('--output <file>', options.output)
    .addHelpText('after', `\n${examples}\n`)
    .action(async (given: SyncOptions) => (await import('../roles/index.js')).sync(given, context));
  withFormat(roles.command('list').description(commands.list), context)
    .option('--differing', options.differing)
    .action(async (given: ListOptions) => (await import('../roles/index.js')).list(given, context));
  withFormat(roles.command('describe').description(commands.describe), context)
    .argument('<role>', options.roleName)
    .action(async (name: string, given: DescribeOptions) =>
      (await import('../roles/index.js')).describe(name, given, context),
    );
  withFormat(roles.command('diff').description(commands.diff), context).action(
    async (given: DescribeOptions) => (await import('../roles/index.js')).diff(given, context),
  );
};

function withFormat(command: Command, context: CliContext): Command {
  const { options } = rolesMessages[context.language];
  return addWhere(command, context).addOption(
    new Option('--format <format>', options.format).choices(['text', 'json']).default('text'),
  );
}
