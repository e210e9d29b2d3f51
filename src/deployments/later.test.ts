import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Later } from './later.js';

describe('what failed', () => {
  let later: Later;
  let calls: number;
  const call = () => {
    calls += 1;
  };
  beforeEach(() => {
    vi.useFakeTimers();
    later = new Later();
    calls = 0;
  });
  afterEach(() => {
    later.close();
    vi.useRealTimers();
  });

  /** Milliseconds until the next call. */
  const untilCalled = () => {
    const start = Date.now();
    vi.advanceTimersToNextTimer();
    return Date.now() - start;
  };

  it('is tried again less and less often, but never less than every half minute', () => {
    const waits = Array.from({ length: 9 }, () => {
      later.again('a', call);
      return untilCalled();
    });
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(calls).toBe(9);
  });

  it('is tried soon again after it has worked once', () => {
    later.again('a', call);
    untilCalled();
    later.worked('a');
    later.again('a', call);
    expect(untilCalled()).toBe(500);
  });

  it('waits once, however often it is asked for', () => {
    later.again('a', call);
    later.again('a', call);
    vi.runAllTimers();
    expect(calls).toBe(1);
  });

  it('is not tried any more once all is closed', () => {
    later.again('a', call);
    later.close();
    vi.runAllTimers();
    expect(calls).toBe(0);
  });
});
