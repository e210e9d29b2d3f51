/** Which client asks for tokens. Installed applications have no secret to keep (RFC 8252, 8.5): any is taken. */
import { OAuthError } from './answers.js';
import type { TokenRequest } from './token.js';

/**
 * The client's id, from the form or from Basic credentials (RFC 6749, 2.3.1).
 * @throws OAuthError invalid_request in Google's words
 */
export function clientIdOf({
  parameters,
  authorization,
}: Pick<TokenRequest, 'parameters' | 'authorization'>): string {
  const given = parameters.get('client_id') ?? basicUser(authorization);
  if (given === undefined || given === '') {
    throw new OAuthError(400, 'invalid_request', 'Could not determine client ID from request.');
  }
  return given;
}

function basicUser(authorization: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return new URLSearchParams(`user=${user}`).get('user') ?? undefined;
}
