/** What a service account signs with its system-managed key (https://cloud.google.com/iam/docs/create-short-lived-credentials-direct). */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { StoredAccountKeys } from './account-keys.js';
import type { Account, AccountSigner } from './types.js';

const signInThreads = promisify<string, Uint8Array, KeyObject, Buffer>(sign);

const base64url = (text: string) => Buffer.from(text).toString('base64url');

export function accountSigner(keys: StoredAccountKeys): AccountSigner {
  async function signBlob(account: Account, payload: Uint8Array) {
    const { id, privateKey } = await keys.systemKey(account);
    const key = createPrivateKey({ key: privateKey, format: 'jwk' });
    return { keyId: id, signature: await signInThreads('RSA-SHA256', payload, key) };
  }
  return {
    signBlob,
    async signJwt(account, payload) {
      const { id } = await keys.systemKey(account);
      const header = JSON.stringify({ alg: 'RS256', kid: id, typ: 'JWT' });
      const input = `${base64url(header)}.${base64url(payload)}`;
      const { keyId, signature } = await signBlob(account, Buffer.from(input));
      return { keyId, signedJwt: `${input}.${signature.toString('base64url')}` };
    },
  };
}
