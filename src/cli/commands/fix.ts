/** `sekisho fix`: the smallest grants after which a deploy goes through. */
import { type Command, Option } from 'commander';
import { checkMessages } from '../check/messages.js';
import { addFiles, addInputs } from '../check/options.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';
import { FIX_FORMATS } from '../fix/forms.js';
import { fixMessages } from '../fix/messages.js';
import { type FixOptions, fix } from '../fix/run.js';

export const register: Register = (program, context) => {
  const { commands, examples } = fixMessages[context.language];
  const command = program.command('fix').description(commands.fix);
  addFixing(addInputs(addFiles(command, context), context), context)
    .addHelpText('after', `\n${examples}\n`)
    .action((given: FixOptions) => {
      if (given.file) return fix({ by: 'files', names: given.file, place: given }, given, context);
      if (given.plan !== undefined) return fix({ by: 'plan' }, given, context);
      throw new UsageError(checkMessages[context.language].nothingToCheck);
    });
  const run = command.command('run').description(commands.run);
  for (const kind of KINDS) addKind(run, context, kind);
};

const KINDS = [
  { kind: 'service', word: 'service', gcloud: 'run deploy' },
  { kind: 'job', word: 'job', gcloud: 'run jobs deploy' },
  { kind: 'workerPool', word: 'worker-pool', gcloud: 'beta run worker-pools deploy' },
] as const;

/** Unknown options are gcloud's: the checkpoint reads them, and refuses those that gcloud doesn't know. */
function addKind(run: Command, context: CliContext, { kind, word, gcloud }: (typeof KINDS)[number]): void {
  const { options, checkFlags } = context.messages;
  const { commands } = fixMessages[context.language];
  const own = run.command(word).description(commands[kind]);
  addFixing(addInputs(own, context), context)
    .usage(`NAME ${checkFlags(gcloud)} [options]`)
    .argument('[words...]', options.resource)
    .allowUnknownOption()
    .action((words: readonly string[], _: unknown, of: Command) => {
      // Options may stand before `run` as well.
      const given: FixOptions = { ...of.parent?.parent?.opts(), ...of.opts() };
      if (given.file) throw new UsageError(checkMessages[context.language].fileOrRun);
      const { project, region } = given;
      const place = [...(project ? [`--project=${project}`] : []), ...(region ? [`--region=${region}`] : [])];
      return fix({ by: 'flags', kind, words: [...place, ...words] }, given, context);
    });
}

function addFixing(command: Command, { language }: CliContext): Command {
  const { options } = fixMessages[language];
  return command
    .addOption(new Option('--format <format>', `${options.format} (table)`).choices([...FIX_FORMATS]))
    .option('--custom-role', options.customRole)
    .option('--prove', options.prove)
    .option('--apply', options.apply)
    .option('--apply-as <member>', options.applyAs);
}
