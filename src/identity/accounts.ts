/** Service accounts as rows of the store, with a copy in memory of those that were asked for. */
import { newEtag, newUniqueId } from '../names/index.js';
import type { Store } from '../store/index.js';
import type { Account, Accounts } from './types.js';

const PREFIX = 'accounts/';
const keyOf = (email: string) => `${PREFIX}${email.toLowerCase()}`;

/** Opens the accounts of a store. Reads are cached; the store's watch drops what changed. */
export function openAccounts(store: Store): Accounts {
  const known = new Map<string, Account | undefined>();
  // A read that began before a change must not be remembered after it.
  let changes = 0;
  store.watch(PREFIX, (changed) => {
    changes += 1;
    for (const { key } of changed) known.delete(key);
  });

  async function get(email: string): Promise<Account | undefined> {
    const key = keyOf(email);
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const before = changes;
    const row = await store.get<Account>(key);
    if (row && before === changes) known.set(key, row.value);
    return row?.value;
  }

  return {
    get,
    async list(project) {
      const rows = await store.list<Account>(PREFIX);
      return rows
        .map((row) => row.value)
        .filter((account) => account.project === project && account.kind !== 'agent');
    },
    creation(template, time) {
      const account: Account = {
        ...template,
        email: template.email.toLowerCase(),
        uniqueId: newUniqueId(),
        createTime: time.toISOString(),
        etag: newEtag(),
      };
      return { account, write: { op: 'put', key: keyOf(account.email), value: account, ifVersion: 0 } };
    },
    async update(email, change) {
      const row = await store.get<Account>(keyOf(email));
      if (!row) return undefined;
      const { uniqueId, createTime } = row.value;
      const account = { ...change(row.value), email: row.value.email, uniqueId, createTime, etag: newEtag() };
      await store.commit([{ op: 'put', key: row.key, value: account, ifVersion: row.version }]);
      return account;
    },
    async remove(email) {
      const row = await store.get(keyOf(email));
      if (!row) return false;
      await store.commit([{ op: 'delete', key: row.key, ifVersion: row.version }]);
      return true;
    },
  };
}
