import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqlite } from './sqlite.js';
import { type Change, type Store, VersionConflict } from './store.js';

let store: Store;
beforeEach(() => {
  store = openSqlite(':memory:');
});
afterEach(() => store.close());

const put = (key: string, value: unknown = key, ifVersion?: number) =>
  ifVersion === undefined
    ? ({ op: 'put', key, value } as const)
    : ({ op: 'put', key, value, ifVersion } as const);
const keys = async (prefix: string, options = {}): Promise<string[]> =>
  (await store.list(prefix, options)).map((row) => row.key);

describe('commit', () => {
  it('gives every row of a commit one version, greater than all before', async () => {
    const first = await store.commit([put('a'), put('b')]);
    const second = await store.commit([put('b', 2)]);
    expect(second).toBeGreaterThan(first);
    expect(await store.get('a')).toEqual({ key: 'a', version: first, value: 'a' });
    expect(await store.get('b')).toEqual({ key: 'b', version: second, value: 2 });
  });

  it('never gives a version twice, even after the newest row was deleted', async () => {
    const first = await store.commit([put('a')]);
    const gone = await store.commit([{ op: 'delete', key: 'a' }]);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.commit([put('a')])).toBeGreaterThan(gone);
    expect(gone).toBeGreaterThan(first);
  });

  it('writes nothing when one precondition of several does not hold', async () => {
    const version = await store.commit([put('a'), put('b')]);
    await expect(store.commit([put('a', 'new', version), put('b', 'new', version + 5)])).rejects.toEqual(
      new VersionConflict('b', version + 5, version),
    );
    expect(await store.get('a')).toEqual({ key: 'a', version, value: 'a' });
    await expect(store.commit([put('c')])).resolves.toBe(version + 1);
  });

  it('takes version 0 to mean that the key must not exist', async () => {
    await store.commit([put('a', 1, 0)]);
    await expect(store.commit([put('a', 2, 0)])).rejects.toBeInstanceOf(VersionConflict);
    await expect(store.commit([{ op: 'check', key: 'b', ifVersion: 0 }, put('c')])).resolves.toBeGreaterThan(
      0,
    );
  });

  it('refuses a deletion and a check of a row that has changed', async () => {
    const old = await store.commit([put('a')]);
    await store.commit([put('a', 2)]);
    await expect(store.commit([{ op: 'delete', key: 'a', ifVersion: old }])).rejects.toBeInstanceOf(
      VersionConflict,
    );
    await expect(store.commit([put('b'), { op: 'check', key: 'a', ifVersion: old }])).rejects.toBeInstanceOf(
      VersionConflict,
    );
    expect(await store.get('b')).toBeUndefined();
  });

  it('rolls back what a value that is no JSON interrupts', async () => {
    await expect(store.commit([put('a'), put('b', 1n)])).rejects.toThrow();
    expect(await store.get('a')).toBeUndefined();
    await store.commit([put('c')]);
    expect(await keys('')).toEqual(['c']);
  });
});

describe('list', () => {
  beforeEach(() => store.commit(['p', 'p/a', 'p/b', 'p/c', 'o', 'q', 'p0'].map((key) => put(key))));

  it('gives the rows under a prefix in order, the prefix itself among them', async () => {
    expect(await keys('p/')).toEqual(['p/a', 'p/b', 'p/c']);
    expect(await keys('p')).toEqual(['p', 'p/a', 'p/b', 'p/c', 'p0']);
    expect(await keys('')).toEqual(['o', 'p', 'p/a', 'p/b', 'p/c', 'p0', 'q']);
    expect(await keys('x')).toEqual([]);
  });

  it('goes on after a key, up to a limit', async () => {
    expect(await keys('p/', { after: 'p/a' })).toEqual(['p/b', 'p/c']);
    expect(await keys('p/', { after: 'p/a', limit: 1 })).toEqual(['p/b']);
    expect(await keys('p/', { after: 'p/aa' })).toEqual(['p/b', 'p/c']);
    expect(await keys('p/', { limit: 0 })).toEqual([]);
  });

  it('goes backwards', async () => {
    expect(await keys('p', { reverse: true })).toEqual(['p0', 'p/c', 'p/b', 'p/a', 'p']);
    expect(await keys('p/', { reverse: true, after: 'p/c' })).toEqual(['p/b', 'p/a']);
    expect(await keys('p/', { reverse: true, limit: 2 })).toEqual(['p/c', 'p/b']);
  });

  it('stays within the prefix when the key to go on after lies outside of it', async () => {
    expect(await keys('p/', { after: 'a', limit: 2 })).toEqual(['p/a', 'p/b']);
    expect(await keys('p/', { after: 'z', limit: 2 })).toEqual([]);
    expect(await keys('p/', { after: 'z', limit: 2, reverse: true })).toEqual(['p/c', 'p/b']);
  });

  it('counts no rows of another prefix against the limit, whatever characters stand before it', async () => {
    await store.commit([put('x\u{10000}'), put('y'), put('y1'), put('x\uffff')]);
    expect(await keys('y', { limit: 2 })).toEqual(['y', 'y1']);
  });

  it('lists exactly the keys with the prefix, in byte order, for any keys', async () => {
    const key = fc.string({
      unit: fc.constantFrom('a', 'b', '/', 'é', '日', '\ue000', '😀'),
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key),
        key,
        fc.option(key),
        fc.boolean(),
        async (all, prefix, after, reverse) => {
          const fresh = openSqlite(':memory:');
          await fresh.commit(all.map((k) => put(k)));
          const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
          const wanted = all
            .filter((k) => k.startsWith(prefix))
            .filter((k) => after === null || (reverse ? order(k, after) < 0 : order(k, after) > 0))
            .sort(order);
          if (reverse) wanted.reverse();
          const rows = await fresh.list(prefix, { reverse, ...(after === null ? {} : { after }) });
          await fresh.close();
          expect(rows.map((row) => row.key)).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives objects that the caller may change', async () => {
    await store.commit([put('v', { list: [1] })]);
    const row = await store.get<{ list: number[] }>('v');
    row?.value.list.push(2);
    expect((await store.get('v'))?.value).toEqual({ list: [1] });
  });
});

describe('watch', () => {
  it('tells the changes under the prefix, in the order of the commits and within them', async () => {
    const seen: Change[][] = [];
    store.watch('p/', (changes) => seen.push([...changes]));
    const one = await store.commit([put('p/b', 1), put('q', 1), put('p/a', 2)]);
    await store.commit([put('q', 2)]);
    const two = await store.commit([{ op: 'delete', key: 'p/b' }]);
    expect(seen).toEqual([
      [
        { key: 'p/b', version: one, value: 1 },
        { key: 'p/a', version: one, value: 2 },
      ],
      [{ key: 'p/b', version: two, value: undefined }],
    ]);
  });

  it('says nothing of a commit that failed, and nothing after the watch has stopped', async () => {
    const onChange = vi.fn();
    const stop = store.watch('', onChange);
    await expect(store.commit([put('a'), put('b', 1, 7)])).rejects.toBeInstanceOf(VersionConflict);
    expect(onChange).not.toHaveBeenCalled();
    stop();
    await store.commit([put('a')]);
    expect(onChange).not.toHaveBeenCalled();
  });

  it('tells every watcher in order when one of them commits while it is told', async () => {
    const seen: string[] = [];
    store.watch('first', () => void store.commit([put('second')]));
    store.watch('', (changes) => seen.push(...changes.map((change) => change.key)));
    await store.commit([put('first')]);
    expect(seen).toEqual(['first', 'second']);
  });

  it('does not fail a commit for a watcher that throws, and tells the others', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const other = vi.fn();
    store.watch('', () => {
      throw new Error('watcher is broken');
    });
    store.watch('', other);
    await expect(store.commit([put('a')])).resolves.toBeGreaterThan(0);
    expect(other).toHaveBeenCalledOnce();
    expect(warned).toHaveBeenCalledWith(new Error('watcher is broken'));
    warned.mockRestore();
  });

  it('shares no object with the writer', async () => {
    const value = { list: [1] };
    let told: unknown;
    store.watch('', ([change]) => {
      told = change?.value;
    });
    await store.commit([put('a', value)]);
    value.list.push(2);
    expect(told).toEqual({ list: [1] });
  });
});

describe('a store in a file', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sekisho-store-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('has its rows and goes on counting versions when it is opened again', async () => {
    const path = join(dir, 'plane.db');
    const before = openSqlite(path);
    await before.commit([put('a', { n: 1 })]);
    const newest = await before.commit([put('b')]);
    await before.commit([{ op: 'delete', key: 'b' }]);
    await before.close();

    const after = openSqlite(path);
    expect(await after.get('a')).toMatchObject({ value: { n: 1 } });
    expect(await after.list('')).toHaveLength(1);
    expect(await after.commit([put('c')])).toBeGreaterThan(newest + 1);
    await after.close();
  });
});
