/** `sekisho token`: an access token or an ID token of a member. */
import { fetchToken } from '../../plane/index.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';
import { addWho, memberIn, planeOf, type WhoOptions } from '../where.js';

interface TokenOptions extends WhoOptions {
  readonly audience?: string;
}

export const register: Register = (program, context) => {
  const { commands, options } = context.messages;
  addWho(program.command('token').description(commands.token), context)
    .option('--audience <url>', options.audience)
    .action((given: TokenOptions) => token(given, context));
};

async function token(given: TokenOptions, context: CliContext): Promise<void> {
  const { audience } = given;
  if (audience !== undefined && audience.trim() === '') {
    throw new UsageError(context.messages.badAudience(audience));
  }
  const plane = await planeOf(given, context);
  const as = memberIn(given, plane, context);
  context.stdout.write(`${await fetchToken(plane, as, audience)}\n`);
}
