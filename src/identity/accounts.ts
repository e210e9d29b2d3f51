/** Service accounts as rows of the store, with a copy in memory of those that were asked for. */
import { newEtag, newUniqueId } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import type { Account, Accounts } from './types.js';

const PREFIX = 'accounts/';
const DELETED = 'deleted-accounts/';
const keyOf = (email: string) => `${PREFIX}${email.toLowerCase()}`;

/** "You can restore a service account within 30 days" (https://cloud.google.com/iam/docs/service-accounts-delete-undelete). */
const RESTORABLE_MS = 30 * 24 * 60 * 60 * 1000;

/** What is kept of a deleted account, so that it can come back as the one that it was. */
interface DeletedAccount {
  readonly account: Account;
  readonly deleteTime: string;
}

/** Opens the accounts of a store. Reads are cached; the store's watch drops what changed. */
export function openAccounts(store: Store, clock: () => Date): Accounts {
  const known = new Map<string, Account | undefined>();
  /** Addresses by unique id, of all accounts; put together at the first question and dropped with any change. */
  let addresses: Promise<ReadonlyMap<string, string>> | undefined;
  // A read that began before a change must not be remembered after it.
  let changes = 0;
  store.watch(PREFIX, (changed) => {
    changes += 1;
    addresses = undefined;
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

  async function readAddresses(): Promise<ReadonlyMap<string, string>> {
    const rows = await store.list<Account>(PREFIX);
    return new Map(rows.map(({ value }) => [value.uniqueId, value.email]));
  }

  async function deletion(email: string, time: Date): Promise<Write[] | undefined> {
    const row = await store.get<Account>(keyOf(email));
    if (!row) return undefined;
    const deleted: DeletedAccount = { account: row.value, deleteTime: time.toISOString() };
    return [
      { op: 'delete', key: row.key, ifVersion: row.version },
      { op: 'put', key: DELETED + row.value.uniqueId, value: deleted },
    ];
  }

  return {
    get,
    async byUniqueId(uniqueId) {
      addresses ??= readAddresses().catch((error: unknown) => {
        addresses = undefined;
        throw error;
      });
      const email = (await addresses).get(uniqueId);
      const account = email === undefined ? undefined : await get(email);
      return account?.uniqueId === uniqueId ? account : undefined;
    },
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
    deletion,
    async remove(email) {
      const writes = await deletion(email, clock());
      if (!writes) return false;
      await store.commit(writes);
      return true;
    },
    async deleted(uniqueId) {
      const row = await store.get<DeletedAccount>(DELETED + uniqueId);
      return row && isRestorable(row.value, clock()) ? row.value.account : undefined;
    },
    restoration: (account) => [
      { op: 'put', key: keyOf(account.email), value: account, ifVersion: 0 },
      { op: 'delete', key: DELETED + account.uniqueId },
    ],
    async sweep(forget) {
      const rows = await store.list<DeletedAccount>(DELETED);
      for (const { key, value } of rows.filter((row) => !isRestorable(row.value, clock()))) {
        // Cut off in between, the account is still there to be swept again.
        await forget(value.account);
        await store.commit([{ op: 'delete', key }]);
      }
    },
  };
}

function isRestorable({ deleteTime }: DeletedAccount, time: Date): boolean {
  return time.getTime() - new Date(deleteTime).getTime() < RESTORABLE_MS;
}
