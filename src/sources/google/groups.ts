/** Who is in which group, by Cloud Identity (https://cloud.google.com/identity/docs/reference/rest/v1/groups). */
import { isUnknown, type Known } from '../../checkpoint/index.js';
import { memberOf, normalizeMember, type SignedIn } from '../../names/index.js';
import { fieldsIn, textIn } from './fields.js';
import type { GoogleReader } from './reader.js';
import { unknown } from './unknowns.js';

export async function readMemberships(
  reader: GoogleReader,
  principal: SignedIn,
  groups: readonly string[],
): Promise<ReadonlyMap<string, Known<boolean>>> {
  const found = await Promise.all(
    groups.map(
      async (group): Promise<[string, Known<boolean>]> => [group, await isIn(reader, principal, group)],
    ),
  );
  return new Map(found);
}

async function isIn(reader: GoogleReader, principal: SignedIn, group: string): Promise<Known<boolean>> {
  // Groups hold those who have an address; identities of pools have none.
  if (principal.kind === 'federated') return false;
  const address = group.slice(group.indexOf(':') + 1);
  const name = await nameOf(reader, address);
  if (isUnknown(name)) return name;
  const query = `member_key_id == '${principal.email}'`;
  const answer = await reader.get('isMember', { group: name }, { query });
  // Only some editions of Cloud Identity answer it: then the lists of members do, as far as they can be read.
  if (isUnknown(answer) || answer === 'absent') {
    return searched(reader, normalizeMember(memberOf(principal)), address);
  }
  return answer.hasMembership === true;
}

/** A group's name, `groups/ID`, without `groups/`. */
async function nameOf(reader: GoogleReader, address: string): Promise<Known<string>> {
  const answer = await reader.get('findGroup', {}, { 'groupKey.id': address });
  const name = isUnknown(answer) || answer === 'absent' ? undefined : textIn(answer, 'name');
  const [, id] = /^groups\/([^/]+)$/.exec(name ?? '') ?? [];
  if (id !== undefined) return id;
  return unreadable(address, isUnknown(answer) ? answer.why : 'Google knows no such group');
}

const unreadable = (address: string, why: string) =>
  unknown(
    `who is in group ${address} cannot be read, but by Groups Readers and those to whom it shows its members: ${why.replace(/\.$/, '')}`,
  );

/** Through the lists of members, of groups in groups too; circles end. */
async function searched(reader: GoogleReader, member: string, group: string): Promise<Known<boolean>> {
  const queue = [group];
  let gap: Known<boolean> = false;
  for (const address of queue) {
    const members = await membersOf(reader, address);
    if (isUnknown(members)) {
      gap = members;
      continue;
    }
    if (members.some((each) => each === member)) return true;
    for (const each of members) {
      const [kind, nested = ''] = splitOnce(each);
      if (kind === 'group' && !queue.includes(nested)) queue.push(nested);
    }
  }
  return gap;
}

const KINDS: Readonly<Record<string, string>> = {
  USER: 'user',
  SERVICE_ACCOUNT: 'serviceAccount',
  GROUP: 'group',
};

/** @param address of the group. @returns its members, not those of groups in it */
export async function membersOf(reader: GoogleReader, address: string): Promise<Known<readonly string[]>> {
  const group = await nameOf(reader, address);
  if (isUnknown(group)) return group;
  const listed = await reader.list('members', { group }, 'memberships', { view: 'FULL' });
  if (isUnknown(listed)) return unreadable(address, listed.why);
  if (listed === 'absent') return [];
  const members = listed.map((membership) => {
    const kind = KINDS[textIn(membership, 'type') ?? ''];
    const id = textIn(fieldsIn(membership, 'preferredMemberKey'), 'id');
    return kind === undefined || id === undefined ? undefined : normalizeMember(`${kind}:${id}`);
  });
  // Whoever cannot be named might be a group that holds the principal.
  return members.every((member) => member !== undefined)
    ? members
    : unreadable(address, 'it has members of a kind that is not known');
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}
