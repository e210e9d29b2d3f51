/** `run service|job|worker-pool` with gcloud's own flags, for every command that judges deploys. */
import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import type { Wanted } from './inputs.js';
import { checkMessages } from './messages.js';
import { addInputs, type FileOptions, type InputOptions } from './options.js';

/** What one kind of resource is called, here and in gcloud. */
const KINDS = [
  { kind: 'service', word: 'service', gcloud: 'run deploy', description: 'checkService' },
  { kind: 'job', word: 'job', gcloud: 'run jobs deploy', description: 'checkJob' },
  {
    kind: 'workerPool',
    word: 'worker-pool',
    gcloud: 'beta run worker-pools deploy',
    description: 'checkWorkerPool',
  },
] as const;

/** What a command does with deploys that are written as gcloud's flags. */
export interface FlagDeploys<Given> {
  /** Adds the command's options besides those of every input. */
  readonly addOptions: (command: Command, context: CliContext) => Command;
  /** Stands below the help. */
  readonly help?: string;
  readonly run: (wanted: Wanted, given: Given, context: CliContext) => Promise<void>;
}

/** Unknown options are gcloud's: the checkpoint reads them, and refuses those that gcloud doesn't know. */
export function addFlagDeploys<Given extends InputOptions & FileOptions>(
  command: Command,
  context: CliContext,
  { addOptions, help, run }: FlagDeploys<Given>,
): void {
  const { options, commands, checkFlags } = context.messages;
  const under = command.command('run').description(commands.checkRun);
  for (const { kind, word, gcloud, description } of KINDS) {
    const own = under.command(word).description(commands[description]);
    addOptions(addInputs(own, context), context)
      .usage(`NAME ${checkFlags(gcloud)} [options]`)
      .argument('[words...]', options.resource)
      .allowUnknownOption()
      .addHelpText('after', help === undefined ? '' : `\n${help}\n`)
      .action((words: readonly string[], _: unknown, of: Command) => {
        // Options may stand before `run` as well.
        const given = { ...command.opts<Given>(), ...of.opts<Given>() };
        if (given.file) throw new UsageError(checkMessages[context.language].fileOrRun);
        const { project, region } = given;
        const place = [
          ...(project ? [`--project=${project}`] : []),
          ...(region ? [`--region=${region}`] : []),
        ];
        return run({ by: 'flags', kind, words: [...place, ...words] }, given, context);
      });
  }
}
