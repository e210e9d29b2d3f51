/**
 * Deleting service accounts and restoring them. A deleted account is gone from every policy at once: its members
 * read `deleted:serviceAccount:EMAIL?uid=ID`, so that a new account of the same address inherits nothing, and come
 * back with it (https://cloud.google.com/iam/docs/service-accounts-delete-undelete).
 */
import { memberReplacement } from '../../access/index.js';
import { alreadyExists, notFound } from '../../google/index.js';
import type { Account } from '../../identity/index.js';
import { serviceAccountName } from '../../names/index.js';
import { VersionConflict, type Write } from '../../store/index.js';
import { concurrent } from './concurrent.js';
import type { IamApiDeps } from './create-account.js';

/** Policies change meanwhile: the whole is put together anew as often. */
const ATTEMPTS = 5;

const memberOfAccount = ({ email }: Account) => `serviceAccount:${email}`;
const deletedMember = ({ email, uniqueId }: Account) => `deleted:serviceAccount:${email}?uid=${uniqueId}`;

/** @throws GoogleError NOT_FOUND, ABORTED */
export async function deleteAccount(deps: IamApiDeps, account: Account, time: Date): Promise<void> {
  const { store, access, identity } = deps;
  // Housekeeping first: should it fail, nothing has been deleted yet.
  await identity.sweepDeletedAccounts();
  const own = access.removals(serviceAccountName(account.project, account.email));
  const gone = new Set(own.map(({ key }) => key));
  await commit(deps, async () => {
    const deletion = await identity.accounts.deletion(account.email, time);
    if (!deletion) throw notFound('Unknown service account');
    const members = await memberReplacement(store, memberOfAccount(account), deletedMember(account), gone);
    return [...own, ...deletion, ...members];
  });
}

/** @throws GoogleError ALREADY_EXISTS when another account has the address now; ABORTED */
export async function restoreAccount(deps: IamApiDeps, account: Account): Promise<void> {
  const { store, identity } = deps;
  await commit(deps, async () => {
    if (await identity.accounts.get(account.email)) {
      throw alreadyExists(`Service account ${account.email} already exists.`);
    }
    const members = await memberReplacement(store, deletedMember(account), memberOfAccount(account));
    return [...identity.accounts.restoration(account), ...members];
  });
}

async function commit({ store }: IamApiDeps, writes: () => Promise<readonly Write[]>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await store.commit(await writes());
      return;
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
  throw concurrent();
}
