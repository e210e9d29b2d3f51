/** `sekisho check`: what a deploy would meet, by the rules that the plane itself decides by. */
import { type Command, Option } from 'commander';
import type { CheckReport } from '../../checkpoint/index.js';
import type { RunKind } from '../../names/index.js';
import type { CliContext, Register } from '../context.js';
import { Failure, UsageError } from '../errors.js';
import { addWho, memberIn, planeOf, type WhoOptions } from '../where.js';

interface CheckOptions extends WhoOptions {
  readonly format: 'table' | 'json';
}

/** Without an answer nothing is known to be denied: the status of a check that cannot tell. */
const UNANSWERED = 2;

export const register: Register = (program, context) => {
  const { commands } = context.messages;
  const run = program
    .command('check')
    .description(commands.check)
    .command('run')
    .description(commands.checkRun);
  const { checkService, checkJob, checkWorkerPool } = commands;
  addKind(run, context, {
    kind: 'service',
    word: 'service',
    command: 'run deploy',
    description: checkService,
  });
  addKind(run, context, { kind: 'job', word: 'job', command: 'run jobs deploy', description: checkJob });
  addKind(run, context, {
    kind: 'workerPool',
    word: 'worker-pool',
    command: 'beta run worker-pools deploy',
    description: checkWorkerPool,
  });
};

/** What one kind of resource is called, here and in gcloud. */
interface Kind {
  readonly kind: RunKind;
  readonly word: string;
  readonly command: string;
  readonly description: string;
}

/** Unknown options are gcloud's: the checkpoint reads them, and refuses those that gcloud doesn't know. */
function addKind(run: Command, context: CliContext, { kind, word, command, description }: Kind): void {
  const { options, checkExamples, checkFlags } = context.messages;
  addWho(run.command(word).description(description), context)
    .usage(`NAME ${checkFlags(command)} [options]`)
    .argument('[words...]', options.resource)
    .allowUnknownOption()
    .addOption(
      new Option('--format <format>', options.checkFormat).choices(['table', 'json']).default('table'),
    )
    .addHelpText('after', `\n${checkExamples}\n`)
    .action((words: readonly string[], given: CheckOptions) => check(kind, words, given, context));
}

async function check(
  kind: RunKind,
  words: readonly string[],
  given: CheckOptions,
  context: CliContext,
): Promise<void> {
  const { env, stdout, language } = context;
  const checkpoint = await import('../../checkpoint/index.js');
  const report = await ask(kind, words, given, context);
  stdout.write(
    given.format === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : checkpoint.table(report, {
          lang: language,
          colour: stdout.isTTY === true && !env.NO_COLOR,
          ...(stdout.columns === undefined ? {} : { width: stdout.columns }),
        }),
  );
  context.status = checkpoint.exitCode(report);
}

/** @throws UsageError for what cannot be asked; Failure when there is no answer */
async function ask(
  kind: RunKind,
  words: readonly string[],
  given: CheckOptions,
  context: CliContext,
): Promise<CheckReport> {
  const { parseDeployFlags } = await import('../../checkpoint/index.js');
  const { checkOnPlane, PlaneError } = await import('../../sources/index.js');
  const project = context.env.CLOUDSDK_CORE_PROJECT || context.env.GOOGLE_CLOUD_PROJECT;
  const region = context.env.CLOUDSDK_RUN_REGION;
  const defaults = { ...(project ? { project } : {}), ...(region ? { region } : {}) };
  // Read before the plane is looked for: a wrong command line is wrong with or without one.
  const request = parseDeployFlags(words, { ...defaults, as: given.as ?? '' }, kind);
  try {
    const plane = await planeOf(given, context);
    return await checkOnPlane(plane, { ...request, as: memberIn(given, plane, context) });
  } catch (error) {
    const refused = error instanceof PlaneError && error.problem === 'refused';
    throw refused ? new UsageError(error.message) : new Failure(UNANSWERED, error);
  }
}
