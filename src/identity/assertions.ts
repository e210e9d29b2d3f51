/**
 * JWTs that service accounts sign themselves, with a key of theirs: assertions, which the token end point takes for
 * tokens (RFC 7523), and tokens of their own kind (https://google.aip.dev/auth/4111). One whose signature was
 * verified once is remembered; that its key and its account are still good is asked each time.
 */
import { createPublicKey } from 'node:crypto';
import { compactVerify, decodeJwt, decodeProtectedHeader, errors, type JWTPayload } from 'jose';
import type { StoredAccountKeys } from './account-keys.js';
import {
  type Account,
  type AccountKey,
  type Accounts,
  type AssertionProblem,
  InvalidAssertion,
} from './types.js';

export interface Assertion {
  readonly account: Account;
  readonly keyId: string;
  readonly claims: JWTPayload & { readonly iat: number; readonly exp: number };
}

export interface Assertions {
  /** @throws InvalidAssertion */
  verify(token: string): Promise<Assertion>;
}

/** "This value has a maximum of 1 hour after the issued time" (https://developers.google.com/identity/protocols/oauth2/service-account). */
const MAX_LIFETIME = 3600;
/** Clients' clocks differ a little. */
const SKEW = 60;
const MAX_LENGTH = 16_384;
const MAX_REMEMBERED = 5000;

export function openAssertions(accounts: Accounts, keys: StoredAccountKeys, clock: () => Date): Assertions {
  const remembered = new Map<string, Signed>();

  async function signed(token: string): Promise<Signed> {
    const known = remembered.get(token);
    if (known) return known;
    const { keyId, issuer } = readUnverified(token);
    const account = await actingAccount(accounts, issuer);
    const key = await signingKey(token, await keys.usable(account, keyId, clock()));
    const found = { issuer, keyId: key.id, uniqueId: account.uniqueId, claims: decodeJwt(token) };
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(token, found);
    return found;
  }

  return {
    async verify(token) {
      const { issuer, uniqueId, keyId, claims } = await signed(token);
      const { iat, exp } = inTime(claims, clock());
      const account = await actingAccount(accounts, issuer);
      // Another account of the same address has other keys, and so has this one once the key is deleted.
      const usable = await keys.usable(account, keyId, clock());
      if (account.uniqueId !== uniqueId || usable.length === 0) throw refusal('signature');
      return { account, keyId, claims: { ...claims, iat, exp } };
    },
  };
}

/** What stays true of a token once its signature has been verified. */
interface Signed {
  readonly issuer: string;
  readonly keyId: string;
  readonly uniqueId: string;
  readonly claims: JWTPayload;
}

const MESSAGES: Readonly<Record<AssertionProblem, string>> = {
  malformed: 'The JWT is malformed.',
  account: 'The account that issued the JWT does not exist, or is disabled.',
  signature: 'The JWT was not signed with a key of the account that issued it.',
  timeframe: 'The JWT has expired, begins later, or lives longer than an hour.',
};
const refusal = (problem: AssertionProblem, cause?: unknown) =>
  new InvalidAssertion(problem, MESSAGES[problem], cause === undefined ? undefined : { cause });

/** Not every client says which key it signed with: Node.js's does not to the token end point. */
function readUnverified(token: string): { readonly keyId: string | undefined; readonly issuer: string } {
  if (token.length > MAX_LENGTH) throw refusal('malformed');
  try {
    const { kid, alg } = decodeProtectedHeader(token);
    const { iss } = decodeJwt(token);
    if (alg !== 'RS256' || iss === undefined) throw refusal('malformed');
    return { keyId: kid, issuer: iss };
  } catch (error) {
    throw error instanceof InvalidAssertion ? error : refusal('malformed', error);
  }
}

/** @param issuer an address or a unique id */
async function actingAccount(accounts: Accounts, issuer: string): Promise<Account> {
  const account = issuer.includes('@') ? await accounts.get(issuer) : await accounts.byUniqueId(issuer);
  if (!account || account.disabled || account.kind === 'agent') throw refusal('account');
  return account;
}

/** The key that the token was signed with. @throws InvalidAssertion */
async function signingKey(token: string, candidates: readonly AccountKey[]): Promise<AccountKey> {
  for (const key of candidates) {
    try {
      await compactVerify(token, createPublicKey(key.publicKey), { algorithms: ['RS256'] });
      return key;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  throw refusal('signature');
}

function inTime({ iat, exp }: JWTPayload, time: Date): { readonly iat: number; readonly exp: number } {
  const now = time.getTime() / 1000;
  if (typeof iat !== 'number' || typeof exp !== 'number') throw refusal('timeframe');
  if (iat > now + SKEW || exp <= now - SKEW || exp - iat > MAX_LIFETIME) throw refusal('timeframe');
  return { iat, exp };
}
