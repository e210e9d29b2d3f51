import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqlite, type Store } from '../store/index.js';
import { logName } from './keys.js';
import { openLog } from './log.js';
import type { Log, LogCatalogue, LogEntry, LogQuery, NewLogEntry } from './types.js';

const now = new Date('2025-01-10T12:00:00Z');
let store: Store;
let log: Log & LogCatalogue;
beforeEach(() => {
  store = openSqlite(':memory:');
  log = openLog(store);
});
afterEach(() => store.close());

const line = (textPayload: string, more: Partial<NewLogEntry> = {}): NewLogEntry => ({
  logName: logName('a', 'run.googleapis.com/stdout'),
  resource: { type: 'cloud_run_revision', labels: { service_name: 'web' } },
  severity: 'DEFAULT',
  textPayload,
  ...more,
});
const query = (more: Partial<LogQuery> = {}) =>
  log.query({ projects: ['a'], filter: '', order: 'asc', pageSize: 1000, now, ...more });
const texts = async (more: Partial<LogQuery> = {}) =>
  (await query(more)).entries.map((entry) => entry.textPayload);
/** Follows the pages to the end. */
async function pages(more: Partial<LogQuery>): Promise<LogEntry[][]> {
  const all: LogEntry[][] = [];
  let pageToken: string | undefined;
  do {
    const page = await query({ ...more, ...(pageToken === undefined ? {} : { pageToken }) });
    all.push(page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return all;
}

describe('writing', () => {
  it('gives entries what they lack: an id and times', async () => {
    await log.write('a', [line('x')], now);
    const { entries } = await query();
    expect(entries).toEqual([
      {
        ...line('x'),
        insertId: expect.stringMatching(/^[a-z0-9]{14}$/),
        timestamp: '2025-01-10T12:00:00Z',
        receiveTimestamp: '2025-01-10T12:00:00.000Z',
      },
    ]);
  });

  it('keeps the order of entries of one instant', async () => {
    const lines = Array.from({ length: 300 }, (_, n) => `line ${n}`);
    await log.write(
      'a',
      lines.slice(0, 100).map((text) => line(text)),
      now,
    );
    for (const text of lines.slice(100)) log.append('a', line(text), now);
    expect(await texts()).toEqual(lines);
    expect(await texts({ order: 'desc' })).toEqual([...lines].reverse());
  });

  it('keeps explicit times, of long ago and to come, and orders by them', async () => {
    const times = ['2030-01-01T00:00:00.000000001Z', '1999-12-31T23:59:59Z', '2025-01-10T12:00:00.25+01:00'];
    await log.write(
      'a',
      times.map((timestamp) => line(timestamp, { timestamp })),
      now,
    );
    const { entries } = await query();
    expect(entries.map((entry) => entry.timestamp)).toEqual([
      '1999-12-31T23:59:59Z',
      '2025-01-10T11:00:00.250Z',
      '2030-01-01T00:00:00.000000001Z',
    ]);
  });

  it('keeps one of the entries alike in log, time and insertId', async () => {
    const twice = line('first', { insertId: 'same', timestamp: '2025-01-01T00:00:00Z' });
    const other = { ...twice, logName: logName('a', 'other'), textPayload: 'of another log' };
    await log.write('a', [twice, { ...twice, textPayload: 'second' }, other], now);
    expect(await texts()).toEqual(['of another log', 'second']);
  });

  it('lets a transaction of the caller carry entries: all or nothing', async () => {
    const writes = log.writes('a', [line('x')], now);
    await expect(store.commit([...writes, { op: 'check', key: 'k', ifVersion: 9 }])).rejects.toThrow();
    expect(await texts()).toEqual([]);
    await store.commit([...writes, { op: 'put', key: 'k', value: 1 }]);
    expect(await texts()).toEqual(['x']);
  });

  it('refuses a time that is none, and writes nothing then', async () => {
    const bad = log.write('a', [line('x'), line('y', { timestamp: 'yesterday' })], now);
    await expect(bad).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    expect(await texts()).toEqual([]);
  });
});

describe('appending', () => {
  it('writes lines in groups: together after a while, at once when many wait', async () => {
    vi.useFakeTimers();
    try {
      const grouped = openLog(store, { flushAfterMs: 50, flushAtLines: 200 });
      const commit = vi.spyOn(store, 'commit');
      for (let n = 0; n < 5; n++) grouped.append('a', line(`${n}`), now);
      expect(commit).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(50);
      expect(commit).toHaveBeenCalledTimes(1);
      for (let n = 0; n < 200; n++) grouped.append(n % 2 === 0 ? 'a' : 'b', line(`${n}`), now);
      await vi.advanceTimersByTimeAsync(0);
      expect(commit).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
    expect(await texts()).toHaveLength(105);
    expect(await texts({ projects: ['b'] })).toHaveLength(100);
  });

  it('has everything on disk when flush resolves', async () => {
    log.append('a', line('x'), now);
    await log.flush();
    expect(await store.list('log/a/')).toHaveLength(1);
  });

  it('keeps lines that could not be written, and writes them in order later', async () => {
    const commit = vi.spyOn(store, 'commit').mockRejectedValueOnce(new Error('disk full'));
    log.append('a', line('1'), now);
    await expect(log.flush()).rejects.toThrow('disk full');
    log.append('a', line('2'), now);
    await log.flush();
    expect(commit).toHaveBeenCalledTimes(2);
    expect(await texts()).toEqual(['1', '2']);
  });

  it('drops the oldest lines when far too many wait, and says how many', async () => {
    log = openLog(store, { maxWaiting: 20 });
    const commit = vi.spyOn(store, 'commit').mockRejectedValueOnce(new Error('disk full'));
    for (let n = 0; n < 30; n++) log.append('a', line(`${n}`), now);
    await expect(log.flush()).rejects.toThrow('disk full');
    commit.mockRestore();
    await log.flush();
    expect(await texts({ filter: 'severity=WARNING' })).toEqual([
      '10 lines of output were lost: the log could not be written.',
    ]);
    expect(await texts({ filter: 'severity=DEFAULT', pageSize: 1 })).toEqual(['10']);
  });

  it('lets a query see what was appended before it', async () => {
    log.append('a', line('x'), now);
    expect(await texts()).toEqual(['x']);
  });
});

describe('querying', () => {
  it('merges projects in order, by pages, each entry once', async () => {
    const all: string[] = [];
    for (const project of ['a', 'b', 'c']) {
      // Every time occurs in all projects, and with the same insertId too.
      const entries = Array.from({ length: 7 }, (_, n) =>
        line(`${n}${project}`, { timestamp: `2025-01-0${n + 1}T00:00:00Z`, insertId: 'i' }),
      );
      all.push(...entries.map((entry) => entry.textPayload ?? ''));
      await log.write(project, entries, now);
    }
    for (const order of ['asc', 'desc'] as const) {
      const wanted = order === 'asc' ? [...all].sort() : [...all].sort().reverse();
      for (const pageSize of [1, 2, 4, 21, 50]) {
        const found = await pages({ projects: ['c', 'a', 'b', 'a'], order, pageSize });
        expect(found.flat().map((entry) => entry.textPayload)).toEqual(wanted);
        expect(found).toHaveLength(Math.ceil(21 / pageSize));
      }
    }
    expect(await texts({ projects: ['b'] })).toHaveLength(7);
    expect(await texts({ projects: ['nobody'] })).toEqual([]);
  });

  it('gives matching entries only, and no token when none follow', async () => {
    await log.write(
      'a',
      Array.from({ length: 10 }, (_, n) => line(n % 2 === 0 ? 'even' : 'odd')),
      now,
    );
    const found = await pages({ filter: 'textPayload=odd', pageSize: 5 });
    expect(found.map((page) => page.length)).toEqual([5]);
    expect((await pages({ filter: 'textPayload=odd', pageSize: 2 })).map((page) => page.length)).toEqual([
      2, 2, 1,
    ]);
  });

  it('goes on where it was when entries are written between the pages', async () => {
    const timed = (n: number) => line(`${n}`, { timestamp: `2025-01-01T00:00:0${n}Z` });
    await log.write('a', [timed(1), timed(2), timed(5)], now);
    const first = await query({ pageSize: 2 });
    await log.write('a', [timed(0), timed(4)], now);
    expect(await texts({ pageToken: first.nextPageToken ?? '' })).toEqual(['4', '5']);
  });

  it('leaves out what the caller may not see, as if it were not there', async () => {
    await log.write('a', [line('1'), line('2'), line('3')], now);
    const page = await query({ pageSize: 2, hide: (entry) => entry.textPayload === '2' });
    expect(page.entries.map((entry) => entry.textPayload)).toEqual(['1', '3']);
    expect(page.nextPageToken).toBeUndefined();
  });

  it('refuses tokens of other questions, and ones that are none', async () => {
    await log.write('a', [line('1'), line('2')], now);
    const { nextPageToken = '' } = await query({ pageSize: 1 });
    for (const more of [{ filter: 'severity=ERROR' }, { order: 'desc' as const }, { projects: ['b'] }]) {
      await expect(query({ pageToken: nextPageToken, ...more })).rejects.toMatchObject({
        status: 'INVALID_ARGUMENT',
      });
    }
    for (const pageToken of [
      '',
      'x',
      Buffer.from('{}').toString('base64url'),
      Buffer.from('[1,2,3]').toString('base64url'),
    ]) {
      await expect(query({ pageToken })).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    }
  });

  it('reads no further than the times that the filter allows', async () => {
    const second = (n: number) => new Date(Date.UTC(2025, 0, 1) + n * 1000).toISOString();
    const entries = Array.from({ length: 10_000 }, (_, n) => line(`n${n}`, { timestamp: second(n) }));
    await log.write('a', entries, now);
    const list = vi.spyOn(store, 'list');
    const filter = `timestamp>="${second(5000)}" AND timestamp<"${second(5003)}" textPayload:n`;
    for (const order of ['asc', 'desc'] as const) {
      const wanted = ['n5000', 'n5001', 'n5002'];
      expect(await texts({ filter, order })).toEqual(order === 'asc' ? wanted : wanted.reverse());
    }
    expect(list.mock.calls).toHaveLength(2);
    expect(await texts({ filter: `timestamp="${second(7)}"` })).toEqual(['n7']);
    expect(await texts({ filter: `NOT timestamp<"${second(9998)}"` })).toEqual(['n9998', 'n9999']);
    expect(await texts({ filter: `timestamp<"${second(1)}" OR timestamp>"${second(9998)}"` })).toEqual([
      'n0',
      'n9999',
    ]);
    expect((await pages({ pageSize: 1000, order: 'desc' })).flat()).toHaveLength(10_000);
  });
});

describe('the catalogue of logs', () => {
  it('names the logs that have entries', async () => {
    await log.write('a', [line('1'), line('2', { logName: logName('a', 'b/c') })], now);
    await log.write('b', [line('1', { logName: logName('b', 'z') })], now);
    expect(await log.logs('a')).toEqual([
      'projects/a/logs/b%2Fc',
      'projects/a/logs/run.googleapis.com%2Fstdout',
    ]);
    expect(await log.logs('none')).toEqual([]);
  });

  it('deletes a log with all its entries and leaves the others; new entries bring it back', async () => {
    const name = logName('a', 'x');
    await log.write(
      'a',
      Array.from({ length: 2500 }, () => line('gone', { logName: name })),
      now,
    );
    await log.write('a', [line('stays')], now);
    expect(await log.deleteLog('a', name)).toBe(true);
    expect(await texts()).toEqual(['stays']);
    expect(await log.logs('a')).toEqual([logName('a', 'run.googleapis.com/stdout')]);
    expect(await log.deleteLog('a', name)).toBe(false);
    await log.write('a', [line('again', { logName: name })], now);
    expect(await log.logs('a')).toContain(name);
  });
});
