/**
 * Keys of service accounts (https://cloud.google.com/iam/docs/service-account-creds#key-types). User-managed ones
 * are public keys alone: whoever made the pair has its private half. The system-managed pair signs for the account
 * inside the plane; it is made when it is first needed.
 */
import { createPublicKey, generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import type { Store } from '../store/index.js';
import type { KeyCabinet } from './cabinet.js';
import { keyIdOf, NO_END, readCertificate, selfSignedCertificate } from './certificates.js';
import { type Account, type AccountKey, type AccountKeys, KeyRefused } from './types.js';

const PREFIX = 'account-keys/';
/** User-managed keys, of one account (https://cloud.google.com/iam/quotas). */
const MAX_KEYS = 10;
const BITS = 2048;

const newPair = promisify(generateKeyPair);

/** A pair whose private half stays here. */
export interface SystemKey extends AccountKey {
  readonly privateKey: JsonWebKey;
}

export interface StoredAccountKeys extends AccountKeys {
  /** The account's system-managed pair. Making one takes about 0.1 s; callers at the same time get the same. */
  systemKey(account: Account): Promise<SystemKey>;
  /**
   * The enabled keys of the account that are valid at the time, also the system-managed one if it was ever needed.
   * @param id the key meant; all when undefined
   */
  usable(account: Account, id: string | undefined, time: Date): Promise<readonly AccountKey[]>;
  /** Forgets every key of an account that is gone for good. */
  forget(uniqueId: string): Promise<void>;
}

/** A row holds all keys of one account, under its unique id: an account of the same address has none of them. */
export function openAccountKeys(store: Store, cabinet: KeyCabinet): StoredAccountKeys {
  const keyOf = (uniqueId: string) => PREFIX + uniqueId;
  const known = new Map<string, readonly AccountKey[]>();
  const pairs = new Map<string, Promise<SystemKey>>();
  // A read that began before a change must not be remembered after it.
  let changes = 0;
  store.watch(PREFIX, (changed) => {
    changes += 1;
    for (const { key } of changed) known.delete(key);
  });

  async function stored(uniqueId: string): Promise<readonly AccountKey[]> {
    const key = keyOf(uniqueId);
    const cached = known.get(key);
    if (cached) return cached;
    const before = changes;
    const keys = (await store.get<AccountKey[]>(key))?.value ?? [];
    if (before === changes) known.set(key, keys);
    return keys;
  }

  /** Two changes of one account's keys do not overwrite each other: the later one fails its commit. */
  async function change(uniqueId: string, apply: (keys: readonly AccountKey[]) => readonly AccountKey[]) {
    const row = await store.get<AccountKey[]>(keyOf(uniqueId));
    const value = apply(row?.value ?? []);
    await store.commit([{ op: 'put', key: keyOf(uniqueId), value, ifVersion: row?.version ?? 0 }]);
  }

  async function add({ uniqueId }: Account, key: AccountKey): Promise<AccountKey> {
    await change(uniqueId, (keys) => {
      if (keys.some(({ id }) => id === key.id)) throw new KeyRefused('exists');
      if (keys.length >= MAX_KEYS) throw new KeyRefused('too-many');
      return [...keys, key];
    });
    return key;
  }

  function systemKey(account: Account): Promise<SystemKey> {
    const { uniqueId } = account;
    const opened = pairs.get(uniqueId) ?? openSystemKey(cabinet, account);
    pairs.set(uniqueId, opened);
    opened.catch(() => pairs.delete(uniqueId));
    return opened;
  }

  return {
    systemKey,
    async list(account) {
      const { privateKey: _, ...system } = await systemKey(account);
      return [...(await stored(account.uniqueId)), system];
    },
    async create(account, time) {
      if ((await stored(account.uniqueId)).length >= MAX_KEYS) throw new KeyRefused('too-many');
      const { privateKey, jwk } = await makePair();
      const key = await add(account, await describe(jwk, account.uniqueId, time, 'USER_MANAGED'));
      return { key, privateKey };
    },
    async upload(account, certificate, time) {
      const { pem, publicKey, bits, notBefore, notAfter } = readCertificate(certificate);
      if (notAfter <= time) throw new KeyRefused('expired');
      return add(account, {
        id: keyIdOf(publicKey),
        type: 'USER_MANAGED',
        origin: 'USER_PROVIDED',
        bits,
        publicKey,
        certificate: pem,
        validAfter: notBefore.toISOString(),
        validBefore: notAfter.toISOString(),
        disabled: false,
      });
    },
    async setDisabled(account, id, disabled) {
      if (id === (await systemKey(account)).id) throw new KeyRefused('system-managed');
      await change(account.uniqueId, (keys) => {
        if (!keys.some((key) => key.id === id)) throw new KeyRefused('unknown');
        return keys.map((key) => (key.id === id ? { ...key, disabled } : key));
      });
    },
    async remove(account, id) {
      if (id === (await systemKey(account)).id) throw new KeyRefused('system-managed');
      await change(account.uniqueId, (keys) => {
        if (!keys.some((key) => key.id === id)) throw new KeyRefused('unknown');
        return keys.filter((key) => key.id !== id);
      });
    },
    async usable(account, id, time) {
      const { uniqueId } = account;
      const own = (await stored(uniqueId)).filter((key) => isUsable(key, time));
      const asked = own.filter((key) => id === undefined || key.id === id);
      if (asked.length > 0 && id !== undefined) return asked;
      // Looking must not make a pair: nothing was signed with one that was never made.
      if (!pairs.has(uniqueId) && (await cabinet.read(nameOf(uniqueId))) === undefined) return asked;
      const system = await systemKey(account);
      return id === undefined || system.id === id ? [...asked, system] : asked;
    },
    async forget(uniqueId) {
      pairs.delete(uniqueId);
      await store.commit([{ op: 'delete', key: keyOf(uniqueId) }]);
      await cabinet.forget(nameOf(uniqueId));
    },
  };
}

/** Only certificates that were handed in have bounds; what is made here is good from the start. */
function isUsable({ disabled, origin, validAfter, validBefore }: AccountKey, time: Date): boolean {
  if (disabled) return false;
  return origin === 'GOOGLE_PROVIDED' || (new Date(validAfter) <= time && time < new Date(validBefore));
}

const nameOf = (uniqueId: string) => `account-${uniqueId}`;

async function openSystemKey(cabinet: KeyCabinet, { uniqueId, createTime }: Account): Promise<SystemKey> {
  const name = nameOf(uniqueId);
  const stored = await cabinet.read<SystemKey>(name);
  if (stored) return stored;
  const { jwk } = await makePair();
  const key = await describe(jwk, uniqueId, new Date(createTime), 'SYSTEM_MANAGED');
  await cabinet.keep(name, { ...key, privateKey: jwk });
  const kept = await cabinet.read<SystemKey>(name);
  if (!kept) throw new Error(`The system-managed key of account ${uniqueId} was not kept.`);
  return kept;
}

async function makePair(): Promise<{ privateKey: string; jwk: JsonWebKey }> {
  const { privateKey } = await newPair('rsa', { modulusLength: BITS });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    jwk: privateKey.export({ format: 'jwk' }),
  };
}

/** Google's certificates of these keys name the account by its unique id, and never end. */
async function describe(
  jwk: JsonWebKey,
  uniqueId: string,
  time: Date,
  type: AccountKey['type'],
): Promise<AccountKey> {
  const validAfter = new Date(Math.floor(time.getTime() / 1000) * 1000);
  return {
    id: keyIdOf(jwk),
    type,
    origin: 'GOOGLE_PROVIDED',
    bits: BITS,
    publicKey: createPublicKey({ key: jwk, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString(),
    certificate: await selfSignedCertificate(jwk, uniqueId, validAfter),
    validAfter: validAfter.toISOString(),
    validBefore: NO_END.toISOString(),
    disabled: false,
  };
}
