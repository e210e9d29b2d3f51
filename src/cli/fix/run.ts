/** `sekisho fix`: what mends a deploy, written, proved and made, as far as that was asked for. */
import { type Inputs, openInputs, requireProject, type Wanted } from '../check/inputs.js';
import { askedBy, type FileOptions, type InputOptions } from '../check/options.js';
import type { CliContext } from '../context.js';
import { Failure, UsageError } from '../errors.js';
import { type FixFormat, type Further, formOf, notMendedLines } from './forms.js';
import { type Found, fixesFor, statusOf } from './found.js';
import { type ApplyOptions, appliedLines, make, requireApplicable } from './make.js';
import { fixMessages } from './messages.js';
import { proveAll } from './proofs.js';

export interface FixOptions extends InputOptions, FileOptions, ApplyOptions {
  readonly format?: FixFormat;
  readonly customRole?: boolean;
  readonly apply?: boolean;
  readonly prove?: boolean;
}

/** Without an answer nothing is known. */
const UNANSWERED = 2;

/** @throws UsageError for what cannot be asked; Failure where there is no answer */
export async function fix(wanted: Wanted, given: FixOptions, context: CliContext): Promise<void> {
  if (given.apply) requireApplicable(askedBy(given, context), given, context);
  const { plan } = given;
  await withInputs(wanted, given, context, async (inputs) => {
    const found = await fixesFor(inputs, given.customRole === true);
    if (wanted.by === 'files') {
      for (const { checked, ...deploy } of found.deploys)
        requireProject(checked.report, deploy, given.project, context);
    }
    context.status = statusOf(found);
    for (const note of inputs.base.notes) context.stderr.write(`${note}\n`);
    const further = {
      ...(plan === undefined ? {} : await referencesOf(inputs)),
      ...(await done(found, inputs, wanted, given, context)),
    };
    if ((given.format ?? 'table') !== 'table') {
      const { stdout, stderr } = context;
      stdout.write(await formOf(found, given.format ?? 'table', context, further));
      if (given.format !== 'json') stderr.write((await notMendedLines(found, context)).join('\n'));
    }
  });
}

async function withInputs(
  wanted: Wanted,
  given: FixOptions,
  context: CliContext,
  work: (inputs: Inputs) => Promise<void>,
): Promise<void> {
  try {
    const inputs = await openInputs(wanted, given, context);
    try {
      await work(inputs);
    } finally {
      await inputs.base.close();
    }
  } catch (error) {
    const { PlaneError } = await import('../../sources/index.js');
    const refused = error instanceof PlaneError && error.problem === 'refused';
    if (error instanceof UsageError) throw error;
    throw refused ? new UsageError(error.message) : new Failure(UNANSWERED, error);
  }
}

async function referencesOf({ plan }: Inputs): Promise<Pick<Further, 'references'>> {
  if (plan === undefined) return {};
  const { terraformReferences } = await import('../../sources/index.js');
  return { references: terraformReferences(plan) };
}

/** Shows the fixes, then proves and makes them; what is told goes to stderr where stdout is for programs. */
async function done(
  found: Found,
  inputs: Inputs,
  wanted: Wanted,
  given: FixOptions,
  context: CliContext,
): Promise<Omit<Further, 'references'>> {
  const people = (given.format ?? 'table') === 'table';
  const tell = (lines: readonly string[]) =>
    (people ? context.stdout : context.stderr).write(lines.join('\n'));
  if (people) tell([await formOf(found, 'table', context), '']);
  const further: { -readonly [Key in keyof Further]: Further[Key] } = {};
  if (given.prove) {
    const { proofs, lines, holds } = await proveAll(found, inputs, given.customRole === true, context);
    further.proofs = proofs;
    tell([...lines, '']);
    if (!holds && context.status === 0) context.status = 1;
  }
  if (given.apply) {
    const applied = await make(found, inputs.asked, given, context);
    if (applied === undefined) {
      context.status = 1;
      return further;
    }
    further.applied = applied;
    tell([...appliedLines(applied, context), '']);
    further.afterwards = await again(wanted, given, context, tell);
    if (applied.failed) context.status = 1;
  }
  return further;
}

/** Checks anew, from what is there now. */
async function again(
  wanted: Wanted,
  given: FixOptions,
  context: CliContext,
  tell: (lines: readonly string[]) => void,
): Promise<readonly string[]> {
  const { exitCode } = await import('../../checkpoint/index.js');
  const verdicts: string[] = [];
  await withInputs(wanted, given, context, async (inputs) => {
    const { deploys } = await fixesFor(inputs, given.customRole === true);
    const lines = deploys.map(({ request, origin, checked }) => {
      verdicts.push(checked.report.verdict);
      return `  ${origin?.label ?? request.name}: ${checked.report.verdict}`;
    });
    tell([fixMessages[context.language].afterwards, ...lines, '']);
    context.status = Math.max(0, ...deploys.map(({ checked }) => exitCode(checked.report)));
  });
  return verdicts;
}
