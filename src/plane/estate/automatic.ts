/** What comes by itself with an estate: learnt by building it, without its bindings, on an empty plane. */
import type { Binding } from '../../iam/index.js';
import type { Account } from '../../identity/index.js';
import type { ResourceName } from '../../names/index.js';
import { buildEstate } from './build.js';
import type { AccountEntry, Estate, ProjectEntry } from './estate.js';
import { Problems } from './problems.js';
import { openRooms, type Rooms } from './rooms.js';
import { PREFIX } from './rows.js';
import { emptyScratch } from './scratch.js';

export interface Automatic {
  readonly bindings: (resource: ResourceName) => readonly Binding[];
  /** The accounts that come by themselves, by address. */
  readonly accounts: ReadonlyMap<string, Account>;
}

/**
 * @param estate its projects have their numbers
 * @param owner the member that owns what is created
 */
export async function automaticOf(estate: Estate, owner: string, time: Date): Promise<Automatic> {
  const scratch = await emptyScratch();
  try {
    const rooms = openRooms(scratch.store, () => time);
    // Whatever is wrong with the estate has been said where it was built for good.
    await buildEstate(bare(estate), rooms, { owner, time, exact: false, problems: new Problems() });
    const policies = await policiesOf(rooms);
    const accounts = await scratch.store.list<Account>(PREFIX.accounts);
    return {
      bindings: (resource) => policies.get(resource) ?? [],
      accounts: new Map(accounts.map(({ value }) => [value.email, value])),
    };
  } finally {
    await scratch.close();
  }
}

async function policiesOf({ store }: Rooms): Promise<ReadonlyMap<string, readonly Binding[]>> {
  const rows = await store.list<{ readonly bindings: readonly Binding[] }>(PREFIX.policies);
  return new Map(rows.map(({ key, value }) => [key.slice(PREFIX.policies.length), value.bindings]));
}

/** The estate without any binding of its own, with all that comes by itself. */
function bare({ organization, folders, groups, projects }: Estate): Estate {
  return {
    ...(organization
      ? {
          organization: {
            ...organization,
            defaults: true,
            iam: [],
            tags: [],
            tagKeys: [],
            customRoles: [],
            denyPolicies: [],
            boundaries: [],
          },
        }
      : {}),
    folders: folders.map((folder) => ({ ...folder, iam: [], tags: [], denyPolicies: [] })),
    groups,
    projects: projects.map((project): ProjectEntry => {
      const { defaultAccount, ...rest } = project;
      return {
        ...rest,
        ...(defaultAccount ? { defaultAccount: withoutIam(defaultAccount) } : {}),
        defaults: true,
        iam: [],
        tags: [],
        tagKeys: [],
        customRoles: [],
        denyPolicies: [],
        accounts: project.accounts.map(withoutIam),
        repositories: project.repositories.map((repository) => ({ ...repository, iam: [], tags: [] })),
        secrets: project.secrets.map((secret) => ({ ...secret, iam: [], tags: [] })),
        run: [],
      };
    }),
  };
}

const withoutIam = (account: AccountEntry): AccountEntry => ({ ...account, iam: [], tags: [] });
