/** From the command line to deploys and the source that they are judged by; for `check`, `fix` and their like. */
import type { CheckOptions, CheckRequest, Fault, Source, WrittenDeploy } from '../../checkpoint/index.js';
import { memberOf, type RunKind } from '../../names/index.js';
import { memberNamed } from '../../plane/clients/index.js';
import type { TerraformPlan } from '../../sources/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { type OpenedSource, openSource } from '../sources/open.js';
import { deploysIn } from './files.js';
import { checkMessages } from './messages.js';
import {
  type Asked,
  askedBy,
  type FileOptions,
  type InputOptions,
  placeInEnvironment,
  placeOf,
} from './options.js';
import { deploysOfPlan, laidOver, readPlan } from './planned.js';

/** What is to be judged: gcloud's flags, files, or everything in the plan. */
export type Wanted =
  | { readonly by: 'flags'; readonly kind: RunKind; readonly words: readonly string[] }
  | { readonly by: 'files'; readonly names: readonly string[]; readonly place: FileOptions }
  | { readonly by: 'plan' };

/** Everything that a check needs, read; close the source in the end. */
export interface Inputs {
  readonly deploys: readonly WrittenDeploy[];
  readonly faults: readonly Fault[];
  /** With the plan laid over it. */
  readonly source: Source;
  /** Without the plan. */
  readonly base: OpenedSource;
  readonly plan?: TerraformPlan;
  readonly options: CheckOptions;
  readonly asked: Asked;
}

/** Stands where nobody is named yet, until the source says who asks. */
const NOBODY_YET = '';

/**
 * Reads everything that the command line names, then opens the source.
 * @throws UsageError, BadInput and others of `errors.ts` for what cannot be read; Failure where no source answers
 */
export async function openInputs(wanted: Wanted, given: InputOptions, context: CliContext): Promise<Inputs> {
  const asked = askedBy(given, context);
  // Read before any source is looked for: a wrong command line is wrong with or without one.
  const named = asMember(given, context);
  const written = await writtenDeploys(wanted, named ?? NOBODY_YET, context);
  const plan = given.plan === undefined ? undefined : await readPlan({ ...given, plan: given.plan }, context);
  const base = await openSource(asked.source, context);
  try {
    const as = named ?? (await base.asker());
    if (as === undefined) throw new UsageError(checkMessages[context.language].whoDeploys);
    const laid = plan === undefined ? undefined : await laidOver(base, plan, as);
    const options = optionsOf(asked, base);
    const common = { source: laid?.after ?? base, base, options, asked, ...(plan && { plan }) };
    if (wanted.by === 'plan' && plan && laid) {
      const applied = { as, file: given.plan ?? '', time: options.time };
      return { ...common, ...(await deploysOfPlan(plan, laid.before, applied, context)) };
    }
    return { ...common, deploys: written.map((deploy) => madeBy(deploy, as)), faults: [] };
  } catch (error) {
    await base.close();
    throw error;
  }
}

const madeBy = (deploy: WrittenDeploy, as: string): WrittenDeploy => ({
  ...deploy,
  request: { ...deploy.request, as },
});

/** `--as`, else SEKISHO_AS; as a member. */
function asMember({ as }: InputOptions, { env }: CliContext): string | undefined {
  const named = as ?? (env.SEKISHO_AS || undefined);
  return named === undefined ? undefined : memberOf(memberNamed(named));
}

async function writtenDeploys(
  wanted: Wanted,
  as: string,
  context: CliContext,
): Promise<readonly WrittenDeploy[]> {
  switch (wanted.by) {
    case 'flags':
      return [{ request: await requestOf(wanted, as, context) }];
    case 'files': {
      const place = placeOf(wanted.place, context);
      const defaults = { as, ...place, otherwise: placeInEnvironment(context) };
      const { deploys, passedOver } = await deploysIn(wanted.names, defaults, context);
      if (passedOver.count > 0) {
        const { count, files } = passedOver;
        context.stderr.write(`${checkMessages[context.language].passedOver(count, files.join(', '))}\n`);
      }
      return deploys;
    }
    case 'plan':
      return [];
  }
}

/** @throws UsageError for what gcloud would not take, or nothing of which could be judged */
async function requestOf(
  { kind, words }: { readonly kind: RunKind; readonly words: readonly string[] },
  as: string,
  context: CliContext,
): Promise<CheckRequest> {
  const { parseDeployFlags } = await import('../../checkpoint/index.js');
  return parseDeployFlags(words, { ...placeInEnvironment(context), as }, kind);
}

/** A plane's own settings hold for what it is asked. */
function optionsOf({ imageReadCheck, platform, time }: Asked, { settings }: OpenedSource): CheckOptions {
  const check = imageReadCheck ?? settings?.imageReadCheck;
  const runs = platform ?? settings?.platform;
  return {
    time: time ?? new Date(),
    ...(check && { imageReadCheck: check }),
    ...(runs === undefined ? {} : { platform: runs }),
  };
}

/** A file that names its project by number may mean another than `--project` does. @throws UsageError */
export function requireProject(
  { target }: { readonly target: { readonly project: string } },
  { request, origin }: WrittenDeploy,
  asked: string | undefined,
  { language }: CliContext,
): void {
  if (asked === undefined || target.project === asked) return;
  const label = origin?.label ?? request.name;
  throw new UsageError(checkMessages[language].otherProject(label, target.project, asked));
}
