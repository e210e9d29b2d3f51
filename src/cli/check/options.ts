/** The options by which deploys and facts are named, for every command that judges deploys. */
import { type Command, Option } from 'commander';
import type { ImageReadCheck } from '../../checkpoint/index.js';
import { isProjectId, isRegion } from '../../names/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { addSource, type SourceOptions, sourceChoice } from '../sources/choice.js';
import { addWho, type WhoOptions } from '../where.js';
import { checkMessages } from './messages.js';

/** As commander reads them. */
export interface InputOptions extends SourceOptions, WhoOptions {
  readonly plan?: string;
  readonly terraformDir?: string;
  readonly imageReadCheck?: ImageReadCheck;
  readonly time?: string;
  readonly platform?: string;
}

/** Those of `-f`, which gcloud's flags stand for elsewhere. */
export interface FileOptions {
  readonly file?: readonly string[];
  readonly project?: string;
  readonly region?: string;
}

/** Who, by which facts, laid over by which plan, and when. */
export function addInputs(command: Command, context: CliContext): Command {
  const { options } = checkMessages[context.language];
  return addSource(addWho(command, context), context)
    .option('--plan <file>', options.plan)
    .option('--terraform-dir <dir>', options.terraformDir)
    .addOption(
      new Option('--image-read-check <mode>', options.imageReadCheck).choices(['enforce', 'warn', 'off']),
    )
    .option('--time <time>', options.time)
    .option('--platform <platform>', options.platform);
}

/** `-f`, and where what it describes lies. */
export function addFiles(command: Command, { language }: CliContext): Command {
  const { options } = checkMessages[language];
  return command
    .option('-f, --file <file...>', options.file)
    .option('--project <id>', options.project)
    .option('--region <region>', options.region);
}

/** @throws UsageError for a project or region that can be none */
export function placeOf(
  { project, region }: FileOptions,
  { messages }: CliContext,
): { readonly project?: string; readonly region?: string } {
  if (project !== undefined && !isProjectId(project)) throw new UsageError(messages.badProject(project));
  if (region !== undefined && !isRegion(region)) throw new UsageError(messages.badRegion(region));
  return { ...(project === undefined ? {} : { project }), ...(region === undefined ? {} : { region }) };
}

/** What the environment says of project and region, as gcloud reads it. */
export function placeInEnvironment({ env }: CliContext): {
  readonly project?: string;
  readonly region?: string;
} {
  const project = env.CLOUDSDK_CORE_PROJECT || env.GOOGLE_CLOUD_PROJECT;
  const region = env.CLOUDSDK_RUN_REGION;
  return { ...(project ? { project } : {}), ...(region ? { region } : {}) };
}

/** How a check is made, as far as the command line says. */
export interface Asked {
  readonly source: ReturnType<typeof sourceChoice>;
  readonly imageReadCheck?: ImageReadCheck;
  readonly time?: Date;
  readonly platform?: string;
}

/** @throws UsageError for what cannot be read, or does not go with the source */
export function askedBy(given: InputOptions, context: CliContext): Asked {
  const messages = checkMessages[context.language];
  const { imageReadCheck } = given;
  const source = choiceOf(given, context);
  const platform = platformOf(given, messages);
  if (source.kind === 'plane') {
    if (imageReadCheck) throw new UsageError(messages.planeDecides('--image-read-check'));
    if (platform !== undefined) throw new UsageError(messages.planeDecides('--platform'));
  }
  return {
    source,
    ...(imageReadCheck && { imageReadCheck }),
    ...(platform === undefined ? {} : { platform }),
    ...(given.time === undefined ? {} : { time: timeOf(given.time, messages) }),
  };
}

/** `--source` is gcloud's as well, for a deploy that builds its image: which nothing of ours looks like. */
function choiceOf(given: InputOptions, context: CliContext) {
  const path = /^(?:\.{0,2}\/|\.{1,2}$|~)/;
  if (given.source !== undefined && path.test(given.source))
    throw new UsageError(checkMessages[context.language].fromSource);
  return sourceChoice(given, context);
}

type Messages = (typeof checkMessages)['en'];

/** gcloud's own `--platform managed` says nothing here. */
function platformOf({ platform }: InputOptions, messages: Messages): string | undefined {
  if (platform === undefined || platform === 'managed') return undefined;
  if (/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/.test(platform)) return platform;
  throw new UsageError(messages.badPlatform(platform));
}

/** https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

function timeOf(text: string, messages: Messages): Date {
  const time = new Date(RFC3339.test(text) ? text.toUpperCase() : Number.NaN);
  if (Number.isNaN(time.getTime())) throw new UsageError(messages.badTime(text));
  return time;
}
