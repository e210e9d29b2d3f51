/**
 * A request for tokens, and which client makes it. Installed applications have no secret to keep (RFC 8252, 8.5): any
 * is taken.
 */
import { OAuthError } from './answers.js';

export interface TokenRequest {
  readonly parameters: ReadonlyMap<string, string>;
  readonly authorization: string | undefined;
  /** The end point's own address in the direct form: an assertion may be made out to it. */
  readonly address: string;
}

/**
 * The client's id, from the form or from Basic credentials (RFC 6749, 2.3.1).
 * @throws OAuthError invalid_request in Google's words
 */
export function clientIdOf({ parameters, authorization }: TokenRequest): string {
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
