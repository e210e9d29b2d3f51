/** What is deleted stays listed, on request, until it expires. */
import type { Store, Write } from '../store/index.js';
import type { Deletion } from './model.js';

/** "expireTime: For a deleted resource, the time after which it will be permanently deleted": 30 days in answers. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

export function deletionAt(time: Date): Deletion {
  return {
    deleteTime: time.toISOString(),
    expireTime: new Date(time.getTime() + KEPT_MS).toISOString(),
  };
}

/** True once what was deleted is no longer listed. */
export function hasExpired({ expireTime }: Deletion, time: Date): boolean {
  return Date.parse(expireTime) <= time.getTime();
}

interface Deleted {
  readonly deletion?: Deletion;
}

/** What was deleted and has not expired yet, in the order of the keys that begin with the prefix. */
export async function listDeleted<T extends Deleted>(store: Store, prefix: string, time: Date): Promise<T[]> {
  const rows = await store.list<T>(prefix);
  return rows
    .map(({ value }) => value)
    .filter(({ deletion }) => deletion !== undefined && !hasExpired(deletion, time));
}

/** Forgets what was deleted too long ago, under any of the prefixes. */
export async function forgetExpired(
  store: Store,
  prefixes: readonly string[],
  time: Date,
): Promise<Write[]> {
  const writes: Write[] = [];
  for (const prefix of prefixes) {
    for (const { key, value } of await store.list<Deleted>(prefix)) {
      if (value.deletion !== undefined && hasExpired(value.deletion, time)) writes.push({ op: 'delete', key });
    }
  }
  return writes;
}
