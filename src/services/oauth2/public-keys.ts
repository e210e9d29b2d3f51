/**
 * Public keys under Google's names: the plane's own, which sign ID tokens, and those of each service account, which
 * verify what it signed (https://cloud.google.com/iam/docs/creating-short-lived-service-account-credentials#verify).
 */
import { createPublicKey } from 'node:crypto';
import type { JsonObject } from '../../google/index.js';
import type { AccountKey, Identity } from '../../identity/index.js';
import { OAuthError } from './answers.js';

export async function ownJwks(identity: Identity): Promise<JsonObject> {
  return JSON.parse(JSON.stringify(await identity.jwks()));
}

export async function ownCertificates(identity: Identity): Promise<JsonObject> {
  return { ...(await identity.certificates()) };
}

type Form = 'jwk' | 'x509';

const ACCOUNT_KEYS = /^\/(?:service_accounts\/v1|robot\/v1)\/(?:metadata\/)?(jwk|x509)\/([^/]+)$/;

/** The account and the form that a path on www.googleapis.com asks for; undefined for every other path. */
export function accountKeysPath(path: string): { readonly form: Form; readonly email: string } | undefined {
  const [, form, email] = ACCOUNT_KEYS.exec(path) ?? [];
  if ((form !== 'jwk' && form !== 'x509') || email === undefined) return undefined;
  try {
    return { form, email: decodeURIComponent(email) };
  } catch {
    return undefined;
  }
}

/** @throws OAuthError not_found when there is no such account */
export async function accountPublicKeys(
  identity: Identity,
  { form, email }: { readonly form: Form; readonly email: string },
): Promise<JsonObject> {
  const account = await identity.accounts.get(email);
  if (!account) throw new OAuthError(404, 'not_found', 'Service account not found.');
  const keys = (await identity.accountKeys.list(account)).filter(({ disabled }) => !disabled);
  return form === 'jwk'
    ? { keys: keys.map(asJwk) }
    : Object.fromEntries(keys.map(({ id, certificate }) => [id, certificate]));
}

function asJwk({ id, publicKey }: AccountKey): JsonObject {
  const { kty, n, e } = createPublicKey(publicKey).export({ format: 'jwk' });
  return { kid: id, use: 'sig', alg: 'RS256', ...(kty && { kty }), ...(n && { n }), ...(e && { e }) };
}
