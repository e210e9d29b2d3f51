import { describe, expect, it } from 'vitest';
import { Slots } from './slots.js';
import { elapsed } from './texts.js';

describe('elapsed time', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [38_229, '38.22s'],
    [63_600, '1m3.6s'],
    [169_010, '2m49.01s'],
    [3_600_000, '1h0m0s'],
  ])('of %i ms is spelt %s', (ms, text) => {
    expect(elapsed(ms)).toBe(text);
  });
});

describe('slots', () => {
  it('are given out in the order in which they were asked for', async () => {
    const slots = new Slots(1);
    const never = new AbortController().signal;
    const first = await slots.acquire(never);
    const order: number[] = [];
    const rest = [2, 3].map(async (number) => {
      const release = await slots.acquire(never);
      order.push(number);
      release?.();
    });
    first?.();
    first?.();
    await Promise.all(rest);
    expect(order).toEqual([2, 3]);
  });

  it('are not kept for whoever has given up', async () => {
    const slots = new Slots(1);
    const first = await slots.acquire(new AbortController().signal);
    const impatient = new AbortController();
    const given = slots.acquire(impatient.signal);
    impatient.abort();
    expect(await given).toBeUndefined();
    first?.();
    expect(await slots.acquire(new AbortController().signal)).toBeTypeOf('function');
    expect(await slots.acquire(impatient.signal)).toBeUndefined();
  });
});
