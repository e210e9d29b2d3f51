/**
 * Whatever changes, in whatever order, decisions are those that a plain model comes to from scratch: what is kept in
 * memory for speed is forgotten in time.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  folderName,
  organizationName,
  type Principal,
  projectName,
  type ResourceName,
  runResourceName,
} from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { openAccess } from './control.js';
import type { AccessControl } from './types.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const ORGANIZATION = organizationName('1');
const PROJECT = projectName('p-under-test');
const SERVICE = runResourceName('service', 'p-under-test', 'us-central1', 's');
/** The same service by its project's number. */
const BY_NUMBER = runResourceName('service', '4711', 'us-central1', 's');
const FOLDERS = ['1', '2'];
const PRINCIPALS = ['alice', 'bob'].map((name): Principal => ({ kind: 'user', email: `${name}@x.com` }));
const GROUP = 'group:team@x.com';
const MEMBERS = ['user:alice@x.com', 'user:bob@x.com', GROUP];
const CUSTOM = 'projects/p-under-test/roles/custom';
const PERMISSIONS = ['run.services.get', 'run.services.update'];
const DENIED: Readonly<Record<string, string>> = {
  'run.googleapis.com/services.get': 'run.services.get',
  'run.googleapis.com/services.update': 'run.services.update',
};

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
}
/** Everything that decides, and nothing that is remembered. */
interface Model {
  readonly policies: Map<ResourceName, readonly Binding[]>;
  readonly parents: Map<ResourceName, ResourceName>;
  team: readonly string[];
  readonly custom: { disabled: boolean; permissions: readonly string[] };
  /** Attachment → the permission that is denied to everybody there. */
  readonly deny: Map<ResourceName, string>;
  projectIsDeleted: boolean;
}

function modelGrants(model: Model, principal: Principal, permission: string): boolean {
  if (principal.kind !== 'user') return false;
  const self = `user:${principal.email}`;
  const lineage: ResourceName[] = [SERVICE];
  if (model.projectIsDeleted) return false;
  for (let at: ResourceName | undefined = PROJECT; at !== undefined; at = model.parents.get(at))
    lineage.push(at);
  if (lineage.some((level) => DENIED[model.deny.get(level) ?? ''] === permission)) return false;
  const holds = (role: string) =>
    role === CUSTOM
      ? !model.custom.disabled && model.custom.permissions.includes(permission)
      : role === 'roles/run.admin' || permission === 'run.services.get';
  const covers = (member: string) => member === self || (member === GROUP && model.team.includes(self));
  return lineage.some((level) =>
    (model.policies.get(level) ?? []).some(({ role, members }) => holds(role) && members.some(covers)),
  );
}

/** One change, made to the store and to the model. */
interface Change {
  readonly text: string;
  readonly make: (access: AccessControl, store: Store, model: Model) => Promise<void>;
}

const somewhere = fc.constantFrom(SERVICE, PROJECT, ...FOLDERS.map(folderName), ORGANIZATION);
const setPolicy = somewhere.chain((resource) => {
  const inProject = resource === SERVICE || resource === PROJECT;
  const roles = ['roles/run.viewer', 'roles/run.admin', ...(inProject ? [CUSTOM] : [])];
  const binding = fc.record({
    role: fc.constantFrom(...roles),
    members: fc.subarray(MEMBERS, { minLength: 1, maxLength: 2 }),
  });
  return fc.array(binding, { maxLength: 2 }).map(
    (bindings): Change => ({
      text: `set the policy of ${resource} to ${JSON.stringify(bindings)}`,
      make: async (access, _, model) => {
        await access.setPolicy(resource, { bindings }, NOW);
        model.policies.set(resource, bindings);
      },
    }),
  );
});
const moveProject = fc.constantFrom('folders/1', 'folders/2', 'organizations/1').map(
  (parent): Change => ({
    text: `move the project to ${parent}`,
    make: async (access, store, model) => {
      await changeProject(access, store, { parent });
      model.parents.set(PROJECT, `//cloudresourcemanager.googleapis.com/${parent}`);
    },
  }),
);
const moveFolder = fc.constantFrom('folders/1', 'organizations/1').map(
  (parent): Change => ({
    text: `move folder 2 to ${parent}`,
    make: async (access, store, model) => {
      const folder = await access.folders.get('2');
      if (folder) await store.commit([access.folders.update({ ...folder, parent })]);
      model.parents.set(folderName('2'), `//cloudresourcemanager.googleapis.com/${parent}`);
    },
  }),
);
const setGroup = fc.subarray(['user:alice@x.com', 'user:bob@x.com']).map(
  (members): Change => ({
    text: `have the team be ${members.join(', ')}`,
    make: async (_, store, model) => {
      await store.commit([{ op: 'put', key: 'groups/team@x.com', value: members }]);
      model.team = members;
    },
  }),
);
const setRole = fc.tuple(fc.boolean(), fc.subarray(PERMISSIONS, { minLength: 1 })).map(
  ([disabled, permissions]): Change => ({
    text: `have the role carry ${permissions.join(', ')}${disabled ? ' and be disabled' : ''}`,
    make: async (access, _, model) => {
      const stage = disabled ? 'DISABLED' : 'GA';
      await access.customRoles.update(CUSTOM, { stage, permissions }, undefined, NOW);
      Object.assign(model.custom, { disabled, permissions });
    },
  }),
);
const setDenial = fc
  .tuple(
    fc.constantFrom(PROJECT, folderName('1'), ORGANIZATION),
    fc.option(fc.constantFrom(...Object.keys(DENIED))),
  )
  .map(
    ([attachment, permission]): Change => ({
      text: `deny ${permission ?? 'nothing'} at ${attachment}`,
      make: async ({ denyPolicies }, _, model) => {
        if (model.deny.delete(attachment))
          await denyPolicies.remove(attachment, 'denial', undefined, () => []);
        if (permission === null) return;
        const rule = {
          deniedPrincipals: ['principalSet://goog/public:all'],
          exceptionPrincipals: [],
          deniedPermissions: [permission],
          exceptionPermissions: [],
        };
        await denyPolicies.create(
          attachment,
          'denial',
          { displayName: '', annotations: {}, rules: [rule] },
          NOW,
          () => [],
        );
        model.deny.set(attachment, permission);
      },
    }),
  );
const setState = fc.boolean().map(
  (deleted): Change => ({
    text: deleted ? 'mark the project for deletion' : 'restore the project',
    make: async (access, store, model) => {
      await changeProject(access, store, { state: deleted ? 'DELETE_REQUESTED' : 'ACTIVE' });
      model.projectIsDeleted = deleted;
    },
  }),
);
const change = fc
  .oneof({ weight: 4, arbitrary: setPolicy }, moveProject, moveFolder, setGroup, setRole, setDenial, setState)
  .map((each) => ({ ...each, [fc.toStringMethod]: () => each.text }));

async function changeProject(access: AccessControl, store: Store, to: object): Promise<void> {
  const project = await access.projects.get('p-under-test');
  if (project) await store.commit([access.projects.update({ ...project, ...to })]);
}

async function begin(): Promise<{ store: Store; access: AccessControl; model: Model }> {
  const store = openSqlite(':memory:');
  const access = openAccess({ store, accountExists: async () => true });
  const createTime = NOW.toISOString();
  await store.commit([
    access.organizations.creation({ id: '1', customerId: 'C01', createTime }),
    ...FOLDERS.map((id) => ({
      op: 'put' as const,
      key: `folders/${id}`,
      value: { displayName: id, state: 'ACTIVE', createTime, parent: 'organizations/1' },
    })),
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
  await access.customRoles.create('projects/p-under-test', 'custom', custom, NOW);
  return {
    store,
    access,
    model: {
      policies: new Map(),
      parents: new Map([
        [PROJECT, ORGANIZATION],
        [folderName('1'), ORGANIZATION],
        [folderName('2'), ORGANIZATION],
      ]),
      team: [],
      custom: { disabled: false, permissions: PERMISSIONS },
      deny: new Map(),
      projectIsDeleted: false,
    },
  };
}

async function expectTheSame(access: AccessControl, model: Model): Promise<void> {
  for (const principal of PRINCIPALS) {
    for (const permission of PERMISSIONS) {
      const expected = modelGrants(model, principal, permission);
      for (const resource of [SERVICE, BY_NUMBER]) {
        expect(await access.isGranted(principal, permission, resource, NOW)).toBe(expected);
        const { verdict } = await access.decide(principal, permission, resource, NOW);
        expect(verdict).toBe(expected ? 'granted' : 'denied');
      }
    }
  }
}

it('decides by what holds now, after any changes in any order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      const { store, access, model } = await begin();
      try {
        await expectTheSame(access, model);
        for (const { make } of changes) {
          await make(access, store, model);
          await expectTheSame(access, model);
        }
        // What another process, or this one after a restart, reads from the same store.
        await expectTheSame(openAccess({ store, accountExists: async () => true }), model);
      } finally {
        await store.close();
      }
    }),
    { numRuns: 100 },
  );
});

it('meets grants, and grants that are taken away again, often enough for the comparison to mean something', async () => {
  let turns = 0;
  for (const changes of fc.sample(fc.array(change, { minLength: 6, maxLength: 12 }), {
    numRuns: 20,
    seed: 1,
  })) {
    const { store, access, model } = await begin();
    const answers: boolean[] = [];
    for (const { make } of changes) {
      await make(access, store, model);
      answers.push(PRINCIPALS.some((principal) => modelGrants(model, principal, 'run.services.get')));
    }
    turns += answers.filter((answer, i) => i > 0 && answer !== answers[i - 1]).length;
    await store.close();
  }
  expect(turns).toBeGreaterThan(10);
});
