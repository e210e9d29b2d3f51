/** The order of lists, as keys that sort so, and how much of one is answered at once. */
import type { WrittenRecord } from '../../deployments/index.js';

/** How many are on a page where the client does not say, and at most. */
export const PAGES = { default: 100, max: 1000 } as const;

/** Services, jobs and worker pools by location and name; deleted ones of a name after the one there is. */
export function nameOrder({ location, name, deletion, uid }: WrittenRecord<unknown>): string {
  return `${location} ${name} ${deletion?.deleteTime ?? ''} ${uid}`;
}

/** Counts down, in digits enough for any time in milliseconds. */
const descending = (value: number) => String(8_000_000_000_000_000 - value).padStart(16, '0');

interface Made {
  readonly createTime: string;
  readonly name: string;
  readonly uid: string;
  /** The owner's generation that it was made by, which tells apart what was made at the same time. */
  readonly generation?: number;
}

/** Revisions and executions with the newest first. */
export function newestFirst({ createTime, generation = 0, name, uid }: Made): string {
  return `${descending(Date.parse(createTime))} ${descending(generation)} ${name} ${uid}`;
}

/** @param key gives a key that differs between any two of the items */
export function sortedBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
