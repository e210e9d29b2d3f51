/** The token end point by grant, and the one that ends tokens (https://developers.google.com/identity/protocols/oauth2/web-server). */
import type { JsonObject } from '../../google/index.js';
import type { CredentialProblem, Identity } from '../../identity/index.js';
import { OAuthError, required, verified } from './answers.js';
import { exchangeAssertion } from './assertion-grant.js';
import { exchangeCode } from './code-grant.js';
import { clientIdOf, type TokenRequest } from './token-request.js';

type Grant = (identity: Identity, request: TokenRequest) => Promise<JsonObject>;

const GRANTS: Readonly<Record<string, Grant>> = {
  refresh_token: refresh,
  authorization_code: exchangeCode,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': exchangeAssertion,
};

/** Exchanges a grant for tokens. @throws OAuthError unsupported_grant_type, and what the grants refuse */
export async function exchange(identity: Identity, request: TokenRequest): Promise<JsonObject> {
  const grantType = required(request.parameters, 'grant_type');
  const grant = Object.hasOwn(GRANTS, grantType) ? GRANTS[grantType] : undefined;
  if (!grant) throw new OAuthError(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`);
  return grant(identity, request);
}

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

/** @throws OAuthError invalid_grant, unauthorized_client for another client's token, invalid_scope */
async function refresh(identity: Identity, request: TokenRequest): Promise<JsonObject> {
  const { parameters } = request;
  const refreshToken = required(parameters, 'refresh_token');
  const clientId = clientIdOf(request);
  const { principal, grant, ...granted } = await verified(
    identity.verifyRefreshToken(refreshToken),
    (problem) => new OAuthError(400, 'invalid_grant', GRANT_PROBLEMS[problem]),
  );
  if (granted.clientId !== undefined && granted.clientId !== clientId) {
    throw new OAuthError(401, 'unauthorized_client', 'Unauthorized');
  }
  const scopes = narrowed(granted.scopes, parameters.get('scope'));
  const { token, expiresIn } = await identity.mintAccessToken(principal, {
    scopes,
    clientId,
    ...(grant === undefined ? {} : { grant }),
  });
  const audience = parameters.get('target_audience') ?? clientId;
  return {
    access_token: token,
    // A second less than the token lives, as Google says it: it has been on its way.
    expires_in: expiresIn - 1,
    scope: scopes.join(' '),
    token_type: 'Bearer',
    id_token: await identity.mintIdToken(principal, audience, { authorizedParty: clientId }),
  };
}

/**
 * A refresh may narrow what was granted, and not widen it (RFC 6749, 6). A token of the plane's own commands was
 * granted nothing in particular: cloud-platform covers every API.
 */
function narrowed(granted: readonly string[], wanted: string | undefined): readonly string[] {
  const asked = (wanted ?? '').split(/\s+/).filter((scope) => scope !== '');
  if (granted.length === 0) return asked.length === 0 ? GCLOUD_SCOPES : asked;
  const wider = asked.find((scope) => !granted.includes(scope));
  if (wider !== undefined) throw new OAuthError(400, 'invalid_scope', `Scope not granted: ${wider}`);
  return asked.length === 0 ? granted : asked;
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
