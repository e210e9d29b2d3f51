/** `sekisho scan`. */
import { Option } from 'commander';
import type { Register } from '../context.js';
import type { ScanOptions } from '../scan/index.js';
import { scanCliMessages } from '../scan/messages.js';
import { addWho } from '../where.js';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const register: Register = (program, context) => {
  const { description, files, options, examples } = scanCliMessages[context.language];
  addWho(program.command('scan').description(description), context)
    .argument('[files...]', files)
    .option('--source <source>', options.source)
    .option('--project <project>', options.project, collect, [])
    .option('--freshness <time>', options.freshness)
    .option('--filter <query>', options.filter)
    .option('--check <source>', options.check)
    .addOption(
      new Option('--format <format>', options.format)
        .choices(['table', 'json', 'csv', 'gcloud', 'terraform'])
        .default('table'),
    )
    .addHelpText('after', `\n${examples}\n`)
    .action(async (names: readonly string[], given: ScanOptions) =>
      (await import('../scan/index.js')).scan(names, given, context),
    );
};
