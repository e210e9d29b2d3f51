/** Versions of secrets: numbers, payloads, states. */
import type { Row, Store, Write } from '../store/index.js';
import { nextEtag, untilCommitted } from './commits.js';
import {
  etagMismatch,
  secretNotFound,
  secretWithoutVersions,
  versionInState,
  versionNotFound,
} from './errors.js';
import { versionAt } from './expiry.js';
import {
  keys,
  type PayloadRow,
  type Secret,
  type SecretId,
  type SecretVersion,
  versionPath,
} from './model.js';
import type { Secrets } from './secrets.js';

/** What can be done to a version. */
export type VersionChange = 'enable' | 'disable' | 'destroy';

export class SecretVersions {
  constructor(
    private readonly store: Store,
    private readonly secrets: Pick<Secrets, 'row'>,
  ) {}

  /**
   * Adds a version, which is enabled and the latest from then on.
   * @param clientChecksum whether the caller sent a checksum, which has been compared
   * @throws GoogleError NOT_FOUND
   */
  add(id: SecretId, payload: Uint8Array, clientChecksum: boolean, time: Date): Promise<SecretVersion> {
    return untilCommitted(async () => {
      const row = await this.#secret(id, time);
      const number = row.value.lastVersion + 1;
      const version: SecretVersion = {
        number,
        state: 'ENABLED',
        createTime: time.toISOString(),
        etag: nextEtag(time),
        clientChecksum,
      };
      const stored: PayloadRow = { base64: Buffer.from(payload).toString('base64') };
      await this.store.commit([
        {
          op: 'put',
          key: keys.secret(id),
          value: { ...row.value, lastVersion: number },
          ifVersion: row.version,
        },
        { op: 'put', key: keys.version(id, number), value: version, ifVersion: 0 },
        { op: 'put', key: keys.payload(id, number), value: stored, ifVersion: 0 },
      ]);
      return version;
    });
  }

  /** In the order of their numbers. @throws GoogleError NOT_FOUND */
  async list(id: SecretId, time: Date): Promise<readonly SecretVersion[]> {
    await this.#secret(id, time);
    const rows = await this.store.list<SecretVersion>(keys.versions(id));
    return rows.map(({ value }) => versionAt(value, time));
  }

  /**
   * @param name a number, an alias, or `latest`: the version that was added last, in whatever state it is
   *   (https://cloud.google.com/secret-manager/docs/access-secret-version)
   * @throws GoogleError NOT_FOUND
   */
  async get(id: SecretId, name: string, time: Date): Promise<SecretVersion> {
    const secret = await this.secrets.row(id, time);
    const number = secret && numberOf(secret.value, name);
    const row = number === undefined ? undefined : await this.#row(id, number);
    if (row) return versionAt(row.value, time);
    throw name === 'latest' ? secretWithoutVersions(id) : versionNotFound(id, name);
  }

  /** The version and its payload. @throws GoogleError NOT_FOUND; FAILED_PRECONDITION unless it is enabled */
  async read(
    id: SecretId,
    name: string,
    time: Date,
  ): Promise<{ readonly version: SecretVersion; readonly payload: Uint8Array }> {
    const version = await this.get(id, name, time);
    if (version.state !== 'ENABLED') throw versionInState(id, version.number, version.state);
    const row = await this.store.get<PayloadRow>(keys.payload(id, version.number));
    // Destroyed between the two reads.
    if (!row) throw versionInState(id, version.number, 'DESTROYED');
    return { version, payload: Buffer.from(row.value.base64, 'base64') };
  }

  /**
   * Enables, disables or destroys a version. Destroying deletes the payload, at once or after the secret's delay;
   * until then enabling or disabling the version calls it off.
   * @param number the version's number: aliases are for reading only
   * @param etag that the version must have; any when empty
   * @throws GoogleError NOT_FOUND; FAILED_PRECONDITION for another etag, or for a version that is destroyed
   */
  change(
    id: SecretId,
    number: number,
    change: VersionChange,
    etag: string,
    time: Date,
  ): Promise<SecretVersion> {
    return untilCommitted(async () => {
      const secret = await this.secrets.row(id, time);
      const row = secret && (await this.#row(id, number));
      if (!secret || !row) throw versionNotFound(id, number);
      const before = versionAt(row.value, time);
      if (etag !== '' && etag !== before.etag) throw etagMismatch(versionPath(id, number));
      if (before.state === 'DESTROYED') throw versionInState(id, number, before.state);
      const after = changed(before, change, secret.value, time);
      const writes: Write[] = [
        { op: 'put', key: keys.version(id, number), value: after, ifVersion: row.version },
      ];
      if (after.state === 'DESTROYED') writes.push({ op: 'delete', key: keys.payload(id, number) });
      await this.store.commit(writes);
      return after;
    });
  }

  async #secret(id: SecretId, time: Date): Promise<Row<Secret>> {
    const row = await this.secrets.row(id, time);
    if (!row) throw secretNotFound(id);
    return row;
  }

  #row(id: SecretId, number: number): Promise<Row<SecretVersion> | undefined> {
    return this.store.get<SecretVersion>(keys.version(id, number));
  }
}

function numberOf(secret: Secret, name: string): number | undefined {
  if (name === 'latest') return secret.lastVersion === 0 ? undefined : secret.lastVersion;
  if (/^[1-9]\d{0,9}$/.test(name)) return Number(name);
  return Object.hasOwn(secret.versionAliases, name) ? secret.versionAliases[name] : undefined;
}

function changed(
  version: SecretVersion,
  change: VersionChange,
  { versionDestroyTtl }: Secret,
  time: Date,
): SecretVersion {
  const { scheduledDestroyTime: _, ...rest } = version;
  const next = { ...rest, etag: nextEtag(time, version.etag) };
  if (change === 'enable') return { ...next, state: 'ENABLED' };
  if (change === 'disable') return { ...next, state: 'DISABLED' };
  if (versionDestroyTtl === undefined)
    return { ...next, state: 'DESTROYED', destroyTime: time.toISOString() };
  const due = new Date(time.getTime() + versionDestroyTtl * 1000);
  return { ...next, state: 'DISABLED', scheduledDestroyTime: due.toISOString() };
}
