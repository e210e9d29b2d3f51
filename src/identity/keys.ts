/** The plane's signing keys: RSA, made once, kept in the data directory or, without one, in the store. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { type Store, VersionConflict } from '../store/index.js';

export interface SigningKeys {
  /** The key that signs new tokens. */
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** Public keys by id; tokens name theirs. */
  readonly publicKeys: ReadonlyMap<string, CryptoKey>;
  readonly jwks: readonly JWK[];
}

/** Where private keys lie, as JWKs, newest first. */
interface KeyCabinet {
  read(): Promise<JWK[] | undefined>;
  /** Keeps the first keys; when others came first, those stay. */
  keep(keys: JWK[]): Promise<void>;
}

/**
 * Reads the plane's keys, and makes them at the first start (about 0.1 s).
 * @param keysDir a directory that only the plane's user may read; without it the keys are a row of the store
 * @throws Error when the stored keys cannot be read
 */
export async function openSigningKeys(store: Store, keysDir: string | undefined): Promise<SigningKeys> {
  const cabinet = keysDir === undefined ? storeCabinet(store) : fileCabinet(keysDir);
  let jwks = await cabinet.read();
  if (!jwks) {
    await cabinet.keep([await newKey()]);
    jwks = await cabinet.read();
  }
  const [newest] = jwks ?? [];
  if (!jwks || newest?.kid === undefined) throw new Error('The plane has no signing key.');
  const publicJwks = jwks.map(publicPart);
  return {
    kid: newest.kid,
    privateKey: await importKey(newest),
    publicKeys: new Map(
      await Promise.all(
        publicJwks.map(async (jwk): Promise<[string, CryptoKey]> => [jwk.kid ?? '', await importKey(jwk)]),
      ),
    ),
    jwks: publicJwks,
  };
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

function storeCabinet(store: Store): KeyCabinet {
  const key = 'identity/signing-keys';
  return {
    read: async () => (await store.get<JWK[]>(key))?.value,
    async keep(keys) {
      try {
        await store.commit([{ op: 'put', key, value: keys, ifVersion: 0 }]);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
      }
    },
  };
}

/** The data directory's lock keeps other planes away, so an atomic rename is enough. */
function fileCabinet(directory: string): KeyCabinet {
  const path = join(directory, 'signing-keys.json');
  return {
    async read() {
      try {
        return JSON.parse(await readFile(path, 'utf8'));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw new Error(`${path} cannot be read`, { cause: error });
      }
    },
    async keep(keys) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const draft = `${path}.${randomUUID()}`;
      await writeFile(draft, JSON.stringify(keys), { mode: 0o600, flush: true });
      await rename(draft, path);
    },
  };
}
