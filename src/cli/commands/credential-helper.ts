/**
 * `sekisho credential-helper`: what docker, skopeo and others run as `docker-credential-sekisho`
 * (https://github.com/docker/docker-credential-helpers#development). Tokens are made when asked for, so that they
 * never go stale in a file.
 */
import { text } from 'node:stream/consumers';
import { fetchToken, registryHosts } from '../../plane/clients/index.js';
import type { CliContext, Register } from '../context.js';
import { EXIT_FAILURE, UsageError } from '../errors.js';
import { memberIn, planeOf } from '../where.js';

/** The user name that goes with an access token at Google's registries. */
const USERNAME = 'oauth2accesstoken';

export const register: Register = (program, context) => {
  program
    .command('credential-helper <action>', { hidden: true })
    .description(context.messages.commands.credentialHelper)
    .action((action: string) => credentialHelper(action, context));
};

async function credentialHelper(action: string, context: CliContext): Promise<void> {
  switch (action) {
    case 'get':
      return get(context);
    case 'list':
      return list(context);
    case 'store':
    case 'erase':
      // As with gcloud's own helper there is nothing to keep: whoever SEKISHO_AS names is signed in, always.
      await text(context.stdin);
      return;
    default:
      throw new UsageError(context.messages.helperAction(action));
  }
}

/** The protocol wants errors on stdout, in one line, and this very one for a host that is not ours. */
async function get(context: CliContext): Promise<void> {
  const serverUrl = (await text(context.stdin)).trim();
  const host = serverUrl.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const plane = await planeOf({}, context);
  if (!registryHosts(plane.url).includes(host)) {
    context.stdout.write('credentials not found in native keychain\n');
    context.stderr.write(`sekisho: ${context.messages.helperStranger(host)}\n`);
    context.status = EXIT_FAILURE;
    return;
  }
  const secret = await fetchToken(plane, memberIn({}, plane, context));
  context.stdout.write(`${JSON.stringify({ ServerURL: serverUrl, Username: USERNAME, Secret: secret })}\n`);
}

async function list(context: CliContext): Promise<void> {
  const plane = await planeOf({}, context);
  const users = registryHosts(plane.url).map((host) => [`https://${host}`, USERNAME]);
  context.stdout.write(`${JSON.stringify(Object.fromEntries(users))}\n`);
}
