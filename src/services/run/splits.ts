/** What instance splits must fit together, in any version. */
import type { InstanceSplit } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import type { Fields } from './fields.js';

/** All instances of the latest ready revision: what a worker pool without splits gets. */
const ALL_TO_LATEST: readonly InstanceSplit[] = [{ percent: 100, revision: { latest: true } }];

/**
 * A worker pool's instance splits.
 * @param fields the object whose `instanceSplits` they are
 * @param revisionOf reads which revision one split names, in the version's own fields
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseSplits(
  fields: Fields,
  revisionOf: (split: Fields) => InstanceSplit['revision'],
): readonly InstanceSplit[] {
  const splits = fields.objects('instanceSplits').map((split): InstanceSplit => {
    const revision = revisionOf(split);
    const percent = split.integer('percent', 0, 100) ?? 0;
    split.done();
    return { percent, revision };
  });
  if (splits.length === 0) return ALL_TO_LATEST;
  const sum = splits.reduce((total, { percent }) => total + percent, 0);
  if (sum !== 100)
    throw badField(
      fields.at('instanceSplits'),
      `Instance splits must add up to 100 percent, but add up to ${sum}.`,
    );
  return splits;
}
