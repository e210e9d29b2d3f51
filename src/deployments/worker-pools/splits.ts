/** Instance splits: which revisions a pool's instances belong to, and how many each has. */
import type { InstanceSplit, SettledSplit } from '../model.js';

/** The splits with the revisions that they reach. @param latest the newest revision that is ready */
export function settleSplits(splits: readonly InstanceSplit[], latest: string): readonly SettledSplit[] {
  return splits.map(({ percent, revision }) => ({
    percent,
    revisionName: 'latest' in revision ? latest : revision.name,
    latest: 'latest' in revision,
  }));
}

/**
 * Shares instances out by percentages; what is left over by rounding down goes to the largest remainders, the first
 * of equal ones.
 * @returns by the revision's name; the counts add up to `instances` when the percentages add up to 100
 */
export function shareOut(
  instances: number,
  splits: readonly Pick<SettledSplit, 'percent' | 'revisionName'>[],
): ReadonlyMap<string, number> {
  const percents = new Map<string, number>();
  for (const { revisionName, percent } of splits)
    percents.set(revisionName, (percents.get(revisionName) ?? 0) + percent);
  // In hundredths of an instance, so that no number is a fraction.
  const shares = [...percents].map(([name, percent]) => ({
    name,
    count: Math.floor((instances * percent) / 100),
    remainder: (instances * percent) % 100,
  }));
  const left = Math.round(shares.reduce((sum, { remainder }) => sum + remainder, 0) / 100);
  const favoured = new Set([...shares].sort((a, b) => b.remainder - a.remainder).slice(0, left));
  return new Map(shares.map((share) => [share.name, share.count + (favoured.has(share) ? 1 : 0)]));
}
