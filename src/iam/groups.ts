/** Who is in which group, through any depth of nesting. */
import { normalizeMember, parseMember } from '../names/index.js';
import type { GroupDirectory } from './types.js';

export interface GroupDirectoryOptions {
  /** Groups (e-mail addresses or members) whose members could not be read. */
  readonly unreadable?: Iterable<string>;
}

const asGroup = (name: string) => normalizeMember(name.startsWith('group:') ? name : `group:${name}`);

/**
 * A directory of the given groups and no others: a group that is not listed has no members.
 * Groups may hold groups, in cycles too. A group that holds an unreadable one is itself unreadable, since
 * somebody may be in it whom we don't see.
 *
 * @param groups e-mail address of the group → its members (`user:…`, `serviceAccount:…`, `group:…`, or one of them
 *   `deleted:`)
 * @throws TypeError when a member is of no kind that a group can hold
 */
export function groupDirectory(
  groups: Readonly<Record<string, readonly string[]>>,
  options: GroupDirectoryOptions = {},
): GroupDirectory {
  const holders = new Map<string, string[]>();
  for (const [name, members] of Object.entries(groups)) {
    for (const member of members) {
      // Who has been deleted keeps the place, and has nothing of it until restored.
      if (member.startsWith('deleted:')) continue;
      const key = memberOfGroup(name, member);
      const known = holders.get(key);
      if (known === undefined) holders.set(key, [asGroup(name)]);
      else known.push(asGroup(name));
    }
  }
  const unreadable = new Set<string>();
  for (const name of options.unreadable ?? []) {
    unreadable.add(asGroup(name));
    for (const holder of ancestors(asGroup(name), holders)) unreadable.add(holder);
  }
  const resolved = new Map<string, readonly string[]>();
  for (const member of holders.keys()) resolved.set(member, ancestors(member, holders));
  return {
    groupsOf: (member) => resolved.get(member) ?? NONE,
    isReadable: (group) => !unreadable.has(group),
  };
}

const NONE: readonly string[] = [];

function memberOfGroup(group: string, member: string): string {
  const kind = parseMember(member)?.kind;
  if (kind === 'user' || kind === 'serviceAccount' || kind === 'group') return normalizeMember(member);
  throw new TypeError(`group ${group} cannot hold ${member}`);
}

/** Every group reachable upwards; each once, so that cycles end. */
function ancestors(member: string, holders: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = new Set<string>(holders.get(member));
  for (const group of found) for (const holder of holders.get(group) ?? NONE) found.add(holder);
  return [...found];
}
