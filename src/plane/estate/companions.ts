/** Service agents and default accounts of an exact estate: those that come with it, as they come. */
import type { Account } from '../../identity/index.js';
import { parseMember, serviceAccountName } from '../../names/index.js';
import type { Automatic } from './automatic.js';
import { everyBinding } from './build.js';
import type { Estate } from './estate.js';
import type { Rooms } from './rooms.js';
import { PREFIX } from './rows.js';

/** Removes those that neither come by themselves nor are named, and brings the others to what they are at first. */
export async function pruneCompanions(estate: Estate, automatic: Automatic, rooms: Rooms): Promise<void> {
  const { store, access, identity } = rooms;
  const projects = new Set(estate.projects.map(({ id }) => id));
  const named = new Set(
    everyBinding(estate).flatMap(({ value }) => value.members.map((member) => parseMember(member)?.id)),
  );
  for (const { value } of await store.list<Account>(PREFIX.accounts)) {
    const { email, project, kind } = value;
    if (kind === 'user-managed' || !projects.has(project)) continue;
    const wanted = automatic.accounts.get(email);
    if (wanted) await bringTo(value, wanted, rooms);
    else if (!named.has(email)) {
      await store.commit(access.removals(serviceAccountName(project, email)));
      await identity.accounts.remove(email);
    }
  }
}

async function bringTo(account: Account, wanted: Account, { identity }: Rooms): Promise<void> {
  const { displayName, description, disabled } = wanted;
  const same =
    displayName === account.displayName &&
    description === account.description &&
    disabled === account.disabled;
  if (same) return;
  await identity.accounts.update(account.email, (now) => ({ ...now, displayName, description, disabled }));
}
