/**
 * A copy of the plane's rows to try changes on. The same code that answers API calls works on the copy; what it
 * changed is then committed to the plane in one transaction, or shown and thrown away.
 */
import { isDeepStrictEqual } from 'node:util';
import { openSqlite, type Store, type Write } from '../../store/index.js';

/** A row that is other in the copy than in the plane. `before` or `after` is undefined where there was none. */
export interface RowChange {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
  /** The row's version in the plane; 0 for a new one. */
  readonly version: number;
}

export interface Scratch {
  readonly store: Store;
  /** A row as it is in the plane; undefined when it has none. */
  original(key: string): unknown;
  /** What is different now, by key. */
  changes(): Promise<readonly RowChange[]>;
  close(): Promise<void>;
}

/** @param prefixes of the rows that are copied */
export async function openScratch(plane: Pick<Store, 'list'>, prefixes: readonly string[]): Promise<Scratch> {
  const rows = (await Promise.all(prefixes.map((prefix) => plane.list(prefix)))).flat();
  const originals = new Map(rows.map((row) => [row.key, row]));
  const store = openSqlite(':memory:');
  await store.commit(rows.map(({ key, value }): Write => ({ op: 'put', key, value })));
  return {
    store,
    original: (key) => originals.get(key)?.value,
    async changes() {
      const now = new Map((await store.list('')).map(({ key, value }) => [key, value]));
      const keys = [...new Set([...originals.keys(), ...now.keys()])].sort();
      return keys.flatMap((key): RowChange[] => {
        const row = originals.get(key);
        const after = now.get(key);
        if (isDeepStrictEqual(row?.value, after)) return [];
        return [{ key, before: row?.value, after, version: row?.version ?? 0 }];
      });
    },
    close: () => store.close(),
  };
}

/** An empty one. */
export const emptyScratch = (): Promise<Scratch> => openScratch({ list: async () => [] }, []);

/** The writes that bring the plane to where the copy is; they fail when a row has changed there meanwhile. */
export function writesOf(changes: readonly RowChange[]): Write[] {
  return changes.map(({ key, after, version }) =>
    after === undefined
      ? { op: 'delete', key, ifVersion: version }
      : { op: 'put', key, value: after, ifVersion: version },
  );
}
