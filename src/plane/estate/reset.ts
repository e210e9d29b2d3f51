/** Empties a plane. What makes it this plane stays: its keys, what was revoked, and Google's sample images. */
import type { Log } from '../../audit/index.js';
import type { Account, Identity } from '../../identity/index.js';
import { projectOf, type ResourceName } from '../../names/index.js';
import { PUBLIC_PROJECT, type Registry } from '../../registry/index.js';
import type { Store, Write } from '../../store/index.js';
import { isBelowProject, PREFIX } from './rows.js';

export interface ResetDeps {
  readonly store: Store;
  readonly identity: Pick<Identity, 'accounts' | 'sweepDeletedAccounts'>;
  readonly log: Pick<Log, 'flush'>;
  readonly registry: Pick<Registry, 'collectGarbage'>;
  /** Resolves when the instances of services that are gone have stopped. */
  readonly instancesStopped: () => Promise<void>;
}

/** Keys and revocations: tokens that were good stay good for those who still exist, and no others become so. */
const KEPT = ['identity/', 'registry/', 'revoked-tokens/'];
const LOGS = ['log/', 'log-names/'];
const PAGE = 5000;
/** Long ago: a removed account cannot be restored, and its keys are forgotten at once. */
const LONG_AGO = new Date(0);

/**
 * Removes everything that clients have made, in one transaction but for the logs, which follow. When it resolves,
 * instances have stopped and blobs are gone.
 * @returns how many projects there were
 */
export async function resetPlane(deps: ResetDeps): Promise<{ readonly projects: number }> {
  const { store, identity, log, registry } = deps;
  const projects = await removeRows(deps);
  await deps.instancesStopped();
  // The last words of the instances are in the log by now, and go with it.
  await log.flush();
  for (const prefix of LOGS) {
    for (let rows = await store.list(prefix, { limit: PAGE }); rows.length > 0; ) {
      await store.commit(rows.map(({ key }): Write => ({ op: 'delete', key })));
      rows = await store.list(prefix, { limit: PAGE });
    }
  }
  await identity.sweepDeletedAccounts();
  // Whoever pulled or was about to push: the repositories and revisions they had in mind are gone.
  await registry.collectGarbage(true);
  return { projects };
}

async function removeRows({ store, identity }: ResetDeps): Promise<number> {
  let changed = true;
  const unwatch = store.watch('', (changes) => {
    changed ||= changes.some(({ key }) => !isLog(key));
  });
  try {
    for (;;) {
      changed = false;
      const keys = await keysToRemove(store);
      const accounts = await accountsToRemove(identity, keys);
      // Nobody has written meanwhile, so nothing is overlooked.
      if (changed) continue;
      await store.commit([...keys.map((key): Write => ({ op: 'delete', key })), ...accounts]);
      return keys.filter((key) => key.startsWith(PREFIX.projects)).length;
    }
  } finally {
    unwatch();
  }
}

const isLog = (key: string): boolean => LOGS.some((prefix) => key.startsWith(prefix));

async function keysToRemove(store: Store): Promise<string[]> {
  const number = (await store.get<{ number: string }>(PREFIX.projects + PUBLIC_PROJECT))?.value.number;
  const publicRows = new Set([PREFIX.projects + PUBLIC_PROJECT, `${PREFIX.projectNumbers}${number}`]);
  const keys: string[] = [];
  for (let after: string | undefined; ; ) {
    const rows = await store.list('', { limit: PAGE, ...(after === undefined ? {} : { after }) });
    const last = rows.at(-1);
    if (!last) return keys;
    after = last.key;
    for (const { key } of rows) {
      const stays = KEPT.some((prefix) => key.startsWith(prefix)) || publicRows.has(key) || isPublic(key);
      if (!stays && !isLog(key)) keys.push(key);
    }
  }
}

function isPublic(key: string): boolean {
  return key.startsWith(PREFIX.policies)
    ? projectOf(key.slice(PREFIX.policies.length) as ResourceName) === PUBLIC_PROJECT
    : isBelowProject(key, PUBLIC_PROJECT);
}

/** Accounts go the way of any deleted account, so that whoever keeps something of them lets go of it. */
async function accountsToRemove(
  { accounts }: ResetDeps['identity'],
  keys: readonly string[],
): Promise<Write[]> {
  const writes: Write[] = [];
  for (const key of keys.filter((candidate) => candidate.startsWith(PREFIX.accounts))) {
    const account: Account | undefined = await accounts.get(key.slice(PREFIX.accounts.length));
    if (account) writes.push(...((await accounts.deletion(account.email, LONG_AGO)) ?? []));
  }
  // The rows themselves are deleted already.
  return writes.filter(({ op }) => op === 'put');
}
