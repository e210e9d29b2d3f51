/** Changes that decisions go by at once, whatever else of the same rows is still on its way. */
import type { Store, Write } from '../store/index.js';
import { PROPAGATING, type Steps } from './propagation.js';

/**
 * The writes that edit all rows below a prefix, and with each what decisions still go by in its place. A row that
 * changes before they are committed fails the commit.
 * @param edit what a value becomes; undefined where it stays as it is
 * @param except rows that are left alone
 */
export async function editAtOnce<T>(
  store: Pick<Store, 'list'>,
  prefix: string,
  edit: (value: T) => T | undefined,
  except: ReadonlySet<string>,
): Promise<Write[]> {
  const rows = new Map((await store.list<T>(prefix)).map((row) => [row.key, row]));
  const waiting = new Map((await store.list<Steps>(PROPAGATING + prefix)).map((row) => [row.key, row]));
  const keys = new Set([...rows.keys(), ...[...waiting.keys()].map((key) => key.slice(PROPAGATING.length))]);
  return [...keys].flatMap((key): Write[] => {
    if (except.has(key)) return [];
    const row = rows.get(key);
    const steps = waiting.get(PROPAGATING + key);
    const value = row && edit(row.value);
    const before = (steps?.value ?? []).map((step) => ({
      step,
      edited: step.value === null ? undefined : edit(step.value as T),
    }));
    if (value === undefined && before.every(({ edited }) => edited === undefined)) return [];
    const ifVersion = row?.version ?? 0;
    return [
      value === undefined ? { op: 'check', key, ifVersion } : { op: 'put', key, value, ifVersion },
      steps
        ? {
            op: 'put',
            key: PROPAGATING + key,
            value: before.map(({ step, edited }) => ({ ...step, value: edited ?? step.value })),
            ifVersion: steps.version,
          }
        : { op: 'delete', key: PROPAGATING + key, ifVersion: 0 },
    ];
  });
}
