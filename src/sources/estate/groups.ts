/** The groups that the bindings of a copy name, with the groups in them. */
import { isUnknown } from '../../checkpoint/index.js';
import { normalizeMember } from '../../names/index.js';
import { addressed, type Copying, everyBinding, type MembersOf } from './copying.js';
import type { EstateCopy } from './document.js';

/** In a deny rule (https://cloud.google.com/iam/docs/principal-identifiers#v2). */
const DENIED_GROUP = /^principalSet:\/\/goog\/group\/(.+)$/;

/**
 * Members as somebody tells them, and otherwise as they can be read.
 * @param told a group's address → its members, as policies write them
 */
export function toldMembers(
  told: Readonly<Record<string, readonly string[]>>,
  otherwise: MembersOf,
): MembersOf {
  const groups = new Map(
    Object.entries(told).map(([group, members]) => [group.toLowerCase(), members.map(normalizeMember)]),
  );
  return async (group) => groups.get(group.toLowerCase()) ?? otherwise(group);
}

export async function copyGroups(
  copy: EstateCopy,
  { membersOf, source, caller, gap }: Copying,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const groups = new Map<string, readonly string[]>();
  const queue = [...new Set([...namedInBindings(copy), ...namedInDenyRules(copy)])];
  for (const group of queue) {
    const members = await membersOf(group);
    if (!isUnknown(members)) {
      groups.set(group, members);
      for (const member of members) {
        const nested = groupOf(member);
        if (nested !== undefined && !queue.includes(nested)) queue.push(nested);
      }
      continue;
    }
    gap(`who is in group ${group}`, members.why);
    const principal = addressed(caller);
    const own = principal && (await source.memberships(principal, [`group:${group}`])).get(`group:${group}`);
    groups.set(group, own === true ? [caller] : []);
  }
  return Object.fromEntries(groups);
}

function groupOf(member: string): string | undefined {
  return member.startsWith('group:') ? member.slice('group:'.length).toLowerCase() : undefined;
}

const namedInBindings = (copy: EstateCopy): string[] =>
  everyBinding(copy).flatMap(({ members }) => members.flatMap((member) => groupOf(member) ?? []));

function namedInDenyRules({ organization, folders = [], projects }: EstateCopy): string[] {
  const containers = [...(organization ? [organization] : []), ...folders, ...projects];
  return containers
    .flatMap(({ denyPolicies = [] }) => denyPolicies.flatMap(({ rules }) => rules))
    .flatMap(({ deniedPrincipals, exceptionPrincipals = [] }) => [
      ...deniedPrincipals,
      ...exceptionPrincipals,
    ])
    .flatMap((principal) => DENIED_GROUP.exec(principal)?.[1]?.toLowerCase() ?? []);
}
