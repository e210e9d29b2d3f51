/** Verifies what an identity provider signed: issuer, audience, time and signature. */
import {
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose';
import { type PlayedIssuer, type PoolProvider, poolName } from '../../identity/index.js';
import { OAuthError } from '../oauth2/index.js';
import { isGithub } from './github-claims.js';
import { type IssuerKeys, NoIssuerKeys } from './issuer-keys.js';

export interface SubjectTokenDeps {
  readonly clock: () => Date;
  readonly issuerKeys: IssuerKeys;
  readonly playedIssuer: Pick<PlayedIssuer, 'jwks'>;
  /** Told why an issuer's keys could not be had: callers are not. */
  readonly onError: (error: unknown, what: string) => void;
}

/** "RS256 and ES256", and what else keys of these two types sign with. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
/** Clocks differ. */
const TOLERANCE_S = 60;

const refused = (description: string) => new OAuthError(400, 'invalid_grant', description);

/**
 * @returns the token's claims
 * @throws OAuthError invalid_grant, in the words of Google's token end point
 */
export async function verifySubjectToken(
  token: string,
  provider: PoolProvider,
  deps: SubjectTokenDeps,
): Promise<JWTPayload> {
  const claims = readClaims(token);
  requireIssuer(claims, provider);
  requireAudience(claims, provider);
  requireTimes(claims, deps.clock());
  await requireSignature(token, provider, deps);
  return claims;
}

function readClaims(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw refused('Invalid ID Token: it is not a JSON Web Token.');
  }
}

function requireIssuer({ iss }: JWTPayload, { oidc: { issuerUri } }: PoolProvider): void {
  if (iss === issuerUri) return;
  throw refused(`The issuer in ID Token ${iss ?? ''} does not match the expected ones: ${issuerUri}`);
}

/** The provider's allowed audiences or, without any, its own name with or without `https:`. */
function requireAudience({ aud }: JWTPayload, provider: PoolProvider): void {
  const given = aud === undefined ? [] : [aud].flat();
  const { allowedAudiences } = provider.oidc;
  const name = `${poolName(provider)}/providers/${provider.provider}`;
  const expected = allowedAudiences.length > 0 ? allowedAudiences : [name, `https:${name}`];
  if (given.some((audience) => expected.includes(audience))) return;
  throw refused(
    allowedAudiences.length === 1 || allowedAudiences.length === 0
      ? `The audience in ID Token [${given.join(', ')}] does not match the expected audience ${expected[0] ?? ''}.`
      : `The audience in ID Token [${given.join(', ')}] does not match the expected audiences [${expected.join(', ')}].`,
  );
}

/** "The token must have iat and exp" (https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers#prepare). */
function requireTimes({ iat, exp, nbf }: JWTPayload, time: Date): void {
  const now = time.getTime() / 1000;
  if (iat === undefined || exp === undefined) throw refused('ID Token must have the claims iat and exp.');
  if (exp <= now) throw refused(`ID Token issued at ${iat} is stale to sign-in.`);
  if (iat > now + TOLERANCE_S || (nbf ?? 0) > now + TOLERANCE_S) {
    throw refused(`ID Token issued at ${iat} is not valid yet.`);
  }
}

async function requireSignature(
  token: string,
  provider: PoolProvider,
  deps: SubjectTokenDeps,
): Promise<void> {
  for (const keys of keySets(provider, deps)) {
    if (await isSigned(token, await keys())) return;
  }
  throw refused('Invalid ID Token: no key of the issuer verifies its signature.');
}

/**
 * Where a token's key may be, most likely place first: in the provider's own keys and nowhere else; with the plane,
 * as which it plays GitHub; with the issuer, asked once more where a key is new.
 */
function keySets(
  { oidc: { issuerUri, jwksJson } }: PoolProvider,
  { issuerKeys, playedIssuer, onError }: SubjectTokenDeps,
): readonly (() => Promise<JSONWebKeySet>)[] {
  if (jwksJson !== undefined) return [async () => JSON.parse(jwksJson) as JSONWebKeySet];
  const asked = async (fresh: boolean) => {
    try {
      return await issuerKeys(issuerUri, { fresh });
    } catch (error) {
      if (!(error instanceof NoIssuerKeys)) throw error;
      onError(error, `the keys of ${issuerUri}`);
      throw refused("Error connecting to the given credential's issuer.");
    }
  };
  const theirs = [() => asked(false), () => asked(true)];
  const played = async () => (await playedIssuer.jwks()) as JSONWebKeySet;
  return isGithub(issuerUri) ? [played, ...theirs] : theirs;
}

/** @throws OAuthError for a token whose key is there, and did not sign it */
async function isSigned(token: string, keys: JSONWebKeySet): Promise<boolean> {
  try {
    await compactVerify(token, createLocalJWKSet(keys), { algorithms: ALGORITHMS });
    return true;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return false;
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      throw refused('Invalid ID Token: its signature does not verify.');
    }
    throw error;
  }
}
