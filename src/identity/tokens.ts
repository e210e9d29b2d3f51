/**
 * Signed tokens of three kinds, told apart by the JOSE header's `typ`, so that none passes for another. A token
 * whose signature was verified once is remembered: what is left of a warm check is a look-up and a comparison.
 */
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { CredentialOrigin, FederatedPrincipal } from '../names/index.js';
import type { SigningKeys } from './keys.js';
import { InvalidCredential } from './types.js';

/** ID tokens are shaped as Google's (https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload). */
const TYP = { access: 'at+jwt', id: 'JWT', refresh: 'rt+jwt' } as const;
/** How Google's opaque tokens begin: clients and secret scanners know them by it. */
const PREFIX = { access: 'ya29.', id: '', refresh: '1//' } as const;
export type TokenKind = keyof typeof TYP;

export const ISSUER = 'https://accounts.google.com';

/** More than any token of ours is long (mapped attributes have 8 KB at most); nothing longer is looked at. */
const MAX_LENGTH = 16_384;
const MAX_REMEMBERED = 20_000;

export interface TokenClaims {
  readonly sub: string;
  /** Only an ID token may lack it. */
  readonly email?: string;
  readonly iat: number;
  readonly exp?: number;
  readonly jti?: string;
  /** `user`, `serviceAccount` or `federated`; ID tokens, which have Google's claims and no others, go by the address. */
  readonly kind?: string;
  /** Who a `federated` principal is. */
  readonly federated?: FederatedPrincipal;
  readonly scope?: string;
  readonly azp?: string;
  readonly aud?: string;
  /** The refresh token's `jti` that an access token was made from. */
  readonly grant?: string;
  readonly origin?: CredentialOrigin;
}

export interface Tokens {
  sign(kind: TokenKind, claims: Omit<TokenClaims, 'iat'> & { readonly iat: number }): Promise<string>;
  /** @throws InvalidCredential when the token isn't one of this plane's, of this kind, or has ended */
  verify(kind: TokenKind, token: string): Promise<TokenClaims>;
}

export function openTokens(keys: SigningKeys, clock: () => Date): Tokens {
  const remembered = new Map<string, { readonly kind: TokenKind; readonly claims: TokenClaims }>();

  function remember(kind: TokenKind, token: string, claims: TokenClaims): void {
    if (remembered.size >= MAX_REMEMBERED) {
      const [oldest] = remembered.keys();
      if (oldest !== undefined) remembered.delete(oldest);
    }
    remembered.set(token, { kind, claims });
  }

  return {
    async sign(kind, claims) {
      const vouched = kind === 'id' && claims.email !== undefined;
      const jwt = new SignJWT({ ...(vouched ? { email_verified: true } : {}), ...claims });
      jwt.setProtectedHeader({ alg: 'RS256', kid: keys.kid, typ: TYP[kind] }).setIssuer(ISSUER);
      return PREFIX[kind] + (await jwt.sign(keys.privateKey));
    },
    async verify(kind, token) {
      const known = remembered.get(token);
      if (known) {
        if (known.kind !== kind) throw new InvalidCredential('The token is of another kind.');
        if (known.claims.exp !== undefined && known.claims.exp <= clock().getTime() / 1000) {
          remembered.delete(token);
          throw new InvalidCredential('The token has expired.', 'ACCESS_TOKEN_EXPIRED');
        }
        return known.claims;
      }
      const claims = await verifySignature(keys, kind, token, clock());
      remember(kind, token, claims);
      return claims;
    },
  };
}

async function verifySignature(
  keys: SigningKeys,
  kind: TokenKind,
  token: string,
  now: Date,
): Promise<TokenClaims> {
  if (!token.startsWith(PREFIX[kind]) || token.length > MAX_LENGTH) {
    throw new InvalidCredential('The token is not one of this plane.');
  }
  try {
    const { payload } = await jwtVerify(
      token.slice(PREFIX[kind].length),
      ({ kid }) => {
        const key = keys.publicKeys.get(kid ?? '');
        if (!key) throw new InvalidCredential('The token was signed by another plane.');
        return key;
      },
      { algorithms: ['RS256'], issuer: ISSUER, typ: TYP[kind], currentDate: now },
    );
    return readClaims(payload, kind);
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new InvalidCredential('The token has expired.', 'ACCESS_TOKEN_EXPIRED', { cause: error });
    if (error instanceof errors.JOSEError) {
      throw new InvalidCredential('The token is not one of this plane.', undefined, { cause: error });
    }
    throw error;
  }
}

/** The signature says that these claims are ours; this says it to the type checker. */
function readClaims(payload: JWTPayload, kind: TokenKind): TokenClaims {
  const { sub, email, iat, exp, aud, jti, scope, azp, grant, origin } = payload;
  const principalKind = payload.kind;
  const federated = principalKind === 'federated' ? readFederated(payload.federated) : undefined;
  const named = typeof email === 'string' || kind === 'id' || federated !== undefined;
  if (sub === undefined || iat === undefined || !named) {
    throw new InvalidCredential('The token lacks its subject.');
  }
  if (exp === undefined && kind !== 'refresh') throw new InvalidCredential('The token has no end.');
  return {
    sub,
    iat,
    ...(typeof email === 'string' ? { email } : {}),
    ...(federated === undefined ? {} : { federated }),
    ...(exp === undefined ? {} : { exp }),
    ...(typeof aud === 'string' ? { aud } : {}),
    ...(jti === undefined ? {} : { jti }),
    ...(typeof principalKind === 'string' ? { kind: principalKind } : {}),
    ...(typeof scope === 'string' ? { scope } : {}),
    ...(typeof azp === 'string' ? { azp } : {}),
    ...(typeof grant === 'string' ? { grant } : {}),
    ...(typeof origin === 'object' && origin !== null ? { origin } : {}),
  };
}

function readFederated(claim: unknown): FederatedPrincipal | undefined {
  if (typeof claim !== 'object' || claim === null || !('pool' in claim) || !('subject' in claim))
    return undefined;
  return claim as FederatedPrincipal;
}
