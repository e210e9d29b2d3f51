/**
 * Somebody of whom nothing is known but a group that they are in: what a group gives by itself is what it gives them.
 * The domain is one that there never will be (RFC 2606), so that no policy names it.
 */
import { type Addressed, normalizeMember } from '../../names/index.js';
import type { InventoryGroups } from './inventory.js';

const DOMAIN = 'any-member-of-group.invalid';
const START = 'user:';
const END = `.${DOMAIN}`;

/** @param group as a member, `group:…` */
export function anyMemberOf(group: string): Addressed {
  return { kind: 'user', email: `${normalizeMember(group).slice('group:'.length)}${END}` };
}

/** The group that a member stands for somebody of; undefined for everybody else. */
export function groupStoodFor(member: string): string | undefined {
  if (!member.endsWith(END) || !member.startsWith(START)) return undefined;
  return `group:${member.slice(START.length, -END.length)}`;
}

/** As policies would name them: the group, for those who stand for one. */
export const asNamed = (member: string): string => groupStoodFor(member) ?? member;

/** The groups that hold a member, in which who stands for a group is, and what holds the group. */
export function groupsHolding(groups: InventoryGroups, member: string): readonly string[] {
  const group = groupStoodFor(member);
  return group === undefined ? groups.groupsOf(member) : [group, ...groups.groupsOf(group)];
}
