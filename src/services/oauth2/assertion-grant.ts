/**
 * Tokens for what a service account signed itself (RFC 7523,
 * https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests).
 */
import type { JsonObject } from '../../google/index.js';
import {
  type AssertionClaims,
  type AssertionProblem,
  type Identity,
  InvalidAssertion,
} from '../../identity/index.js';
import { OAuthError, required } from './answers.js';
import type { TokenRequest } from './token-request.js';

/** The names under which the end point is known to clients, old ones too. */
const TOKEN_URLS: readonly string[] = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://accounts.google.com/o/oauth2/token',
];

/** Google's sentences for an assertion that is no good. */
const PROBLEMS: Readonly<Record<AssertionProblem, string>> = {
  malformed: 'Bad Request',
  account: 'Invalid grant: account not found',
  signature: 'Invalid JWT Signature.',
  timeframe:
    'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
    'Check your iat and exp values in the JWT claim.',
};

/**
 * An ID token for the assertion's target audience, or an access token with its scopes.
 * @throws OAuthError invalid_grant, unauthorized_client, invalid_scope
 */
export async function exchangeAssertion(
  identity: Identity,
  { parameters, address }: TokenRequest,
): Promise<JsonObject> {
  const claims = await verifiedAssertion(identity, required(parameters, 'assertion'));
  const { account, keyName, audience, scopes, targetAudience, subject } = claims;
  if (audience === undefined || ![...TOKEN_URLS, address].includes(audience)) {
    throw new OAuthError(400, 'invalid_grant', 'Invalid JWT: Failed audience check.');
  }
  // Domain-wide delegation is an administrator's of Google Workspace to give, and there is none here.
  if (subject !== undefined) {
    throw new OAuthError(
      401,
      'unauthorized_client',
      'Client is unauthorized to retrieve access tokens using this method, ' +
        'or client not authorized for any of the scopes requested.',
    );
  }
  const principal = { kind: 'serviceAccount', email: account.email } as const;
  if (targetAudience !== undefined) {
    const options = { authorizedParty: account.email };
    return { id_token: await identity.mintIdToken(principal, targetAudience, options) };
  }
  if (scopes.length === 0) {
    throw new OAuthError(400, 'invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
  }
  const { token, expiresIn } = await identity.mintAccessToken(principal, { scopes, origin: { keyName } });
  return { access_token: token, expires_in: expiresIn - 1, token_type: 'Bearer' };
}

async function verifiedAssertion(identity: Identity, assertion: string): Promise<AssertionClaims> {
  try {
    return await identity.verifyAssertion(assertion);
  } catch (error) {
    if (!(error instanceof InvalidAssertion)) throw error;
    throw new OAuthError(400, 'invalid_grant', PROBLEMS[error.assertion]);
  }
}
