/**
 * How many instances a revision may have: from its template, its service's scaling and its share of the traffic
 * (https://cloud.google.com/run/docs/configuring/min-instances, …/max-instances and …/services/manual-scaling).
 */
import type { RoutedTarget, ServiceRecord, Template } from '../model.js';

export interface Scaling {
  /** Instances that run whether there are requests or not. */
  readonly min: number;
  /** 0: the revision takes no requests. */
  readonly max: number;
}

/** Shares `count` out by these percentages, in whole instances: the largest remainders get what is left. */
export function sharesOf(count: number, percents: readonly number[]): number[] {
  const total = percents.reduce((sum, percent) => sum + percent, 0);
  if (total === 0) return percents.map(() => 0);
  const exact = percents.map((percent) => (count * percent) / total);
  const shares = exact.map(Math.floor);
  const byRemainder = exact
    .map((share, index) => ({ index, rest: share - Math.floor(share) }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index);
  const left = count - shares.reduce((sum, share) => sum + share, 0);
  for (const { index } of byRemainder.slice(0, left)) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
}

/** Percentages by revision: one that several targets name gets their sum. */
function percents(traffic: readonly RoutedTarget[]): Map<string, number> {
  const by = new Map<string, number>();
  for (const { revisionName, percent } of traffic)
    by.set(revisionName, (by.get(revisionName) ?? 0) + percent);
  return by;
}

function shareOf(count: number, revision: string, by: ReadonlyMap<string, number>): number {
  const serving = [...by].filter(([, percent]) => percent > 0);
  const index = serving.findIndex(([name]) => name === revision);
  return (
    sharesOf(
      count,
      serving.map(([, percent]) => percent),
    )[index] ?? 0
  );
}

/** @param template the revision's own, which need not be the service's newest */
export function scalingOf(
  { spec, traffic }: Pick<ServiceRecord, 'spec' | 'traffic'>,
  revision: string,
  { minInstances, maxInstances }: Pick<Template, 'minInstances' | 'maxInstances'>,
): Scaling {
  const by = percents(traffic);
  const percent = by.get(revision);
  if (percent === undefined) return { min: 0, max: maxInstances };
  const { scaling } = spec;
  if (scaling.kind === 'manual') {
    if (percent === 0) return { min: minInstances, max: Math.max(minInstances, 1) };
    const count = shareOf(scaling.instances, revision, by);
    return { min: count, max: count };
  }
  const whole = scaling.maxInstances;
  const shared = percent === 0 ? 0 : shareOf(scaling.minInstances, revision, by);
  // Whatever gets requests gets an instance to serve them.
  const share = whole === undefined ? maxInstances : Math.max(1, shareOf(whole, revision, by));
  const max = Math.min(maxInstances, share);
  return { min: Math.min(max, Math.max(minInstances, shared)), max };
}
