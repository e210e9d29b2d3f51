/** The plane's groups as Cloud Identity shows them: with a name of their own, and members through other groups. */
import { createHash } from 'node:crypto';
import { normalizeMember, parseMember } from '../../names/index.js';
import type { Store } from '../../store/index.js';

export interface Group {
  /** What follows `groups/` in its name. */
  readonly id: string;
  readonly email: string;
  /** Directly, as members: `user:…`, `serviceAccount:…`, `group:…`. Who has been deleted is none. */
  readonly members: readonly string[];
}

/** How somebody belongs to a group. */
export type Relation = 'DIRECT' | 'INDIRECT' | 'DIRECT_AND_INDIRECT';

const ROWS = 'groups/';

/** Made of the address, since groups have no number here: always the same, and of the form of Google's. */
export function groupId(email: string): string {
  const number = BigInt(`0x${createHash('sha256').update(email).digest('hex').slice(0, 18)}`);
  return `0${number.toString(36).padStart(14, '0')}`;
}

/** All groups, as they are now. */
export class Directory {
  private constructor(private readonly byEmail: ReadonlyMap<string, Group>) {}

  static async read(store: Pick<Store, 'list'>): Promise<Directory> {
    const rows = await store.list<readonly string[]>(ROWS);
    return new Directory(
      new Map(
        rows.map(({ key, value }) => {
          const email = key.slice(ROWS.length);
          const members = value.filter((member) => !member.startsWith('deleted:')).map(normalizeMember);
          return [email, { id: groupId(email), email, members }];
        }),
      ),
    );
  }

  byAddress(email: string): Group | undefined {
    return this.byEmail.get(email.toLowerCase());
  }

  byId(id: string): Group | undefined {
    return this.all().find((group) => group.id === id);
  }

  all(): readonly Group[] {
    return [...this.byEmail.values()];
  }

  /** Everybody in the group, through groups too, each once. Circles end; a group in one is its own member. */
  transitiveMembers(group: Group): ReadonlyMap<string, Relation> {
    const direct = new Set(group.members);
    const indirect = new Set<string>();
    const queue = [...direct];
    const seen = new Set(queue);
    for (const member of queue) {
      for (const inner of this.#membersOf(member)) {
        indirect.add(inner);
        if (!seen.has(inner)) {
          seen.add(inner);
          queue.push(inner);
        }
      }
    }
    return new Map([...seen].map((member) => [member, relation(direct.has(member), indirect.has(member))]));
  }

  #membersOf(member: string): readonly string[] {
    const parsed = parseMember(member);
    return parsed?.kind === 'group' ? (this.byAddress(parsed.id)?.members ?? []) : [];
  }
}

function relation(direct: boolean, indirect: boolean): Relation {
  if (direct && indirect) return 'DIRECT_AND_INDIRECT';
  return direct ? 'DIRECT' : 'INDIRECT';
}

/** The address in a member, whatever its kind: Cloud Identity knows members by it. */
export const addressOf = (member: string): string => member.slice(member.indexOf(':') + 1);
