/** `sekisho shell`: the user's shell as a client of the plane. */
import path from 'node:path';
import { applyChanges, isolated } from '../../plane/clients/index.js';
import { runChild } from '../child.js';
import { addClientOptions, prepare } from '../client-options.js';
import type { CliContext, Register } from '../context.js';
import type { ExecOptions } from './exec.js';

export const register: Register = (program, context) => {
  const { commands, options } = context.messages;
  addClientOptions(program.command('shell').description(commands.shell), context)
    .option('--isolated', options.isolated)
    .action((given: ExecOptions) => shell(given, context));
};

async function shell(given: ExecOptions, context: CliContext): Promise<void> {
  const { plane, member, changes } = await prepare(given, context);
  const command = context.env.SHELL || '/bin/sh';
  context.stderr.write(`${context.messages.inShell(path.basename(command), plane.url, member)}\n`);
  const [program = command, ...args] =
    given.isolated === true ? await isolated(plane.dataDir, [command]) : [];
  context.status = await runChild(program, args, applyChanges(context.env, changes), context);
}
