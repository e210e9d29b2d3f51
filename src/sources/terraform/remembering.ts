/** A source that is asked each thing once, for many checks of one plan. */
import type { Known, Source } from '../../checkpoint/index.js';
import { memberOf } from '../../names/index.js';

/**
 * Keeps what the source has answered; what is asked twice at the same time is asked once.
 * @param source anything; what changes in it meanwhile is not seen any more, so make a new one for every run
 */
export function remembering(source: Source): Source {
  const kept = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = kept.get(key) as Promise<T> | undefined;
    const answer = known ?? ask();
    if (!known) kept.set(key, answer);
    return answer;
  };
  return {
    name: source.name,
    ...(source.ownRoles && { ownRoles: true }),
    project: (id) => once(`project ${id}`, () => source.project(id)),
    policy: (resource) => once(`policy ${resource}`, () => source.policy(resource)),
    denyPolicies: (resource) => once(`deny ${resource}`, () => source.denyPolicies(resource)),
    above: (container) => once(`above ${container}`, () => source.above(container)),
    boundaries: (place) => once(`boundaries ${place}`, () => source.boundaries(place)),
    role: (name) => once(`role ${name}`, () => source.role(name)),
    memberships: membershipsOnce(source),
    tags: (resource) => once(`tags ${resource}`, () => source.tags(resource)),
    apiEnabled: (project, api) => once(`api ${project} ${api}`, () => source.apiEnabled(project, api)),
    account: (email) => once(`account ${email}`, () => source.account(email)),
    customers: (email) => once(`customers ${email}`, () => source.customers(email)),
    repository: (resource) => once(`repository ${resource}`, () => source.repository(resource)),
    manifest: (image, platform) =>
      once(`manifest ${platform} ${image.text}`, () => source.manifest(image, platform)),
    secret: (resource, version) =>
      once(`secret ${version} ${resource}`, () => source.secret(resource, version)),
    runResource: (resource) => once(`run ${resource}`, () => source.runResource(resource)),
  };
}

/** Each group of each principal once, however the groups are asked for together. */
function membershipsOnce(source: Source): Source['memberships'] {
  const kept = new Map<string, Promise<Known<boolean>>>();
  return async (principal, groups) => {
    const keyOf = (group: string) => `${memberOf(principal)} ${group}`;
    const asked = groups.filter((group) => !kept.has(keyOf(group)));
    const answers = asked.length === 0 ? undefined : source.memberships(principal, asked);
    const found = groups.map(async (group): Promise<[string, Known<boolean>]> => {
      const answer = kept.get(keyOf(group)) ?? answered(group, answers);
      kept.set(keyOf(group), answer);
      return [group, await answer];
    });
    return new Map(await Promise.all(found));
  };
}

async function answered(
  group: string,
  answers: Promise<ReadonlyMap<string, Known<boolean>>> | undefined,
): Promise<Known<boolean>> {
  return (await answers)?.get(group) ?? { unknown: true, why: `nothing is said of ${group}` };
}
