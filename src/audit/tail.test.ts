import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqlite, type Store } from '../store/index.js';
import { logName } from './keys.js';
import { openLog } from './log.js';
import { openTail, type TailLimits } from './tail.js';
import type { Log, LogCatalogue, NewLogEntry, Tail, TailQuestion } from './types.js';

const now = new Date('2025-01-10T12:00:00Z');
let store: Store;
let log: Log & LogCatalogue;
let tails: Tail[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  store = openSqlite(':memory:');
  log = openLog(store);
  tails = [];
});
afterEach(async () => {
  for (const tail of tails) tail.close();
  vi.useRealTimers();
  await store.close();
});

const line = (textPayload: string, seconds = 0, more: Partial<NewLogEntry> = {}): NewLogEntry => ({
  logName: logName('a', 'run.googleapis.com/stdout'),
  resource: { type: 'cloud_run_revision', labels: { service_name: 'web' } },
  severity: 'DEFAULT',
  textPayload,
  timestamp: new Date(now.getTime() + seconds * 1000).toISOString(),
  ...more,
});
const write = (...lines: NewLogEntry[]) => log.write('a', lines, now);
function tailing(question: Partial<TailQuestion> = {}, limits: TailLimits = {}): Tail {
  const tail = openTail(store, limits);
  tails.push(tail);
  tail.ask({ projects: ['a'], filter: '', bufferWindowMs: 2000, ...question });
  return tail;
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const texts = async (tail: Tail) => (await tail.next())?.entries.map(({ textPayload }) => textPayload);

describe('a tail', () => {
  it('gives what is written after it was asked, however it is written', async () => {
    await write(line('before'));
    const tail = tailing();
    await write(line('written'));
    await store.commit(log.writes('a', [line('committed', 1)], now));
    log.append('a', line('appended', 2), now);
    await log.flush();
    await pass(2000);
    expect(await texts(tail)).toEqual(['written', 'committed', 'appended']);
  });

  it('holds entries for its window, in which late ones come in their place', async () => {
    const tail = tailing();
    await write(line('third', 3));
    await pass(1500);
    await write(line('first', 1), line('fourth', 4));
    await pass(499);
    let given: unknown;
    const next = texts(tail).then((batch) => {
      given = batch;
    });
    await pass(0);
    expect(given).toBeUndefined();
    await pass(1);
    await next;
    expect(given).toEqual(['first', 'third']);
    await pass(1500);
    expect(await texts(tail)).toEqual(['fourth']);
  });

  it('holds nothing without a window', async () => {
    const tail = tailing({ bufferWindowMs: 0 });
    const next = texts(tail);
    await write(line('at once'));
    expect(await next).toEqual(['at once']);
  });

  it('gives what matches its filter, of its projects', async () => {
    const tail = tailing({ bufferWindowMs: 0, filter: 'severity>=ERROR', projects: ['a', 'b'] });
    await write(line('fine'), line('bad', 1, { severity: 'ERROR' }));
    await log.write('b', [line('worse', 2, { severity: 'CRITICAL' })], now);
    await log.write('c', [line('elsewhere', 3, { severity: 'CRITICAL' })], now);
    expect(await texts(tail)).toEqual(['bad', 'worse']);
  });

  it('is asked anew while it is open; a filter that is wrong changes nothing', async () => {
    const tail = tailing({ bufferWindowMs: 0, filter: '"one"' });
    expect(() => tail.ask({ projects: ['a'], filter: 'a=(', bufferWindowMs: 0 })).toThrow(
      'Unparseable filter',
    );
    await write(line('one'), line('two'));
    expect(await texts(tail)).toEqual(['one']);
    tail.ask({ projects: ['a'], filter: '"two"', bufferWindowMs: 0 });
    await write(line('one', 1), line('two', 1));
    expect(await texts(tail)).toEqual(['two']);
  });

  it('that is closed ends for whoever waits, and watches no more', async () => {
    const tail = tailing();
    const next = tail.next();
    await pass(0);
    tail.close();
    expect(await next).toBeUndefined();
    await write(line('x'));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what is too much', () => {
  it('for a minute is counted', async () => {
    const tail = tailing({ bufferWindowMs: 0 }, { perMinute: 3 });
    await write(...['a', 'b', 'c', 'd', 'e'].map((text, at) => line(text, at)));
    expect(await tail.next()).toMatchObject({
      entries: [{ textPayload: 'a' }, { textPayload: 'b' }, { textPayload: 'c' }],
      suppressed: [{ reason: 'RATE_LIMIT', count: 2 }],
    });
    await pass(60_000);
    await write(line('f', 9));
    expect(await texts(tail)).toEqual(['f']);
  });

  it('for its reader is counted, and told when nothing else is', async () => {
    const tail = tailing({ bufferWindowMs: 0 }, { waiting: 1000 });
    await write(line('x'.repeat(600)), line('y'.repeat(600), 1));
    expect(await tail.next()).toMatchObject({
      entries: [{}],
      suppressed: [{ reason: 'NOT_CONSUMED', count: 1 }],
    });
    await write(line('z'.repeat(2000), 2));
    const next = tail.next();
    await pass(1000);
    expect(await next).toEqual({ entries: [], suppressed: [{ reason: 'NOT_CONSUMED', count: 1 }] });
  });

  it('for one answer comes in several, in order', async () => {
    const tail = tailing({ bufferWindowMs: 0 });
    const all = Array.from({ length: 2500 }, (_, n) => line(`${n}`, n));
    await write(...all);
    const batches = [await texts(tail), await texts(tail), await texts(tail)];
    expect(batches.map((batch) => batch?.length)).toEqual([1000, 1000, 500]);
    expect(batches.flat()).toEqual(all.map(({ textPayload }) => textPayload));
  });
});
