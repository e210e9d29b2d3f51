/** The options of `env`, `exec` and `shell`, and the environment that they make. */
import type { Command } from 'commander';
import { isProjectId, isRegion } from '../names/index.js';
import { type EnvironmentChanges, prepareClients, type RunningPlane } from '../plane/clients/index.js';
import type { CliContext } from './context.js';
import { UsageError } from './errors.js';
import { addWho, memberIn, planeOf, type WhoOptions } from './where.js';

export interface ClientCommandOptions extends WhoOptions {
  readonly project?: string;
  readonly region?: string;
}

export function addClientOptions(command: Command, context: CliContext): Command {
  const { options } = context.messages;
  return addWho(command, context)
    .option('--project <id>', options.project)
    .option('--region <region>', options.region);
}

export interface Prepared {
  readonly plane: RunningPlane;
  readonly member: string;
  readonly changes: EnvironmentChanges;
}

/** The project and region that are given. @throws UsageError for what can be neither */
export function placeIn(
  { project, region }: Pick<ClientCommandOptions, 'project' | 'region'>,
  { messages }: CliContext,
): { readonly project?: string; readonly region?: string } {
  if (project !== undefined && !isProjectId(project)) throw new UsageError(messages.badProject(project));
  if (region !== undefined && !isRegion(region)) throw new UsageError(messages.badRegion(region));
  return { ...(project === undefined ? {} : { project }), ...(region === undefined ? {} : { region }) };
}

/** Finds the plane and makes its clients' environment. @throws UsageError and ClientError */
export async function prepare(given: ClientCommandOptions, context: CliContext): Promise<Prepared> {
  const { env, messages, stderr } = context;
  const place = placeIn(given, context);
  const plane = await planeOf(given, context);
  const member = memberIn(given, plane, context);
  const changes = await prepareClients(plane, {
    as: member,
    env,
    ...place,
    onSignIn: () => {
      if (stderr.isTTY === true) stderr.write(`${messages.signingIn(member.replace(/^\w+:/, ''))}\n`);
    },
  });
  return { plane, member, changes };
}
