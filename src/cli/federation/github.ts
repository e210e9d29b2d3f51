/** `exec --github`: the options, and the environment of the job that they describe. */
import type { Command } from 'commander';
import { type PreparedRun, prepareGithubRun, type RunningPlane } from '../../plane/clients/index.js';
import { type ClientCommandOptions, placeIn } from '../client-options.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { planeOf } from '../where.js';
import { federationMessages } from './messages.js';

export interface GithubOptions extends ClientCommandOptions {
  readonly github?: string;
  readonly githubRef?: string;
  readonly githubEnvironment?: string;
  readonly githubEvent?: string;
  readonly githubWorkflow?: string;
}

export function addGithub(command: Command, { language }: CliContext): Command {
  const { options } = federationMessages[language];
  return command
    .option('--github <repository>', options.github)
    .option('--github-ref <ref>', options.githubRef)
    .option('--github-environment <name>', options.githubEnvironment)
    .option('--github-event <event>', options.githubEvent)
    .option('--github-workflow <file>', options.githubWorkflow);
}

/**
 * Starts the run that the options describe; undefined when they describe none.
 * @throws UsageError and ClientError
 */
export async function githubRunOf(
  given: GithubOptions,
  context: CliContext,
): Promise<(PreparedRun & { readonly plane: RunningPlane }) | undefined> {
  const { github, githubRef, githubEnvironment, githubEvent, githubWorkflow } = given;
  const messages = federationMessages[context.language];
  const details = {
    ...(githubRef === undefined ? {} : { ref: githubRef }),
    ...(githubEnvironment === undefined ? {} : { environment: githubEnvironment }),
    ...(githubEvent === undefined ? {} : { event: githubEvent }),
    ...(githubWorkflow === undefined ? {} : { workflow: githubWorkflow }),
  };
  if (github === undefined) {
    if (Object.keys(details).length > 0) throw new UsageError(messages.githubMissing);
    return undefined;
  }
  if (given.as !== undefined) throw new UsageError(messages.asAndGithub);
  const place = placeIn(given, context);
  const plane = await planeOf(given, context);
  const choice = { repository: github, ...details };
  const run = await prepareGithubRun(plane, {
    choice,
    ...place,
    env: context.env,
    workspace: process.cwd(),
  });
  return { ...run, plane };
}
