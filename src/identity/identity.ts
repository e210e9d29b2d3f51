/** Who is calling: minting and verifying, over accounts, keys and revocations. */
import { createHash, randomUUID } from 'node:crypto';
import {
  type FederatedPrincipal,
  memberOf,
  principalOfEmail,
  type SignedIn,
  workloadPoolOf,
} from '../names/index.js';
import type { Store } from '../store/index.js';
import { openAccountKeys } from './account-keys.js';
import { openAccounts } from './accounts.js';
import { openAssertions } from './assertions.js';
import { openAuthorizationCodes } from './authorization-codes.js';
import { openCabinet } from './cabinet.js';
import { type IdentityPools, openIdentityPools } from './federation.js';
import { openPlayedIssuer } from './federation-issuer.js';
import { accountOfKeyFile } from './key-files.js';
import { openSigningKeys } from './keys.js';
import { openRevocations } from './revocations.js';
import { assertionClaims, callerOfSelfSigned, keyNameOf, looksSelfSigned } from './self-signed.js';
import { accountSigner } from './signer.js';
import { openTokens, type TokenClaims } from './tokens.js';
import { type Account, type Caller, DEFAULT_SCOPE, type Identity, InvalidCredential } from './types.js';

export interface IdentityOptions {
  readonly store: Store;
  /** The directory for the signing keys, readable by the plane's user only; the store keeps them without it. */
  readonly keysDir?: string;
  readonly clock: () => Date;
}

/** gcloud's own OAuth client (in its public source): audience and authorized party of its users' ID tokens. */
export const GCLOUD_CLIENT_ID = '32555940559.apps.googleusercontent.com';
const DEFAULT_LIFETIME = 3600;

/** A user's id: 21 digits that follow from the address, so that no registry of users is needed. */
export function userUniqueId(email: string): string {
  const digest = createHash('sha256').update(`user:${email.toLowerCase()}`).digest();
  const number = digest.readBigUInt64BE(0) * 2n ** 16n + BigInt(digest.readUInt16BE(8));
  return `1${(number % 10n ** 20n).toString().padStart(20, '0')}`;
}

/** Opens the identities of one plane. Makes its signing keys when it has none. */
export async function openIdentity({ store, keysDir, clock }: IdentityOptions): Promise<Identity> {
  const cabinet = openCabinet(store, keysDir);
  const accounts = openAccounts(store, clock);
  const accountKeys = openAccountKeys(store, cabinet);
  const keys = await openSigningKeys(cabinet);
  const pools = openIdentityPools(store, clock);
  const tokens = openTokens(keys, clock);
  const assertions = openAssertions(accounts, accountKeys, clock);
  const revoked = await openRevocations(store);
  const now = () => Math.floor(clock().getTime() / 1000);

  /** The principal's id. @throws InvalidCredential when it is a service account that may not act */
  async function subjectOf(principal: SignedIn): Promise<string> {
    if (principal.kind === 'federated') return federatedSubject(pools, principal);
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

  /** ID tokens may leave the address out: then the subject is a service account's. */
  async function principalOf({ kind, email, sub, federated }: TokenClaims): Promise<SignedIn> {
    if (federated !== undefined) return federated;
    if (email !== undefined) return kind === 'user' ? { kind, email } : principalOfEmail(email);
    const account = await accounts.byUniqueId(sub);
    if (account) return { kind: 'serviceAccount', email: account.email };
    throw new InvalidCredential(`There is no account ${sub}.`, 'ACCOUNT_STATE_INVALID');
  }

  /** What a token's claims mean now: its principal may have been disabled, deleted, or made anew since. */
  async function callerOf(claims: TokenClaims): Promise<Caller> {
    const { jti, grant, scope, azp, exp, origin } = claims;
    if ((jti !== undefined && revoked.has(jti)) || (grant !== undefined && revoked.has(grant))) {
      throw new InvalidCredential('The token has been revoked.', 'ACCESS_TOKEN_EXPIRED');
    }
    const principal = await principalOf(claims);
    if ((await subjectOf(principal)) !== claims.sub) {
      throw new InvalidCredential(`${memberOf(principal)} is another account now.`, 'ACCOUNT_STATE_INVALID');
    }
    return {
      principal,
      uniqueId: claims.sub,
      scopes: scope === undefined || scope === '' ? [] : scope.split(' '),
      ...(azp === undefined ? {} : { clientId: azp }),
      ...(exp === undefined ? {} : { expires: exp }),
      ...(grant === undefined ? {} : { grant }),
      ...(origin === undefined ? {} : { origin }),
    };
  }

  return {
    accounts,
    accountKeys,
    pools,
    playedIssuer: openPlayedIssuer(cabinet),
    signer: accountSigner(accountKeys),
    authorizationCodes: openAuthorizationCodes(store, clock),
    async mintAccessToken(principal, options = {}) {
      const { scopes = [DEFAULT_SCOPE], lifetime = DEFAULT_LIFETIME, clientId, grant, origin } = options;
      const iat = now();
      const token = await tokens.sign('access', {
        sub: await subjectOf(principal),
        kind: principal.kind,
        ...(principal.kind === 'federated' ? { federated: principal } : { email: principal.email }),
        scope: scopes.join(' '),
        iat,
        exp: iat + lifetime,
        jti: randomUUID(),
        ...(clientId === undefined ? {} : { azp: clientId }),
        ...(grant === undefined ? {} : { grant }),
        ...(origin === undefined ? {} : { origin }),
      });
      return { token, expiresIn: lifetime };
    },
    async mintIdToken(principal, audience, { authorizedParty, includeEmail = true } = {}) {
      const sub = await subjectOf(principal);
      const iat = now();
      return tokens.sign('id', {
        aud: audience,
        azp: authorizedParty ?? (principal.kind === 'user' ? GCLOUD_CLIENT_ID : sub),
        sub,
        ...(includeEmail ? { email: principal.email } : {}),
        iat,
        exp: iat + DEFAULT_LIFETIME,
      });
    },
    async mintRefreshToken(principal, { clientId, scopes } = {}) {
      const sub = await subjectOf(principal);
      const { email, kind } = principal;
      return tokens.sign('refresh', {
        sub,
        email,
        kind,
        iat: now(),
        jti: randomUUID(),
        ...(clientId === undefined ? {} : { azp: clientId }),
        ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
      });
    },
    async verifyAccessToken(token, hosts = []) {
      if (!looksSelfSigned(token)) return callerOf(await tokens.verify('access', token));
      if (hosts.length === 0) throw new InvalidCredential('No self-signed JWT is taken here.');
      return callerOfSelfSigned(await assertions.verify(token), hosts);
    },
    async verifyIdToken(token) {
      const claims = await tokens.verify('id', token);
      const { sub, aud, exp, iat, azp } = claims;
      if (aud === undefined || exp === undefined) throw new InvalidCredential('The token has no audience.');
      const email = addressOf((await callerOf(claims)).principal);
      const includesEmail = claims.email !== undefined;
      return {
        email,
        includesEmail,
        sub,
        aud,
        exp,
        iat,
        ...(azp === undefined ? {} : { authorizedParty: azp }),
      };
    },
    async verifyRefreshToken(token) {
      const claims = await tokens.verify('refresh', token);
      const { principal, ...caller } = await callerOf(claims);
      if (principal.kind === 'federated') throw new InvalidCredential('The token is of another kind.');
      return { ...caller, principal, ...(claims.jti === undefined ? {} : { grant: claims.jti }) };
    },
    mayAct: (principal) =>
      subjectOf(principal).then(
        () => true,
        (error: unknown) => {
          if (error instanceof InvalidCredential) return false;
          throw error;
        },
      ),
    verifyAssertion: async (token) => assertionClaims(await assertions.verify(token)),
    verifyKeyFile: async (file) => keyHolder(await accountOfKeyFile(accounts, accountKeys, file, clock())),
    async revoke(token) {
      const claims = await tokens.verify(token.startsWith('1//') ? 'refresh' : 'access', token);
      // As Google has it: ending an access token ends the sign-in that it came from.
      const id = claims.grant ?? claims.jti;
      if (id === undefined) throw new InvalidCredential('The token cannot be revoked.');
      await revoked.add(id);
    },
    jwks: async () => ({ keys: [...keys.jwks] }),
    certificates: () => keys.certificates(),
    sweepDeletedAccounts: () => accounts.sweep(({ uniqueId }) => accountKeys.forget(uniqueId)),
  };
}

/**
 * "While a pool is deleted, you cannot use it to exchange tokens, or use existing tokens to access resources." The
 * same goes for a disabled one (WorkloadIdentityPool). Pools of other kinds are not kept here.
 * @throws InvalidCredential
 */
async function federatedSubject(pools: IdentityPools, principal: FederatedPrincipal): Promise<string> {
  if (workloadPoolOf(principal.pool) !== undefined) {
    const pool = await pools.named(principal.pool);
    if (!pool || pool.deleteTime !== undefined || pool.disabled) {
      const why = pool ? (pool.disabled ? 'is disabled' : 'is deleted') : 'does not exist';
      throw new InvalidCredential(
        `Identity Pool ${principal.pool.slice(2)} ${why}.`,
        'ACCOUNT_STATE_INVALID',
      );
    }
  }
  return memberOf(principal);
}

/** ID tokens are made for users and service accounts alone. */
function addressOf(principal: SignedIn): string {
  if (principal.kind !== 'federated') return principal.email;
  throw new InvalidCredential('The token is of another kind.');
}

/** Whoever holds a key of an account can have any token of it. */
function keyHolder(held: { readonly account: Account; readonly keyId: string }): Caller {
  const { email, uniqueId } = held.account;
  return {
    principal: { kind: 'serviceAccount', email },
    uniqueId,
    scopes: [DEFAULT_SCOPE],
    origin: { keyName: keyNameOf(held) },
  };
}
