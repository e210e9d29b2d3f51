/** An identity provider outside of Google Cloud whose part the plane plays: its key, and what is signed with it. */
import { jwtVerify, SignJWT } from 'jose';
import type { KeyCabinet } from './cabinet.js';
import { openSigningKeys, type SigningKeys } from './keys.js';
import type { PlayedIssuer } from './types.js';

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
