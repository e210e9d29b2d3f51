/** For tests: a world as a reader finds it easiest, an estate in YAML with the question that was asked of it. */
import { stringify } from 'yaml';
import { memberOf, splitResource } from '../names/index.js';
import type { World } from './testing-world.js';

/** What is empty is left out, as shrinking leaves most of it. */
export function estateOf(world: World): string {
  const { groups, unreadable, levels, deny, boundaries, tags, principal, facts, context } = world;
  const resources = levels.map(({ resource, policy }, i) => [
    splitResource(resource).path,
    filled({ iam: policy === 'unreadable' ? policy : policy.bindings, denyPolicies: deny[i] ?? [] }),
  ]);
  const estate = filled({
    groups,
    groupsThatCannotBeRead: unreadable,
    resources: Object.fromEntries(resources),
    boundaries,
    tags: tags === 'unknown' ? tags : tags.map(({ key, value }) => `${key}=${value}`),
    question: filled({
      principal: memberOf(principal) ?? 'nobody signed in',
      permission: world.permission,
      on: splitResource(world.resource).path,
      hour: world.hour,
      whereThePrincipalBelongs: facts === 'unknown' ? facts : [],
      call: context === 'unknown' ? context : { ...context },
    }),
  });
  return `\n${stringify(estate, { lineWidth: 0 })}`;
}

function filled(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => typeof value !== 'object' || value === null || Object.keys(value).length > 0,
    ),
  );
}
