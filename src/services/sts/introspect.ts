/** What an exchanged token says (RFC 7662): gcloud asks for the name of whom it has signed in. */
import type { JsonObject } from '../../google/index.js';
import { type Identity, InvalidCredential } from '../../identity/index.js';
import { memberOf } from '../../names/index.js';
import { required } from '../oauth2/index.js';

/**
 * Describes an access token of an identity of a pool. Any other token is not active here, and no reason is given.
 * @throws OAuthError invalid_request
 */
export async function introspect(
  identity: Pick<Identity, 'verifyAccessToken'>,
  parameters: ReadonlyMap<string, string>,
): Promise<JsonObject> {
  const token = required(parameters, 'token');
  const caller = await identity.verifyAccessToken(token).catch((error: unknown) => {
    if (error instanceof InvalidCredential) return undefined;
    throw error;
  });
  if (caller?.principal.kind !== 'federated') return { active: false };
  const username = memberOf(caller.principal);
  return {
    active: true,
    scope: caller.scopes.join(' '),
    client_id: '',
    username,
    sub: username,
    iss: 'https://sts.googleapis.com/',
    ...(caller.expires === undefined ? {} : { exp: caller.expires }),
  };
}
