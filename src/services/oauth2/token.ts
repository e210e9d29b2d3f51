/** The token end point, and the one that ends tokens (https://developers.google.com/identity/protocols/oauth2/web-server). */
import type { JsonObject } from '../../google/index.js';
import type { CredentialProblem, Identity } from '../../identity/index.js';
import { OAuthError, required, verified } from './answers.js';

/** What gcloud's own sign-in grants; an answer names the scopes, and gcloud keeps them. */
const GCLOUD_SCOPES = [
  'openid',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/cloud-platform',
];

/** Google's sentences for a refresh token that is no good. */
const GRANT_PROBLEMS: Readonly<Record<CredentialProblem, string>> = {
  ACCESS_TOKEN_TYPE_UNSUPPORTED: 'Bad Request',
  ACCESS_TOKEN_EXPIRED: 'Token has been expired or revoked.',
  ACCOUNT_STATE_INVALID: 'Invalid grant: account not found',
};

/**
 * Exchanges a grant for tokens.
 * @throws OAuthError invalid_grant for a refresh token that isn't good, unsupported_grant_type for other grants
 */
export async function exchange(
  identity: Identity,
  parameters: ReadonlyMap<string, string>,
): Promise<JsonObject> {
  const grantType = required(parameters, 'grant_type');
  if (grantType !== 'refresh_token') {
    throw new OAuthError(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`);
  }
  const refreshToken = required(parameters, 'refresh_token');
  const clientId = parameters.get('client_id');
  if (clientId === undefined || clientId === '') {
    throw new OAuthError(400, 'invalid_request', 'Could not determine client ID from request.');
  }
  const { principal, grant } = await verified(
    identity.verifyRefreshToken(refreshToken),
    (problem) => new OAuthError(400, 'invalid_grant', GRANT_PROBLEMS[problem]),
  );
  const scopes = scopesOf(parameters.get('scope'));
  const { token, expiresIn } = await identity.mintAccessToken(principal, {
    scopes,
    clientId,
    ...(grant === undefined ? {} : { grant }),
  });
  return {
    access_token: token,
    // A second less than the token lives, as Google says it: it has been on its way.
    expires_in: expiresIn - 1,
    scope: scopes.join(' '),
    token_type: 'Bearer',
    id_token: await identity.mintIdToken(principal, clientId),
  };
}

/** A refresh may narrow its scopes (RFC 6749, 6); it may not widen them, but cloud-platform covers every API. */
function scopesOf(wanted: string | undefined): string[] {
  return wanted === undefined || wanted.trim() === '' ? GCLOUD_SCOPES : wanted.trim().split(/\s+/);
}

/** @throws OAuthError invalid_token */
export async function revoke(
  identity: Identity,
  parameters: ReadonlyMap<string, string>,
): Promise<JsonObject> {
  await verified(
    identity.revoke(required(parameters, 'token')),
    () => new OAuthError(400, 'invalid_token', 'Token expired or revoked'),
  );
  return {};
}
