/** Signing as a service account: what the IAM API's deprecated methods and IAM Credentials have in common. */
import { failedPrecondition, invalidArgument, isJsonObject, type JsonObject } from '../../google/index.js';
import type { Account } from '../../identity/index.js';
import type { AccountFinder } from './access.js';
import { existing } from './accounts.js';
import type { IamApiDeps } from './create-account.js';
import type { IamHandlers } from './handlers.js';

const HOUR = 3600;
/** "No more than 12 hours in the future" (SignJwtRequest). */
const LONGEST = 12 * HOUR;

/** @throws GoogleError FAILED_PRECONDITION: nobody can act as a disabled account */
export function enabled(account: Account): Account {
  if (account.disabled) throw failedPrecondition(`Service account ${account.email} is disabled.`);
  return account;
}

/** @throws GoogleError INVALID_ARGUMENT when there is nothing to sign */
export function requireBytes(payload: Uint8Array): Uint8Array {
  if (payload.length === 0) throw invalidArgument('The bytes to sign are required.');
  return payload;
}

/**
 * Reads the claims of a JWT that is to be signed.
 * @throws GoogleError INVALID_ARGUMENT unless they are a JSON object whose `exp`, if any, is within 12 hours
 */
export function parseClaims(payload: string, time: Date): JsonObject {
  const claims = parseJson(payload);
  if (!isJsonObject(claims)) throw invalidArgument('The payload must be a JSON object: a JWT Claims Set.');
  const { exp } = claims;
  if (exp === undefined) return claims;
  const now = time.getTime() / 1000;
  if (typeof exp !== 'number' || !Number.isInteger(exp)) {
    throw invalidArgument('The "exp" claim must be an integer timestamp.');
  }
  if (exp < Math.floor(now)) throw invalidArgument('The "exp" claim is in the past.');
  if (exp > now + LONGEST) throw invalidArgument('The "exp" claim is more than 12 hours in the future.');
  return claims;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The deprecated methods of the IAM API itself; they know no delegation. */
export function signingHandlers({ identity }: IamApiDeps, finder: AccountFinder): IamHandlers {
  const signer = async (request: { readonly name: string }) =>
    enabled(existing(await finder.find(request, request.name)));
  return {
    async signBlob(request) {
      return identity.signer.signBlob(await signer(request), requireBytes(request.bytesToSign));
    },
    async signJwt(request, { time }) {
      const account = await signer(request);
      const claims = parseClaims(request.payload, time);
      // Here, and not in IAM Credentials, a missing `exp` is filled in.
      const exp = Math.floor(time.getTime() / 1000) + HOUR;
      const payload = claims.exp === undefined ? JSON.stringify({ ...claims, exp }) : request.payload;
      return identity.signer.signJwt(account, payload);
    },
  };
}
