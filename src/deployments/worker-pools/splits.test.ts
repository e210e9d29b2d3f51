import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut } from './splits.js';

const split = (revisionName: string, percent: number) => ({ revisionName, percent });

describe('sharing instances out', () => {
  it.each([
    [3, [split('a', 50), split('b', 50)], { a: 2, b: 1 }],
    [10, [split('a', 33), split('b', 33), split('c', 34)], { a: 3, b: 3, c: 4 }],
    [1, [split('a', 10), split('b', 90)], { a: 0, b: 1 }],
    [0, [split('a', 100)], { a: 0 }],
    [4, [split('a', 25), split('a', 75)], { a: 4 }],
  ])('gives what is left over to the largest remainders: %i', (instances, splits, expected) => {
    expect(Object.fromEntries(shareOut(instances, splits))).toEqual(expected);
  });

  it('shares out all of them, and nobody is off by a whole instance', () => {
    const percents = fc
      .array(fc.nat(100), { minLength: 0, maxLength: 6 })
      .map((cuts) => [0, ...[...cuts].sort((a, b) => a - b), 100])
      .map((cuts) => cuts.slice(1).map((cut, index) => cut - (cuts[index] ?? 0)));
    fc.assert(
      fc.property(fc.nat(1000), percents, (instances, shares) => {
        const splits = shares.map((percent, index) => split(`r${index}`, percent));
        const counts = shareOut(instances, splits);
        expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(instances);
        for (const { revisionName, percent } of splits) {
          const exact = (instances * percent) / 100;
          expect(Math.abs((counts.get(revisionName) ?? 0) - exact)).toBeLessThan(1);
        }
      }),
    );
  });
});
