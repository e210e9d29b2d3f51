/** The order of lists, as keys that sort so. */
import type { RevisionRecord, ServiceRecord } from '../../deployments/index.js';

/** Services by location and name; deleted ones of a name after the one there is. */
export function serviceOrder({ location, name, deletion, uid }: ServiceRecord): string {
  return `${location} ${name} ${deletion?.deleteTime ?? ''} ${uid}`;
}

/** Counts down, in digits enough for any time in milliseconds. */
const descending = (value: number) => String(8_000_000_000_000_000 - value).padStart(16, '0');

/** Revisions with the newest first. */
export function revisionOrder({ createTime, generation, name, uid }: RevisionRecord): string {
  return `${descending(Date.parse(createTime))} ${descending(generation)} ${name} ${uid}`;
}

/** @param key gives a key that differs between any two of the items */
export function sortedBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
