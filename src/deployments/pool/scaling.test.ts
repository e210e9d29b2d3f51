import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoutedTarget, ServiceRecord, ServiceScaling } from '../model.js';
import { scalingOf, sharesOf } from './scaling.js';
import { testRevision } from './testing-pool.js';

const target = (revisionName: string, percent: number, tag?: string): RoutedTarget => ({
  revisionName,
  percent,
  latest: false,
  ...(tag === undefined ? {} : { tag }),
});

function scaled(
  scaling: ServiceScaling,
  traffic: readonly RoutedTarget[],
  revision: string,
  { min = 0, max = 100 } = {},
) {
  const service = { spec: { scaling }, traffic } as unknown as ServiceRecord;
  const { template } = testRevision({ minInstances: min, maxInstances: max });
  return scalingOf(service, revision, template);
}

const automatic = (minInstances = 0, maxInstances?: number): ServiceScaling => ({
  kind: 'automatic',
  minInstances,
  ...(maxInstances === undefined ? {} : { maxInstances }),
});

describe('shares', () => {
  it.each([
    [10, [20, 80], [2, 8]],
    [1, [50, 50], [1, 0]],
    [5, [33, 33, 34], [2, 1, 2]],
    [3, [0, 100], [0, 3]],
    [4, [], []],
    [4, [0], [0]],
  ])('of %i by %j are %j', (count, percents, shares) => {
    expect(sharesOf(count, percents)).toEqual(shares);
  });

  it('add up, and none is a whole instance away from its due', () => {
    const percents = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), percents, (count, by) => {
        const total = by.reduce((sum, percent) => sum + percent, 0);
        fc.pre(total > 0);
        const shares = sharesOf(count, by);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(count);
        for (const [index, share] of shares.entries())
          expect(Math.abs(share - (count * (by[index] ?? 0)) / total)).toBeLessThan(1);
      }),
    );
  });
});

describe("a revision's scaling", () => {
  const split = [target('a', 20), target('b', 80)];

  it("is its template's, while it gets requests or has a tag", () => {
    expect(scaled(automatic(), split, 'a', { min: 2, max: 7 })).toEqual({ min: 2, max: 7 });
    expect(scaled(automatic(), [target('a', 0, 'blue')], 'a', { min: 2, max: 7 })).toEqual({
      min: 2,
      max: 7,
    });
    expect(scaled(automatic(), split, 'c', { min: 2, max: 7 })).toEqual({ min: 0, max: 7 });
  });

  it("has its share of the service's minimum, or its own if that is more", () => {
    expect(scaled(automatic(10), split, 'a')).toEqual({ min: 2, max: 100 });
    expect(scaled(automatic(10), split, 'b')).toEqual({ min: 8, max: 100 });
    expect(scaled(automatic(10), split, 'a', { min: 4 })).toEqual({ min: 4, max: 100 });
    expect(scaled(automatic(10), [...split, target('c', 0, 'green')], 'c')).toEqual({ min: 0, max: 100 });
  });

  it("has its share of the service's maximum, and at least one instance", () => {
    expect(scaled(automatic(0, 10), split, 'b')).toEqual({ min: 0, max: 8 });
    expect(scaled(automatic(0, 10), split, 'b', { max: 3 })).toEqual({ min: 0, max: 3 });
    expect(scaled(automatic(0, 1), split, 'a', { min: 2 })).toEqual({ min: 1, max: 1 });
  });

  it('sums up what several targets give it', () => {
    expect(scaled(automatic(10), [...split, target('a', 0, 'blue')], 'a').min).toBe(2);
    expect(scaled(automatic(10), [target('a', 50), target('b', 20), target('a', 30)], 'a').min).toBe(8);
  });

  it('by hand is its share and nothing else', () => {
    const manual = { kind: 'manual', instances: 5 } as const;
    expect(scaled(manual, split, 'a', { min: 9, max: 1 })).toEqual({ min: 1, max: 1 });
    expect(scaled(manual, split, 'b')).toEqual({ min: 4, max: 4 });
    expect(scaled({ kind: 'manual', instances: 0 }, split, 'b')).toEqual({ min: 0, max: 0 });
  });

  it('by hand leaves a revision that has only a tag its own minimum, or one instance at need', () => {
    const manual = { kind: 'manual', instances: 5 } as const;
    const traffic = [...split, target('c', 0, 'green')];
    expect(scaled(manual, traffic, 'c')).toEqual({ min: 0, max: 1 });
    expect(scaled(manual, traffic, 'c', { min: 3 })).toEqual({ min: 3, max: 3 });
  });
});
