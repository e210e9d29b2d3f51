/** Groups that the user tells, over a source that may not know who is in them. */
import { isUnknown, type Known, type Source } from '../../checkpoint/index.js';
import { groupDirectory } from '../../iam/index.js';
import { memberOf, normalizeMember } from '../../names/index.js';

const asGroup = (name: string) => normalizeMember(name.startsWith('group:') ? name : `group:${name}`);

/**
 * The source, with the members of some groups given. Of groups that are not given, the source says who is in them,
 * also where a given one holds them.
 * @param groups a group's address → its members, as policies write them
 * @throws TypeError for a member that no group can hold
 */
export function withGroups(source: Source, groups: Readonly<Record<string, readonly string[]>>): Source {
  const directory = groupDirectory(groups);
  const given = new Set(Object.keys(groups).map(asGroup));
  const members = Object.values(groups).flat();
  const others = new Set(members.filter((member) => member.startsWith('group:')).map(normalizeMember));
  const within = [...others].filter((group) => !given.has(group));
  return {
    ...source,
    async memberships(principal, asked) {
      const elsewhere = [...new Set([...asked.filter((group) => !given.has(group)), ...within])];
      const answers = elsewhere.length === 0 ? new Map() : await source.memberships(principal, elsewhere);
      const held = new Set(directory.groupsOf(normalizeMember(memberOf(principal))));
      const doubtful = new Map<string, Known<boolean>>();
      for (const [group, answer] of answers as ReadonlyMap<string, Known<boolean>>) {
        const holders = directory.groupsOf(group);
        if (answer === true) for (const holder of holders) held.add(holder);
        if (isUnknown(answer)) for (const holder of holders) doubtful.set(holder, answer);
      }
      const answerOf = (group: string): Known<boolean> => {
        if (held.has(group) || answers.get(group) === true) return true;
        return doubtful.get(group) ?? (given.has(group) ? false : (answers.get(group) ?? false));
      };
      return new Map(asked.map((group) => [group, answerOf(group)]));
    },
  };
}
