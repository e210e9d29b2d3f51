/** `sekisho audit`. */
import { Option } from 'commander';
import type { AuditGiven } from '../audit/index.js';
import { auditCliMessages } from '../audit/messages.js';
import type { Register } from '../context.js';
import { addSource } from '../sources/choice.js';
import { addWhere } from '../where.js';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const register: Register = (program, context) => {
  const { description, options, examples } = auditCliMessages[context.language];
  addWhere(addSource(program.command('audit').description(description), context), context)
    .option('--project <id>', options.project, collect, [])
    .option('--organization <number>', options.organization)
    .option('--deployer <member>', options.deployer, collect, [])
    .option('--limit <number>', options.limit, '50')
    .option('--known-images', options.knownImages)
    .addOption(
      new Option('--format <format>', options.format)
        .choices(['table', 'json', 'html', 'csv', 'sarif'])
        .default('table'),
    )
    .option('--out <file>', options.out)
    .option('--top <number>', options.top, '20')
    .addHelpText('after', `\n${examples}\n`)
    .action(async (given: AuditGiven) => (await import('../audit/index.js')).auditCommand(given, context));
};
