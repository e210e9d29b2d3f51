/** `sekisho token`: an access token or an ID token of a member. */
import { fetchAccessToken, fetchToken } from '../../plane/clients/index.js';
import type { CliContext, Register } from '../context.js';
import { UsageError } from '../errors.js';
import { federationMessages } from '../federation/messages.js';
import { addWho, memberIn, planeOf, type WhoOptions } from '../where.js';

interface TokenOptions extends WhoOptions {
  readonly audience?: string;
  readonly attribute?: readonly string[];
  readonly group?: readonly string[];
}

export const register: Register = (program, context) => {
  const { commands, options } = context.messages;
  const { options: texts } = federationMessages[context.language];
  addWho(program.command('token').description(commands.token), context)
    .option('--audience <url>', options.audience)
    .option('--attribute <name=value...>', texts.attribute)
    .option('--group <group...>', texts.group)
    .action((given: TokenOptions) => token(given, context));
};

async function token(given: TokenOptions, context: CliContext): Promise<void> {
  const { audience, attribute = [], group = [] } = given;
  if (audience !== undefined && audience.trim() === '') {
    throw new UsageError(context.messages.badAudience(audience));
  }
  const plane = await planeOf(given, context);
  const as = memberIn(given, plane, context);
  const texts = federationMessages[context.language];
  const mapped = { groups: group, attributes: attributesOf(attribute, texts.badAttribute) };
  const mapsSomething = attribute.length > 0 || group.length > 0;
  if (mapsSomething && (audience !== undefined || !as.startsWith('principal:'))) {
    throw new UsageError(texts.onlyForPools);
  }
  const token = mapsSomething ? fetchAccessToken(plane, as, mapped) : fetchToken(plane, as, audience);
  context.stdout.write(`${await token}\n`);
}

/** @throws UsageError for what is no NAME=VALUE */
function attributesOf(given: readonly string[], bad: (text: string) => string): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([a-z0-9_]+)=(.+)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) throw new UsageError(bad(text));
      return [name, value];
    }),
  );
}
