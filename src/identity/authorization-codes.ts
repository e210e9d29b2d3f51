/** Authorization codes (RFC 6749, 4.1): what a sign-in in the browser hands to the program that asked for it. */
import { createHash, randomBytes } from 'node:crypto';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import type { AuthorizationCodes, CodeGrant } from './types.js';

const PREFIX = 'authorization-codes/';
/** "A maximum authorization code lifetime of 10 minutes is RECOMMENDED" (RFC 6749, 4.1.2). */
const LIFETIME_MS = 10 * 60 * 1000;

interface StoredCode {
  readonly grant: CodeGrant;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Whoever reads the store finds no code in it: rows lie under the codes' digests. */
const keyOf = (code: string) => PREFIX + createHash('sha256').update(code).digest('base64url');

export function openAuthorizationCodes(store: Store, clock: () => Date): AuthorizationCodes {
  return {
    async issue(grant) {
      // In the form of Google's, which clients and secret scanners know.
      const code = `4/0A${randomBytes(48).toString('base64url')}`;
      const now = clock().getTime();
      const value: StoredCode = { grant, expires: now + LIFETIME_MS };
      await store.commit([{ op: 'put', key: keyOf(code), value }, ...(await expired(store, now))]);
      return code;
    },
    async redeem(code) {
      const row = await store.get<StoredCode>(keyOf(code));
      if (!row) return undefined;
      try {
        await store.commit([{ op: 'delete', key: row.key, ifVersion: row.version }]);
      } catch (error) {
        // Somebody else redeemed it at the same time.
        if (error instanceof VersionConflict) return undefined;
        throw error;
      }
      return row.value.expires > clock().getTime() ? row.value.grant : undefined;
    },
  };
}

/** Codes that nobody came for. */
async function expired(store: Store, now: number): Promise<Write[]> {
  const rows = await store.list<StoredCode>(PREFIX);
  return rows.filter(({ value }) => value.expires <= now).map(({ key }) => ({ op: 'delete', key }));
}
