/** `sekisho check`: what a deploy would meet, by the rules that the plane itself decides by. */
import { type Command, Option } from 'commander';
import type { ChecksReport } from '../../checkpoint/index.js';
import { type Inputs, openInputs, requireProject, type Wanted } from '../check/inputs.js';
import { addFlagDeploys } from '../check/kinds.js';
import { checkMessages } from '../check/messages.js';
import { addFiles, addInputs, type FileOptions, type InputOptions } from '../check/options.js';
import { draw, FORMATS, type Format, requireDrawable, show, targetsOf, writeFiles } from '../check/output.js';
import { checkAll } from '../check/run.js';
import type { CliContext, Register } from '../context.js';
import { Failure, UsageError } from '../errors.js';

interface OutputOptions {
  readonly format: Format;
  readonly explain?: boolean;
  readonly graph?: string;
  readonly write?: readonly string[];
}

type CheckGiven = InputOptions & FileOptions & OutputOptions;

/** Without an answer nothing is known to be denied: the status of a check that cannot tell. */
const UNANSWERED = 2;

export const register: Register = (program, context) => {
  const { commands } = context.messages;
  const { examples, exitStatuses } = checkMessages[context.language];
  const check = program.command('check').description(commands.check);
  addOutput(addInputs(addFiles(check, context), context), context)
    .allowExcessArguments()
    .addHelpText('after', `\n${exitStatuses}\n\n${examples}\n`)
    .action((given: CheckGiven, { args }: Command) => run(wantedBy(given, args, context), given, context));
  addFlagDeploys<CheckGiven>(check, context, {
    addOptions: addOutput,
    help: `${exitStatuses}\n\n${context.messages.checkExamples}`,
    run,
  });
};

function addOutput(command: Command, { language }: CliContext): Command {
  const { options } = checkMessages[language];
  return command
    .addOption(new Option('--format <format>', `${options.format} (table)`).choices([...FORMATS]))
    .option('--explain', options.explain)
    .option('--graph <file>', options.graph)
    .option('--write <format=file>', options.write, (text: string, before: readonly string[] = []) => [
      ...before,
      text,
    ]);
}

/** What `check` is to check that is not followed by `run`. */
function wantedBy(given: CheckGiven, [word]: readonly string[], { language }: CliContext): Wanted {
  if (word !== undefined) throw new UsageError(checkMessages[language].stranger(word));
  if (given.file) return { by: 'files', names: given.file, place: given };
  if (given.plan !== undefined) return { by: 'plan' };
  throw new UsageError(checkMessages[language].nothingToCheck);
}

async function run(wanted: Wanted, given: CheckGiven, context: CliContext): Promise<void> {
  const { format = 'table', explain = false, graph } = given;
  requireDrawable(graph, context);
  const targets = targetsOf(given.write ?? [], context);
  const inputs = await answered(() => openInputs(wanted, given, context));
  try {
    const report = await answered(() => reportOn(inputs, given));
    for (const [index, deploy] of inputs.deploys.entries()) {
      const check = report.checks[index];
      if (check && wanted.by === 'files') requireProject(check, deploy, given.project, context);
    }
    const [only, ...more] = report.checks;
    if (graph !== undefined) {
      if (!only || more.length > 0) throw new UsageError(checkMessages[context.language].graphOfOne);
      await draw(graph, only, context);
    }
    for (const note of inputs.base.notes) context.stderr.write(`${note}\n`);
    const single = wanted.by === 'flags' && report.faults.length === 0;
    const tellSource = inputs.asked.source.kind !== 'plane' || inputs.plan !== undefined;
    const shown = { report, single, tellSource, explain };
    await writeFiles(shown, targets, context);
    await show(shown, format, context);
    const { exitCode } = await import('../../checkpoint/index.js');
    context.status = exitCode(report);
  } finally {
    await inputs.base.close();
  }
}

/** A plane asked about one deploy answers itself: what it says then is what its gate would say. */
async function reportOn(inputs: Inputs, { explain = false }: CheckGiven): Promise<ChecksReport> {
  const { deploys, base, plan, asked } = inputs;
  const [deploy, ...more] = deploys;
  const plain = !explain && plan === undefined && asked.time === undefined;
  if (!deploy || more.length > 0 || !plain || !base.own) return (await checkAll(inputs, explain)).report;
  const { checksReport, located } = await import('../../checkpoint/index.js');
  return checksReport([located(await base.own(deploy.request), deploy)], [], base.name);
}

/** @throws UsageError for what cannot be asked; Failure where there is no answer */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { PlaneError } = await import('../../sources/index.js');
    const refused = error instanceof PlaneError && error.problem === 'refused';
    throw refused ? new UsageError(error.message) : new Failure(UNANSWERED, error);
  }
}
