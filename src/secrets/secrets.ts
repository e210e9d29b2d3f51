/** Secrets themselves: created, changed, deleted, cleared away when their time is over. */
import type { AccessControl } from '../access/index.js';
import { secretName } from '../names/index.js';
import { type Row, type Store, VersionConflict, type Write } from '../store/index.js';
import { nextEtag, untilCommitted } from './commits.js';
import { etagMismatch, secretExists, secretNotFound } from './errors.js';
import { hasExpired } from './expiry.js';
import {
  keys,
  type Replication,
  type Secret,
  type SecretId,
  type SecretSettings,
  secretPath,
} from './model.js';

export class Secrets {
  constructor(
    private readonly store: Store,
    private readonly access: Pick<AccessControl, 'removals'>,
  ) {}

  /** The secret's row; undefined when there is none, or not any more. */
  async row(id: Pick<SecretId, 'project' | 'secret'>, time: Date): Promise<Row<Secret> | undefined> {
    const row = await this.store.get<Secret>(keys.secret(id));
    return row && !hasExpired(row.value, time) ? row : undefined;
  }

  /** @throws GoogleError NOT_FOUND */
  async get(id: SecretId, time: Date): Promise<Secret> {
    const row = await this.row(id, time);
    if (!row) throw secretNotFound(id);
    return row.value;
  }

  /** In the order of their ids. @param project its id */
  async list(project: string, time: Date): Promise<readonly Secret[]> {
    const rows = await this.store.list<Secret>(keys.inProject(project));
    return rows.map(({ value }) => value).filter((secret) => !hasExpired(secret, time));
  }

  /** @throws GoogleError ALREADY_EXISTS */
  create(id: SecretId, replication: Replication, settings: SecretSettings, time: Date): Promise<Secret> {
    return untilCommitted(async () => {
      const key = keys.secret(id);
      const left = await this.store.get<Secret>(key);
      if (left && !hasExpired(left.value, time)) throw secretExists(id);
      if (left) await this.#clear(id, left);
      const secret: Secret = {
        secret: id.secret,
        replication,
        ...settings,
        createTime: time.toISOString(),
        etag: nextEtag(time),
        lastVersion: 0,
      };
      await this.store.commit([{ op: 'put', key, value: secret, ifVersion: 0 }]);
      return secret;
    });
  }

  /**
   * Changes what callers decide about a secret.
   * @param etag that the secret must have; any when empty
   * @param change called again when somebody else changes the secret meanwhile
   * @throws GoogleError NOT_FOUND; FAILED_PRECONDITION for another etag; what `change` throws
   */
  update(
    id: SecretId,
    etag: string,
    change: (secret: Secret) => SecretSettings,
    time: Date,
  ): Promise<Secret> {
    return untilCommitted(async () => {
      const row = await this.#current(id, etag, time);
      const { secret, replication, createTime, lastVersion, etag: before } = row.value;
      const settings = change(row.value);
      const after: Secret = {
        secret,
        replication,
        ...settings,
        createTime,
        lastVersion,
        etag: nextEtag(time, before),
      };
      await this.store.commit([{ op: 'put', key: keys.secret(id), value: after, ifVersion: row.version }]);
      return after;
    });
  }

  /**
   * Deletes a secret with its versions, payloads and policy; nothing of it can be restored.
   * @param etag that the secret must have; any when empty
   * @throws GoogleError NOT_FOUND; FAILED_PRECONDITION for another etag
   */
  remove(id: SecretId, etag: string, time: Date): Promise<void> {
    return untilCommitted(async () => this.#clear(id, await this.#current(id, etag, time)));
  }

  /** Deletes what has expired. */
  async sweep(time: Date): Promise<void> {
    for (const row of await this.store.list<Secret>(keys.all)) {
      if (!hasExpired(row.value, time)) continue;
      const [project = '', secret = ''] = row.key.slice(keys.all.length).split('/');
      try {
        await this.#clear({ project, secret }, row);
      } catch (error) {
        // Somebody gave it more time, or deleted it.
        if (!(error instanceof VersionConflict)) throw error;
      }
    }
  }

  async #current(id: SecretId, etag: string, time: Date): Promise<Row<Secret>> {
    const row = await this.row(id, time);
    if (!row) throw secretNotFound(id);
    if (etag !== '' && etag !== row.value.etag) throw etagMismatch(secretPath(id));
    return row;
  }

  /** All rows of a secret at once: a version that is added meanwhile changes the secret's row, and this fails. */
  async #clear(id: Pick<SecretId, 'project' | 'secret'>, row: Row<Secret>): Promise<void> {
    const below = [keys.versions(id), keys.payloads(id)];
    const rows = (await Promise.all(below.map((prefix) => this.store.list(prefix)))).flat();
    const writes: Write[] = rows.map(({ key }) => ({ op: 'delete', key }));
    writes.push({ op: 'delete', key: keys.secret(id), ifVersion: row.version });
    writes.push(...this.access.removals(secretName(id.project, id.secret)));
    await this.store.commit(writes);
  }
}
