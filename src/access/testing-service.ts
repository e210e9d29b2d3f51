/** For tests: a plane with one service, as the model has it at its beginning. */
import { openSqlite, type Store } from '../store/index.js';
import { type AccessOptions, openAccess } from './control.js';
import type { Plane } from './testing-changes.js';
import { CUSTOM, FOLDERS, PERMISSIONS, ROBOT } from './testing-model.js';
import type { AccessControl } from './types.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const createTime = NOW.toISOString();

/** The access control over a store, as a plane has it after a start too. */
export function openOver(
  store: Store,
  accounts: Plane['accounts'],
  propagation?: AccessOptions['propagation'],
): AccessControl {
  const isThere = (email: string) =>
    ROBOT.kind === 'serviceAccount' && email === ROBOT.email && accounts.robot !== undefined;
  return openAccess({
    store,
    accountExists: async (email) => isThere(email),
    accountHome: async (email) => (isThere(email) ? { project: 'p-under-test', isAgent: false } : undefined),
    ...(propagation ? { propagation } : {}),
  });
}

/** An empty store with an organization, two folders in it, a project, a custom role, a group and a tag. */
export async function seeded(): Promise<Store> {
  const store = openSqlite(':memory:');
  const access = openOver(store, { robot: undefined, last: 0 });
  await store.commit([
    access.organizations.creation({ id: '1', customerId: 'C01', domain: 'x.com', createTime }),
    ...FOLDERS.map((id) =>
      access.folders.creation({
        id,
        displayName: id,
        state: 'ACTIVE',
        createTime,
        parent: 'organizations/1',
      }),
    ),
    { op: 'put', key: 'groups/team@x.com', value: [] },
    ...access.projects.creation({
      projectId: 'p-under-test',
      number: '4711',
      name: 'p',
      state: 'ACTIVE',
      createTime,
      labels: {},
      parent: 'organizations/1',
      services: {},
    }),
  ]);
  const custom = { title: 'Custom', description: '', stage: 'GA', permissions: PERMISSIONS } as const;
  const [parent = '', shortName = ''] = CUSTOM.split('/roles/');
  await access.customRoles.create(parent, shortName, custom, NOW);
  const key = await access.tags.keys.create(
    { parent: 'organizations/1', shortName: 'env', description: '' },
    NOW,
    () => [],
  );
  for (const value of ['prod', 'test']) {
    const wanted = { parent: `tagKeys/${key.id}`, shortName: value, description: '' };
    await access.tags.values.create(wanted, NOW, () => []);
  }
  return store;
}
