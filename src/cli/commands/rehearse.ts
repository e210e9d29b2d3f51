/** `sekisho rehearse`: one command on a throw-away copy of real projects. */
import type { Register } from '../context.js';
import { rehearseMessages } from '../rehearse/messages.js';
import type { RehearseOptions } from '../rehearse/rehearse.js';
import { sourceMessages } from '../sources/messages.js';

const gather = (id: string, before: readonly string[]): readonly string[] => [...before, id];

export const register: Register = (program, context) => {
  const { command, options, examples } = rehearseMessages[context.language];
  const { options: ofSources } = sourceMessages[context.language];
  program
    .command('rehearse')
    .description(command)
    .option('--source <source>', options.source)
    .option('--groups <file>', ofSources.groups)
    .option('--complete', ofSources.complete)
    .option('--project <id>', options.project, gather, [])
    .option('--as <member>', options.as)
    .option('--region <region>', options.region)
    .option('--keep', options.keep)
    .option('--print-estate', options.printEstate)
    .argument('[command...]', options.command)
    .passThroughOptions()
    .addHelpText('after', `\n${examples}\n`)
    .action(async (words: readonly string[], given: RehearseOptions) =>
      (await import('../rehearse/rehearse.js')).rehearse(words, given, context),
    );
};
