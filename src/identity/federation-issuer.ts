/** An identity provider outside of Google Cloud whose part the plane plays: its key, and what is signed with it. */
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { KeyCabinet } from './cabinet.js';
import { openSigningKeys, type SigningKeys } from './keys.js';

/** Signs as the issuers that the plane plays; one key for all of them, made when it is first needed. */
export interface PlayedIssuer {
  /** @param claims all of them, `iss` and times included @param typ the JOSE header's */
  sign(claims: JWTPayload, typ?: string): Promise<string>;
  /** The claims of what was signed under this `typ`; undefined for anything else, and when it has ended. */
  verify(token: string, typ: string, now: Date): Promise<JWTPayload | undefined>;
  /** The public keys as a JWK set. */
  jwks(): Promise<{ readonly keys: readonly object[] }>;
}

export function openPlayedIssuer(cabinet: KeyCabinet): PlayedIssuer {
  let opened: Promise<SigningKeys> | undefined;
  const keys = (): Promise<SigningKeys> => {
    opened ??= openSigningKeys(cabinet, 'played-issuer-keys').catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    async sign(claims, typ = 'JWT') {
      const { kid, privateKey } = await keys();
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ }).sign(privateKey);
    },
    async verify(token, typ, now) {
      const { publicKeys } = await keys();
      const find = ({ kid }: { readonly kid?: string }) => {
        const key = publicKeys.get(kid ?? '');
        if (!key) throw new TypeError('unknown key');
        return key;
      };
      return jwtVerify(token, find, { algorithms: ['RS256'], typ, currentDate: now }).then(
        ({ payload }) => payload,
        () => undefined,
      );
    },
    jwks: async () => ({ keys: [...(await keys()).jwks] }),
  };
}
