/** `sekisho export`: a running plane as an estate file. */
import { Option } from 'commander';
import { exportEstateFile } from '../../plane/clients/index.js';
import type { CliContext, Register } from '../context.js';
import { addWhere, planeOf, type WhereOptions } from '../where.js';

interface ExportOptions extends WhereOptions {
  readonly format: 'yaml' | 'json';
}

export const register: Register = (program, context) => {
  const { commands, options } = context.messages.estate;
  addWhere(program.command('export').description(commands.export), context)
    .addOption(
      new Option('--format <format>', options.exportFormat).choices(['yaml', 'json']).default('yaml'),
    )
    .action((given: ExportOptions) => exportPlane(given, context));
};

async function exportPlane(given: ExportOptions, context: CliContext): Promise<void> {
  const { text, notes } = await exportEstateFile(await planeOf(given, context), given.format);
  context.stdout.write(text);
  for (const note of notes) context.stderr.write(`sekisho: ${note}\n`);
}
