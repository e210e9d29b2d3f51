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

/** Whether what was deleted is still listed. */
export const unexpired =
  (time: Date) =>
  ({ deletion }: Deleted): boolean =>
    deletion !== undefined && !hasExpired(deletion, time);

/** Forgets what was deleted too long ago; its keys begin with the prefix. */
export async function expired(store: Store, prefix: string, time: Date): Promise<Write[]> {
  const rows = await store.list<Deleted>(prefix);
  return rows
    .filter(({ value }) => value.deletion !== undefined && hasExpired(value.deletion, time))
    .map(({ key }) => ({ op: 'delete', key }));
}
