/** What a token says, for whoever holds it: tokeninfo and userinfo. */

import type { JsonObject } from '../../google/index.js';
import type { Identity } from '../../identity/index.js';
import { emailOf } from '../../names/index.js';
import { OAuthError, required, verified } from './answers.js';

const ISSUER = 'https://accounts.google.com';

/**
 * Describes an access or ID token; every value is a string, as Google has it.
 * @throws OAuthError invalid_token
 */
export async function tokenInfo(
  identity: Identity,
  parameters: ReadonlyMap<string, string>,
  now: Date,
): Promise<JsonObject> {
  const invalid = () => new OAuthError(400, 'invalid_token', 'Invalid Value');
  const idToken = parameters.get('id_token');
  if (idToken !== undefined) {
    const claims = await verified(identity.verifyIdToken(idToken), invalid);
    const { authorizedParty: azp, aud, sub, email, includesEmail, iat, exp } = claims;
    return {
      iss: ISSUER,
      ...(azp === undefined ? {} : { azp }),
      aud,
      sub,
      ...(includesEmail ? { email, email_verified: 'true' } : {}),
      iat: `${iat}`,
      exp: `${exp}`,
    };
  }
  const token = required(parameters, 'access_token');
  const { principal, uniqueId, scopes, clientId, expires } = await verified(
    identity.verifyAccessToken(token),
    invalid,
  );
  const party = clientId ?? uniqueId;
  return {
    azp: party,
    aud: party,
    sub: uniqueId,
    scope: scopes.join(' '),
    ...(expires === undefined
      ? {}
      : { exp: `${expires}`, expires_in: `${Math.max(0, expires - Math.floor(now.getTime() / 1000))}` }),
    ...(principal.kind === 'federated' ? {} : { email: principal.email, email_verified: 'true' }),
    access_type: clientId === undefined ? 'online' : 'offline',
  };
}

/**
 * The claims of OpenID Connect Core 1.0, 5.3, about the bearer of an access token.
 * @throws OAuthError invalid_request with 401, as Google answers
 */
export async function userInfo(
  identity: Identity,
  authorization: string | undefined,
  version: 'v2' | 'v3',
): Promise<JsonObject> {
  const invalid = () => new OAuthError(401, 'invalid_request', 'Invalid Credentials');
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw invalid();
  const { principal, uniqueId } = await verified(identity.verifyAccessToken(token), invalid);
  const email = emailOf(principal);
  if (email === undefined) throw invalid();
  return version === 'v2'
    ? { id: uniqueId, email, verified_email: true }
    : { sub: uniqueId, email, email_verified: true };
}

/** The discovery document (https://accounts.google.com/.well-known/openid-configuration), of what is served here. */
export const DISCOVERY: JsonObject = {
  issuer: ISSUER,
  authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  token_endpoint: 'https://oauth2.googleapis.com/token',
  userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
  revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
  jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  scopes_supported: ['openid', 'email', 'profile'],
  token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  claims_supported: ['aud', 'azp', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub'],
  code_challenge_methods_supported: ['plain', 'S256'],
  grant_types_supported: [
    'authorization_code',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
  ],
};
