/** `sekisho fix`: the smallest grants after which a deploy goes through. */
import { type Command, Option } from 'commander';
import { addFlagDeploys } from '../check/kinds.js';
import { checkMessages } from '../check/messages.js';
import { addFiles, addInputs } from '../check/options.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';
import { FIX_FORMATS } from '../fix/forms.js';
import { fixMessages } from '../fix/messages.js';
import { type FixOptions, fix } from '../fix/run.js';

export const register: Register = (program, context) => {
  const { command: description, examples } = fixMessages[context.language];
  const command = program.command('fix').description(description);
  addFixing(addInputs(addFiles(command, context), context), context)
    .addHelpText('after', `\n${examples}\n`)
    .action((given: FixOptions) => {
      if (given.file) return fix({ by: 'files', names: given.file, place: given }, given, context);
      if (given.plan !== undefined) return fix({ by: 'plan' }, given, context);
      throw new UsageError(checkMessages[context.language].nothingToCheck);
    });
  addFlagDeploys<FixOptions>(command, context, { addOptions: addFixing, run: fix });
};

function addFixing(command: Command, { language }: CliContext): Command {
  const { options } = fixMessages[language];
  return command
    .addOption(new Option('--format <format>', `${options.format} (table)`).choices([...FIX_FORMATS]))
    .option('--custom-role', options.customRole)
    .option('--prove', options.prove)
    .option('--apply', options.apply)
    .option('--apply-as <member>', options.applyAs);
}
