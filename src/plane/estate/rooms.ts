/** The rooms that know the rules, over a scratch copy. */
import { type AccessControl, openAccess } from '../../access/index.js';
import type { RoleCatalogue } from '../../iam/index.js';
import { type Accounts, type IdentityPools, openAccounts, openIdentityPools } from '../../identity/index.js';
import { openRepositories, type Repositories } from '../../registry/index.js';
import { openSecrets, type SecretRoom } from '../../secrets/index.js';
import type { Store } from '../../store/index.js';

export interface Rooms {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: { readonly accounts: Accounts; readonly pools: IdentityPools };
  readonly secrets: SecretRoom;
  readonly registry: { readonly repositories: Repositories };
}

/** @param roles the predefined ones; the built-in ones when left out */
export function openRooms(store: Store, clock: () => Date, roles?: RoleCatalogue): Rooms {
  const accounts = openAccounts(store, clock);
  const accountExists = async (email: string) => (await accounts.get(email)) !== undefined;
  const pools = openIdentityPools(store, clock);
  const poolExists = (name: string) => pools.exists(name);
  const access = openAccess({ store, accountExists, poolExists, ...(roles ? { roles } : {}) });
  return {
    store,
    access,
    identity: { accounts, pools },
    secrets: openSecrets({ store, access, clock }),
    registry: { repositories: openRepositories(store, access) },
  };
}
