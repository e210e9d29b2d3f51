/** What a JWT that a service account signed itself is good for: tokens, or one API (https://google.aip.dev/auth/4111). */
import { decodeJwt } from 'jose';
import type { Assertion } from './assertions.js';
import { type AssertionClaims, type Caller, DEFAULT_SCOPE, InvalidCredential } from './types.js';

/** Tokens of the plane begin as Google's do; a JWT that a service account signed names it as its issuer. */
export function looksSelfSigned(token: string): boolean {
  if (!token.startsWith('ey')) return false;
  try {
    return decodeJwt(token).iss?.includes('@') === true;
  } catch {
    return false;
  }
}

/**
 * The caller whose access token the JWT is.
 * @param hosts of the API that is called
 * @throws InvalidCredential when the JWT is for another API, or speaks for somebody else
 */
export function callerOfSelfSigned(assertion: Assertion, hosts: readonly string[]): Caller {
  const { account, claims } = assertion;
  const { email, uniqueId } = account;
  const { sub, aud, scope, exp } = claims;
  if (sub !== email && sub !== uniqueId) {
    throw new InvalidCredential('The JWT does not speak for its issuer.');
  }
  const scopes = scopesOf(scope);
  // Scopes take the audience's place. A JWT that has an audience is for nobody else, such as the token end point.
  const fits = aud === undefined ? scopes.length > 0 : typeof aud === 'string' && isFor(aud, hosts);
  if (!fits) throw new InvalidCredential('The JWT is for another API, or for none.');
  return {
    principal: { kind: 'serviceAccount', email },
    uniqueId,
    // Made for one API, it is good for all that the API does.
    scopes: scopes.length === 0 ? [DEFAULT_SCOPE] : scopes,
    expires: exp,
    origin: { keyName: keyNameOf(assertion) },
  };
}

/** Audiences are `https://HOST/`; gRPC's own credentials add the service's name. */
function isFor(audience: string, hosts: readonly string[]): boolean {
  const host = /^https:\/\/([^/:?#]+)(?::443)?(?:\/[\w.]*)?$/.exec(audience)?.[1];
  return host !== undefined && hosts.includes(host.toLowerCase());
}

/** What audit entries call a key, without the host. */
export const keyNameOf = ({ account: { project, email }, keyId }: Pick<Assertion, 'account' | 'keyId'>) =>
  `projects/${project}/serviceAccounts/${email}/keys/${keyId}`;

export function assertionClaims({ account, keyId, claims }: Assertion): AssertionClaims {
  const { aud, scope, target_audience: target, sub } = claims;
  const own = sub === undefined || sub === account.email || sub === account.uniqueId;
  return {
    account,
    keyName: keyNameOf({ account, keyId }),
    audience: typeof aud === 'string' ? aud : undefined,
    scopes: scopesOf(scope),
    targetAudience: typeof target === 'string' && target !== '' ? target : undefined,
    subject: own ? undefined : sub,
  };
}

function scopesOf(scope: unknown): string[] {
  return typeof scope === 'string' ? scope.split(/\s+/).filter((each) => each !== '') : [];
}
