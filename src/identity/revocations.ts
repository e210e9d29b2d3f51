/** Tokens ended before their time. Few, and asked for on every call: all of them stay in memory. */
import type { Store } from '../store/index.js';

const PREFIX = 'revoked-tokens/';

export interface Revocations {
  has(id: string): boolean;
  /** Durable when the promise resolves. */
  add(id: string): Promise<void>;
}

export async function openRevocations(store: Store): Promise<Revocations> {
  const ids = new Set<string>();
  store.watch(PREFIX, (changes) => {
    for (const { key, value } of changes) {
      const id = key.slice(PREFIX.length);
      if (value === undefined) ids.delete(id);
      else ids.add(id);
    }
  });
  for (const { key } of await store.list(PREFIX)) ids.add(key.slice(PREFIX.length));
  return {
    has: (id) => ids.has(id),
    async add(id) {
      await store.commit([{ op: 'put', key: PREFIX + id, value: true }]);
      ids.add(id);
    },
  };
}
