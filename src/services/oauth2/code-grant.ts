/** Tokens for an authorization code (https://developers.google.com/identity/protocols/oauth2/native-app#exchange-authorization-code). */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { JsonObject } from '../../google/index.js';
import type { CodeGrant, Identity } from '../../identity/index.js';
import { OAuthError, required } from './answers.js';
import { clientIdOf, type TokenRequest } from './token-request.js';

const invalidGrant = (description: string) => new OAuthError(400, 'invalid_grant', description);

/**
 * A code is used up by the first attempt, whatever comes of it.
 * @throws OAuthError invalid_grant, redirect_uri_mismatch, unauthorized_client
 */
export async function exchangeCode(identity: Identity, request: TokenRequest): Promise<JsonObject> {
  const { parameters } = request;
  const code = required(parameters, 'code');
  const clientId = clientIdOf(request);
  if (!/^4\/0A[\w-]+$/.test(code)) throw invalidGrant('Malformed auth code.');
  const grant = await identity.authorizationCodes.redeem(code);
  if (!grant) throw invalidGrant('Bad Request');
  if (grant.clientId !== clientId) throw new OAuthError(401, 'unauthorized_client', 'Unauthorized');
  if (grant.redirectUri !== required(parameters, 'redirect_uri')) {
    throw new OAuthError(400, 'redirect_uri_mismatch', 'Bad Request');
  }
  requireVerifier(grant.challenge, parameters.get('code_verifier'));
  return tokens(identity, grant);
}

async function tokens(identity: Identity, grant: CodeGrant): Promise<JsonObject> {
  const { principal, clientId, scopes, offline } = grant;
  const refreshToken = offline ? await identity.mintRefreshToken(principal, { clientId, scopes }) : undefined;
  const signIn =
    refreshToken === undefined ? undefined : (await identity.verifyRefreshToken(refreshToken)).grant;
  const { token, expiresIn } = await identity.mintAccessToken(principal, {
    scopes,
    clientId,
    ...(signIn === undefined ? {} : { grant: signIn }),
  });
  return {
    access_token: token,
    expires_in: expiresIn - 1,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    scope: scopes.join(' '),
    token_type: 'Bearer',
    ...(scopes.includes('openid')
      ? { id_token: await identity.mintIdToken(principal, clientId, { authorizedParty: clientId }) }
      : {}),
  };
}

/** RFC 7636, 4.6. */
function requireVerifier(challenge: CodeGrant['challenge'], verifier: string | undefined): void {
  if (challenge === undefined) {
    if (verifier !== undefined) throw invalidGrant('code_verifier or verifier is not needed.');
    return;
  }
  if (verifier === undefined || verifier === '') throw invalidGrant('Missing code verifier.');
  const made = challenge.method === 'plain' ? verifier : sha256(verifier).toString('base64url');
  if (!timingSafeEqual(sha256(made), sha256(challenge.value))) throw invalidGrant('Invalid code verifier.');
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
