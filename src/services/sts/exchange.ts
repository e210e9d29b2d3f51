/**
 * Token exchange (RFC 8693, https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token): an identity
 * provider's token for an access token of the identity that it is in a pool.
 */
import type { JWTPayload } from 'jose';
import type { JsonObject } from '../../google/index.js';
import { type Json, mapAssertion } from '../../iam/index.js';
import { type Identity, type PoolProvider, poolName } from '../../identity/index.js';
import type { FederatedPrincipal } from '../../names/index.js';
import { OAuthError } from '../oauth2/index.js';
import { type AuditDeps, type Client, recordExchange } from './audit.js';
import { type SubjectTokenDeps, verifySubjectToken } from './subject-token.js';

export interface ExchangeDeps extends SubjectTokenDeps, AuditDeps {
  readonly identity: Pick<Identity, 'pools' | 'mintAccessToken'>;
}

type Parameters = ReadonlyMap<string, string>;

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TYPE = 'urn:ietf:params:oauth:token-type';
const ACCESS_TOKEN = `${TYPE}:access_token`;
/** How a token of an OpenID Connect provider may be called. */
const JWTS: readonly string[] = [`${TYPE}:jwt`, `${TYPE}:id_token`];
const LONGEST_S = 3600;

const invalid = (description: string) => new OAuthError(400, 'invalid_request', description);

/** @throws OAuthError */
export async function exchangeToken(
  deps: ExchangeDeps,
  parameters: Parameters,
  client: Client,
): Promise<JsonObject> {
  const { token, audience, scopes, subjectTokenType } = readRequest(parameters);
  const provider = await providerOf(deps, audience);
  const { claims, principal, refusal } = await identify(token, provider, deps);
  const exchange = { provider, client, time: deps.clock(), subjectTokenType, subject: claims?.sub };
  await recordExchange(deps, { ...exchange, principal, refusal }).catch((error: unknown) =>
    deps.onError(error, 'the audit entry of a token exchange'),
  );
  if (refusal) throw refusal;
  const remaining = Math.floor((claims.exp ?? 0) - deps.clock().getTime() / 1000);
  const lifetime = Math.max(1, Math.min(LONGEST_S, remaining));
  const minted = await deps.identity.mintAccessToken(principal, { scopes, lifetime });
  return {
    access_token: minted.token,
    issued_token_type: ACCESS_TOKEN,
    token_type: 'Bearer',
    expires_in: minted.expiresIn,
  };
}

type Identified =
  | { readonly claims: JWTPayload; readonly principal: FederatedPrincipal; readonly refusal: undefined }
  | { readonly claims: JWTPayload | undefined; readonly principal: undefined; readonly refusal: OAuthError };

/** Who a token is of, or why it is nobody's. Its claims are there once they have been verified. */
async function identify(token: string, provider: PoolProvider, deps: ExchangeDeps): Promise<Identified> {
  let claims: JWTPayload | undefined;
  try {
    claims = await verifySubjectToken(token, provider, deps);
    return { claims, principal: principalOf(provider, claims as Json), refusal: undefined };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return { claims, principal: undefined, refusal: error };
  }
}

function readRequest(parameters: Parameters) {
  const value = (name: string) => parameters.get(name) ?? '';
  if (value('grant_type') !== GRANT) {
    throw new OAuthError(
      400,
      'unsupported_grant_type',
      `Invalid value for "grant_type". It must be ${GRANT}.`,
    );
  }
  if (value('requested_token_type') !== ACCESS_TOKEN) {
    throw invalid(`Invalid value for "requested_token_type". It must be ${ACCESS_TOKEN}.`);
  }
  const type = value('subject_token_type');
  if (!JWTS.includes(type)) {
    throw invalid(
      `Invalid value for "subject_token_type". Tokens of the types ${JWTS.join(' and ')} are exchanged here.`,
    );
  }
  if (value('actor_token') !== '') throw invalid('"actor_token" is not supported.');
  if (!/^(?:|\{\s*\})$/.test(value('options').trim()))
    throw invalid('"options" is not supported for workload identity pools.');
  const token = value('subject_token');
  if (token === '') throw invalid('Required parameter is missing: subject_token');
  const scopes = value('scope')
    .split(/\s+/)
    .filter((scope) => scope !== '');
  if (scopes.length === 0) throw new OAuthError(400, 'invalid_scope', 'Required parameter is missing: scope');
  return { token, audience: value('audience'), scopes, subjectTokenType: type };
}

const AUDIENCE =
  /^(\/\/iam\.googleapis\.com\/(?:projects\/\d+\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[^/]+)\/providers\/([^/]+)$/;

/** @throws OAuthError invalid_request, invalid_target in Google's words */
async function providerOf({ identity }: ExchangeDeps, audience: string): Promise<PoolProvider> {
  const [, name, id] = AUDIENCE.exec(audience) ?? [];
  if (name === undefined || id === undefined) {
    throw invalid(
      'Invalid value for "audience". This value should be the full resource name of the Identity Provider. ' +
        'See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.',
    );
  }
  const pool = await identity.pools.named(name);
  const found = pool && (await identity.pools.provider(pool.project, pool.pool, id));
  const usable = [pool, found?.value].every(
    (each) => each && !each.disabled && each.deleteTime === undefined,
  );
  if (!found || !usable) {
    throw new OAuthError(
      400,
      'invalid_target',
      'The target service indicated by the "audience" parameters is invalid. This might either be because ' +
        "the pool or provider is disabled or deleted or because it doesn't exist.",
    );
  }
  return found.value;
}

function principalOf(provider: PoolProvider, claims: Json): FederatedPrincipal {
  const mapped = mapAssertion(provider, claims);
  if (!mapped.ok) throw new OAuthError(400, 'unauthorized_client', mapped.message);
  return { kind: 'federated', pool: poolName(provider), ...mapped.identity };
}
