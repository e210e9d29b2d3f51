/** `sekisho shell`: the user's shell as a client of the plane. */
import path from 'node:path';
import { applyChanges } from '../../plane/index.js';
import { runChild } from '../child.js';
import { addClientOptions, type ClientCommandOptions, prepare } from '../client-options.js';
import type { CliContext, Register } from '../context.js';

export const register: Register = (program, context) => {
  addClientOptions(program.command('shell').description(context.messages.commands.shell), context).action(
    (given: ClientCommandOptions) => shell(given, context),
  );
};

async function shell(given: ClientCommandOptions, context: CliContext): Promise<void> {
  const { plane, member, changes } = await prepare(given, context);
  const command = context.env.SHELL || '/bin/sh';
  context.stderr.write(`${context.messages.inShell(path.basename(command), plane.url, member)}\n`);
  context.status = await runChild(command, [], applyChanges(context.env, changes), context);
}
