import { describe, expect, it } from 'vitest';
import { parseDelay, parseSeed } from './delay.js';

describe('--propagation-delay', () => {
  it.each([
    ['0s', 0, 0],
    ['90s', 90_000, 90_000],
    ['2m', 120_000, 120_000],
    ['1.5m', 90_000, 90_000],
    ['250ms', 250, 250],
    ['5s-7m', 5000, 420_000],
    ['0s-1h', 0, 3_600_000],
  ])('reads %s', (text, minMs, maxMs) => {
    expect(parseDelay(text)).toEqual({ minMs, maxMs });
  });

  it.each(['', '90', 's', '-5s', '5s-', '7m-5s', '5s-6s-7s', '1d', '5 s', '1e3s', '9999h', 'Infinitys'])(
    'refuses %j',
    (text) => {
      expect(parseDelay(text)).toBeUndefined();
    },
  );

  it('takes whole numbers as seeds', () => {
    expect(parseSeed('42')).toBe(42);
    expect(['', '-1', '1.5', 'x'].map(parseSeed)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
