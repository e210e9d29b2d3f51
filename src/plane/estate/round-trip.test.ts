import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estateText } from './format.js';
import { decidingState, estates, testEstate } from './testing-estates.js';

const RUNS = { numRuns: 12 };
/** Milliseconds; each run builds several planes. */
const LONG = 60_000;

describe('export', () => {
  it(
    'writes what changes nothing when it is applied again, also as the whole truth',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          estates,
          fc.constantFrom('yaml' as const, 'json' as const),
          async (estate, format) => {
            const plane = testEstate();
            await plane.apply(estate);
            const text = await estateText(await plane.exported(), format);
            const before = await decidingState(plane.store);
            expect((await plane.apply(text)).changes).toEqual([]);
            expect((await plane.apply(text, { exact: true })).changes).toEqual([]);
            expect(await decidingState(plane.store)).toEqual(before);
          },
        ),
        RUNS,
      );
    },
    LONG,
  );

  it(
    'writes what makes an empty plane the same',
    async () => {
      await fc.assert(
        fc.asyncProperty(estates, fc.boolean(), async (estate, exact) => {
          const [one, other] = [testEstate(), testEstate()];
          await one.apply(estate);
          const exported = await one.exported();
          await other.apply(exported, { exact });
          expect(await decidingState(other.store)).toEqual(await decidingState(one.store));
          expect(await other.exported()).toEqual(exported);
        }),
        RUNS,
      );
    },
    LONG,
  );
});

describe('an exact estate', () => {
  it(
    'makes any plane what it makes of an empty one',
    async () => {
      await fc.assert(
        fc.asyncProperty(estates, estates, async (first, second) => {
          const [one, other] = [testEstate(), testEstate()];
          await one.apply(first);
          await one.apply(second, { exact: true });
          await other.apply(second);
          expect(await decidingState(one.store)).toEqual(await decidingState(other.store));
        }),
        RUNS,
      );
    },
    LONG,
  );
});
