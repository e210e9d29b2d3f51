/** Changes of the tree of organizations, folders and projects, one after the other. */
import { aborted } from '../../google/index.js';
import { type Store, VersionConflict, type Write } from '../../store/index.js';

/** The row that every change of the tree writes. */
export const TREE_ROW = 'resource-tree';

/** As many may change the tree at one moment; each round, one of them gets through. */
const ATTEMPTS = 100;

/**
 * Runs a change whose preconditions span several rows: that siblings have other names, that a folder is empty.
 * @param change looks at the tree and commits, with the write it is given in the same transaction. It runs anew when
 *   somebody else has changed the tree since it began.
 * @throws GoogleError ABORTED when others do so all the time
 */
export async function inTree<T>(store: Store, change: (turn: Write) => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const row = await store.get<{ readonly changes: number }>(TREE_ROW);
    const turn: Write = {
      op: 'put',
      key: TREE_ROW,
      value: { changes: (row?.value.changes ?? 0) + 1 },
      ifVersion: row?.version ?? 0,
    };
    try {
      return await change(turn);
    } catch (error) {
      if (!(error instanceof VersionConflict) || error.key !== TREE_ROW) throw error;
    }
  }
  throw aborted('There were concurrent changes to the resource hierarchy. Please retry.');
}
