/** `sekisho apply`: brings a running plane to what estate files say. */
import { applyEstateFiles } from '../../plane/clients/index.js';
import type { ApplyReport, EstateChange } from '../../plane/index.js';
import type { CliContext, Register } from '../context.js';
import { estateFiles } from '../estate/files.js';
import { addWhere, planeOf, type WhereOptions } from '../where.js';

interface ApplyOptions extends WhereOptions {
  readonly file: readonly string[];
  readonly prune?: boolean;
  readonly dryRun?: boolean;
}

export const register: Register = (program, context) => {
  const { commands, options, applyExamples } = context.messages.estate;
  addWhere(program.command('apply').description(commands.apply), context)
    .requiredOption('-f, --file <file...>', options.file)
    .option('--prune', options.prune)
    .option('--dry-run', options.dryRun)
    .addHelpText('after', `\n${applyExamples}\n`)
    .action((given: ApplyOptions) => apply(given, context));
};

async function apply(given: ApplyOptions, context: CliContext): Promise<void> {
  const { stdout, messages } = context;
  const plane = await planeOf(given, context);
  const files = await estateFiles(given.file, context);
  const dryRun = given.dryRun === true;
  const report = await applyEstateFiles(plane, { files, prune: given.prune === true, dryRun });
  stdout.write(reportText(report, context));
  if (dryRun) stdout.write(`${messages.estate.dryRun}\n`);
}

function reportText({ changes, unchanged }: ApplyReport, { messages }: CliContext): string {
  const { actions, kinds, summary } = messages.estate;
  const lines = changes.map(({ action, kind, name, details }) => {
    const what = `${actions[action]} ${kinds[kind]} ${name}`;
    return details.length === 0 ? what : `${what}: ${details.join(', ')}`;
  });
  const count = (action: EstateChange['action']) =>
    changes.filter((change) => change.action === action).length;
  const counts = { created: count('created'), updated: count('updated'), removed: count('removed') };
  return [...lines, summary(counts, unchanged)].map((line) => `${line}\n`).join('');
}
