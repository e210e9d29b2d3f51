/** Options that several commands share: which plane, and as whom. */

import path from 'node:path';
import type { Command } from 'commander';
import { memberOf } from '../names/index.js';
import { defaultDataDir, memberNamed, type RunningPlane, runningPlane } from '../plane/clients/index.js';
import type { CliContext } from './context.js';
import { UsageError } from './errors.js';

export interface WhereOptions {
  readonly data?: string;
}

export interface WhoOptions extends WhereOptions {
  readonly as?: string;
}

/** `--data`: the plane's data directory. */
export function addWhere(command: Command, { messages }: CliContext): Command {
  return command.option('--data <dir>', messages.options.data);
}

/** `--data` and `--as`. */
export function addWho(command: Command, context: CliContext): Command {
  return addWhere(command, context).option('--as <member>', context.messages.options.as);
}

/** `--data`, else SEKISHO_DATA, else the default one. */
export function dataDirOf({ data }: WhereOptions, { env, messages }: CliContext): string {
  if (data === '') throw new UsageError(messages.emptyOption('--data'));
  return path.resolve(data ?? (env.SEKISHO_DATA || defaultDataDir(env)));
}

/** The plane that a command is about. @throws ClientError when none runs */
export async function planeOf(options: WhereOptions, context: CliContext): Promise<RunningPlane> {
  return runningPlane(dataDirOf(options, context));
}

/** `--as`, else SEKISHO_AS (which `sekisho exec` and `shell` set), else the plane's owner; as a member. */
export function memberIn({ as }: WhoOptions, plane: RunningPlane, { env }: CliContext): string {
  return memberOf(memberNamed(as ?? (env.SEKISHO_AS || plane.owner)));
}
