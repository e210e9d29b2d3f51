/** The plane's signing keys: RSA, made once, kept in the data directory or, without one, in the store. */
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import type { KeyCabinet } from './cabinet.js';
import { selfSignedCertificate } from './certificates.js';

export interface SigningKeys {
  /** The key that signs new tokens. */
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** Public keys by id; tokens name theirs. */
  readonly publicKeys: ReadonlyMap<string, CryptoKey>;
  readonly jwks: readonly JWK[];
  /** The same keys as PEM certificates by id; made at the first call. */
  certificates(): Promise<Readonly<Record<string, string>>>;
}

/** The keys of Google, as whom the plane signs. */
const NAME = 'signing-keys';
/** Whose keys Google's certificates say they are. */
const COMMON_NAME = 'federated-signon.system.gserviceaccount.com';
/** Before any token of any plane: the keys do not say when they were made. */
const CERTIFIED_FROM = new Date('2024-01-01T00:00:00Z');

/**
 * Reads the plane's keys, and makes them at the first start (about 0.1 s).
 * @param name under which they are kept: those of others than Google have their own
 * @throws Error when the stored keys cannot be read
 */
export async function openSigningKeys(cabinet: KeyCabinet, name = NAME): Promise<SigningKeys> {
  let jwks = await cabinet.read<JWK[]>(name);
  if (!jwks) {
    await cabinet.keep(name, [await newKey()]);
    jwks = await cabinet.read<JWK[]>(name);
  }
  const [newest] = jwks ?? [];
  if (!jwks || newest?.kid === undefined) throw new Error('The plane has no signing key.');
  const stored = jwks;
  const publicJwks = stored.map(publicPart);
  let certificates: Promise<Readonly<Record<string, string>>> | undefined;
  return {
    kid: newest.kid,
    privateKey: await importKey(newest),
    publicKeys: new Map(
      await Promise.all(
        publicJwks.map(async (jwk): Promise<[string, CryptoKey]> => [jwk.kid ?? '', await importKey(jwk)]),
      ),
    ),
    jwks: publicJwks,
    certificates: () => {
      certificates ??= certify(stored);
      return certificates;
    },
  };
}

async function certify(jwks: readonly JWK[]): Promise<Readonly<Record<string, string>>> {
  const pairs = jwks.map(
    async (jwk): Promise<[string, string]> => [
      jwk.kid ?? '',
      await selfSignedCertificate(jwk, COMMON_NAME, CERTIFIED_FROM),
    ],
  );
  return Object.fromEntries(await Promise.all(pairs));
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}

function publicPart({ kty, n, e, alg, use, kid }: JWK): JWK {
  return JSON.parse(JSON.stringify({ kty, alg, use, kid, n, e }));
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'RS256');
  if (key instanceof Uint8Array) throw new Error('The signing key is no RSA key.');
  return key;
}
