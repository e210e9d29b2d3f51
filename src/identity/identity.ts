/** Who is calling: minting and verifying, over accounts, keys and revocations. */
import { createHash, randomUUID } from 'node:crypto';
import { type Principal, principalOfEmail } from '../names/index.js';
import type { Store } from '../store/index.js';
import { openAccounts } from './accounts.js';
import { openSigningKeys } from './keys.js';
import { openRevocations } from './revocations.js';
import { openTokens, type TokenClaims } from './tokens.js';
import { type Caller, type Identity, InvalidCredential } from './types.js';

type SignedIn = Exclude<Principal, { kind: 'anonymous' }>;

export interface IdentityOptions {
  readonly store: Store;
  /** The directory for the signing keys, readable by the plane's user only; the store keeps them without it. */
  readonly keysDir?: string;
  readonly clock: () => Date;
}

/** gcloud's own OAuth client (in its public source): audience and authorized party of its users' ID tokens. */
export const GCLOUD_CLIENT_ID = '32555940559.apps.googleusercontent.com';
export const DEFAULT_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const DEFAULT_LIFETIME = 3600;

/** A user's id: 21 digits that follow from the address, so that no registry of users is needed. */
export function userUniqueId(email: string): string {
  const digest = createHash('sha256').update(`user:${email.toLowerCase()}`).digest();
  const number = digest.readBigUInt64BE(0) * 2n ** 16n + BigInt(digest.readUInt16BE(8));
  return `1${(number % 10n ** 20n).toString().padStart(20, '0')}`;
}

/** Opens the identities of one plane. Makes its signing keys when it has none. */
export async function openIdentity({ store, keysDir, clock }: IdentityOptions): Promise<Identity> {
  const accounts = openAccounts(store);
  const keys = await openSigningKeys(store, keysDir);
  const tokens = openTokens(keys, clock);
  const revoked = await openRevocations(store);
  const now = () => Math.floor(clock().getTime() / 1000);

  /** The principal's id. @throws InvalidCredential when it is a service account that may not act */
  async function subjectOf(principal: SignedIn): Promise<string> {
    if (principal.kind === 'user') return userUniqueId(principal.email);
    const account = await accounts.get(principal.email);
    if (!account)
      throw new InvalidCredential(
        `Service account ${principal.email} does not exist.`,
        'ACCOUNT_STATE_INVALID',
      );
    if (account.disabled)
      throw new InvalidCredential(`Service account ${principal.email} is disabled.`, 'ACCOUNT_STATE_INVALID');
    return account.uniqueId;
  }

  /** What a token's claims mean now: its principal may have been disabled, deleted, or made anew since. */
  async function callerOf(claims: TokenClaims): Promise<Caller> {
    const { jti, grant, scope, azp, exp, email } = claims;
    if ((jti !== undefined && revoked.has(jti)) || (grant !== undefined && revoked.has(grant))) {
      throw new InvalidCredential('The token has been revoked.', 'ACCESS_TOKEN_EXPIRED');
    }
    const principal: SignedIn = claims.kind === 'user' ? { kind: 'user', email } : principalOfEmail(email);
    if ((await subjectOf(principal)) !== claims.sub) {
      throw new InvalidCredential(`${email} is another account now.`, 'ACCOUNT_STATE_INVALID');
    }
    return {
      principal,
      uniqueId: claims.sub,
      scopes: scope === undefined || scope === '' ? [] : scope.split(' '),
      ...(azp === undefined ? {} : { clientId: azp }),
      ...(exp === undefined ? {} : { expires: exp }),
      ...(grant === undefined ? {} : { grant }),
    };
  }

  return {
    accounts,
    async mintAccessToken(principal, options = {}) {
      const { scopes = [DEFAULT_SCOPE], lifetime = DEFAULT_LIFETIME, clientId, grant } = options;
      const iat = now();
      const token = await tokens.sign('access', {
        sub: await subjectOf(principal),
        email: principal.email,
        kind: principal.kind,
        scope: scopes.join(' '),
        iat,
        exp: iat + lifetime,
        jti: randomUUID(),
        ...(clientId === undefined ? {} : { azp: clientId }),
        ...(grant === undefined ? {} : { grant }),
      });
      return { token, expiresIn: lifetime };
    },
    async mintIdToken(principal, audience) {
      const sub = await subjectOf(principal);
      const iat = now();
      return tokens.sign('id', {
        aud: audience,
        azp: principal.kind === 'user' ? GCLOUD_CLIENT_ID : sub,
        sub,
        email: principal.email,
        iat,
        exp: iat + DEFAULT_LIFETIME,
      });
    },
    async mintRefreshToken(principal) {
      const sub = await subjectOf(principal);
      const { email, kind } = principal;
      return tokens.sign('refresh', { sub, email, kind, iat: now(), jti: randomUUID() });
    },
    verifyAccessToken: async (token) => callerOf(await tokens.verify('access', token)),
    async verifyIdToken(token) {
      const claims = await tokens.verify('id', token);
      const { email, sub, aud, exp, iat } = claims;
      if (aud === undefined || exp === undefined) throw new InvalidCredential('The token has no audience.');
      await callerOf(claims);
      return { email, sub, aud, exp, iat };
    },
    async verifyRefreshToken(token) {
      const claims = await tokens.verify('refresh', token);
      const caller = await callerOf(claims);
      return claims.jti === undefined ? caller : { ...caller, grant: claims.jti };
    },
    async revoke(token) {
      const claims = await tokens.verify(token.startsWith('1//') ? 'refresh' : 'access', token);
      // As Google has it: ending an access token ends the sign-in that it came from.
      const id = claims.grant ?? claims.jti;
      if (id === undefined) throw new InvalidCredential('The token cannot be revoked.');
      await revoked.add(id);
    },
    jwks: async () => ({ keys: [...keys.jwks] }),
  };
}
