/** What traffic targets must fit together, in any version. */
import type { TrafficTarget } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { type Fields, inResource } from './fields.js';

/** All traffic to the latest ready revision: what a service without targets gets. */
const ALL_TO_LATEST: readonly TrafficTarget[] = [{ percent: 100, revision: { latest: true } }];

/** Of a tag and its service's name together: they are one label of the tag's host. */
const LONGEST_TAGGED = 46;

/**
 * A service's traffic targets.
 * @param fields the object whose `traffic` they are
 * @param service its name
 * @param revisionOf reads which revision one target names, in the version's own fields
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseTraffic(
  fields: Fields,
  service: string,
  revisionOf: (target: Fields) => TrafficTarget['revision'],
): readonly TrafficTarget[] {
  const targets = fields.objects('traffic').map((target): TrafficTarget => {
    const revision = revisionOf(target);
    const percent = target.integer('percent', 0, 100) ?? 0;
    const tag = target.string('tag') ?? '';
    target.done();
    if (tag !== '' && !/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(tag))
      throw badField(target.at('tag'), `Invalid tag '${tag}'.`);
    return { percent, revision, ...(tag === '' ? {} : { tag }) };
  });
  if (targets.length === 0) return ALL_TO_LATEST;
  const path = fields.at('traffic');
  const long = targets.find(({ tag }) => tag !== undefined && tag.length + service.length > LONGEST_TAGGED);
  if (long !== undefined)
    throw badField(
      `${inResource(path)}.tag`,
      `traffic tag '${long.tag}' and service name '${service}' together are too long. Combined traffic tag and service name cannot exceed ${LONGEST_TAGGED} characters.`,
    );
  for (const [index, { tag }] of targets.entries()) {
    if (tag !== undefined && targets.findIndex((other) => other.tag === tag) !== index)
      throw badField(`${path}[${index}].tag`, `The tag '${tag}' is given more than once.`);
  }
  const sum = targets.reduce((total, target) => total + target.percent, 0);
  if (sum !== 100) throw badField(path, `Traffic targets must add up to 100 percent, but add up to ${sum}.`);
  return targets;
}
