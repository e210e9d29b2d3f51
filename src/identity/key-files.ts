/** Key files as such for credentials: how `docker login -u _json_key` signs in. */
import type { StoredAccountKeys } from './account-keys.js';
import { publicDer } from './certificates.js';
import { type Account, type Accounts, InvalidCredential, type KeyFile } from './types.js';

/**
 * Finds the account, and the key, that a key file is a good key of: its private key belongs to a stored public key.
 * @throws InvalidCredential
 */
export async function accountOfKeyFile(
  accounts: Accounts,
  keys: StoredAccountKeys,
  file: KeyFile,
  time: Date,
): Promise<{ readonly account: Account; readonly keyId: string }> {
  const { client_email: email, private_key_id: id, private_key: privateKey } = file;
  if (typeof email !== 'string' || typeof id !== 'string' || typeof privateKey !== 'string') {
    throw new InvalidCredential('It is no key file: client_email, private_key_id or private_key is missing.');
  }
  const account = await accounts.get(email);
  if (!account || account.disabled) {
    throw new InvalidCredential(
      `Service account ${email} does not exist, or is disabled.`,
      'ACCOUNT_STATE_INVALID',
    );
  }
  const [key] = await keys.usable(account, id, time);
  if (!key || !isPair(privateKey, key.publicKey)) {
    throw new InvalidCredential(`The key ${id} is no key of ${email}.`);
  }
  return { account, keyId: key.id };
}

function isPair(privateKey: string, publicKey: string): boolean {
  if (!privateKey.includes('PRIVATE KEY')) return false;
  try {
    return publicDer(privateKey).equals(publicDer(publicKey));
  } catch {
    return false;
  }
}
