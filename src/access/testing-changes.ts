/** For tests: changes of everything that decides, each made to a plane and told to the model. */
import fc from 'fast-check';
import { folderName, type ResourceName } from '../names/index.js';
import { type Store, VersionConflict } from '../store/index.js';
import { memberReplacement } from './renamed-members.js';
import {
  CUSTOM,
  type Denial,
  type Env,
  FOLDERS,
  GROUP,
  type Grants,
  having,
  type Member,
  type Model,
  ORGANIZATION,
  PERMISSIONS,
  PROJECT,
  SERVICE,
  withEstate,
  withPolicies,
} from './testing-model.js';
import type { AccessControl } from './types.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const ROBOT_EMAIL = 'robot@p-under-test.iam.gserviceaccount.com';
const nothing = () => [];

/** What changes are made to. */
export interface Plane {
  readonly access: AccessControl;
  readonly store: Store;
  /** The accounts: which one has the robot's address, and how many have had it. */
  readonly accounts: { robot: number | undefined; last: number };
}

export interface Change {
  readonly text: string;
  /** @returns the model as it is then */
  readonly make: (plane: Plane, model: Model) => Promise<Model>;
}

const env = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom<Env>('prod', 'prod', 'test') },
);
const tagged = (value: Env | undefined) =>
  value === undefined ? undefined : { title: value, expression: `resource.matchTag("1/env", "${value}")` };

const spelled = (member: Member): string => {
  if (typeof member === 'object') return `serviceAccount:${ROBOT_EMAIL}`;
  if (member === 'team') return GROUP;
  if (member === 'robots of folder 1') {
    return 'principalSet://cloudresourcemanager.googleapis.com/folders/1/type/ServiceAccount';
  }
  return `user:${member}@x.com`;
};

const somewhere = fc.constantFrom(SERVICE, PROJECT, ...FOLDERS.map(folderName), ORGANIZATION);
const setPolicy = somewhere.chain((resource) => {
  const inProject = resource === SERVICE || resource === PROJECT;
  const binding = fc.record({
    role: fc.constantFrom('roles/run.viewer', 'roles/run.admin', ...(inProject ? [CUSTOM] : [])),
    names: fc.subarray(['alice', 'bob', 'team', 'robots of folder 1', 'robot'] as const, {
      minLength: 1,
      maxLength: 3,
    }),
    env,
  });
  return fc.array(binding, { maxLength: 2 }).map(
    (wanted): Change => ({
      text: `set the policy of ${resource} to ${JSON.stringify(wanted)}`,
      async make({ access }, model) {
        const { robot } = model.estate;
        // Nobody can be named who is not there.
        const grants = wanted.flatMap(({ role, names, env }): Grants[] => {
          const members = names.flatMap((name): Member[] => {
            if (name !== 'robot') return [name];
            return robot === undefined ? [] : [{ robot }];
          });
          return members.length === 0 ? [] : [{ role, members, ...(env ? { env } : {}) }];
        });
        const bindings = grants.map(({ role, members, env }) => {
          const condition = tagged(env);
          return { role, members: members.map(spelled), ...(condition ? { condition } : {}) };
        });
        await access.setPolicy(resource, { version: 3, bindings }, NOW);
        return withPolicies(model, { grants: having(model.policies.grants, resource, grants) });
      },
    }),
  );
});

const moveProject = fc.constantFrom('folders/1', 'folders/2', 'organizations/1').map(
  (parent): Change => ({
    text: `move the project to ${parent}`,
    async make(plane, model) {
      await changeProject(plane, { parent });
      return movedTo(model, PROJECT, parent);
    },
  }),
);
const moveFolder = fc.constantFrom('folders/1', 'organizations/1').map(
  (parent): Change => ({
    text: `move folder 2 to ${parent}`,
    async make({ access, store }, model) {
      const folder = await access.folders.get('2');
      if (folder) await store.commit([access.folders.update({ ...folder, parent })]);
      return movedTo(model, folderName('2'), parent);
    },
  }),
);
const movedTo = (model: Model, what: ResourceName, parent: string) => {
  const above: ResourceName = `//cloudresourcemanager.googleapis.com/${parent}`;
  return withEstate(model, { parents: having(model.estate.parents, what, above) });
};

const setState = fc.constantFrom(false, false, true).map(
  (deleted): Change => ({
    text: deleted ? 'mark the project for deletion' : 'restore the project',
    async make(plane, model) {
      await changeProject(plane, { state: deleted ? 'DELETE_REQUESTED' : 'ACTIVE' });
      return withEstate(model, { projectIsDeleted: deleted });
    },
  }),
);

async function changeProject({ access, store }: Plane, to: object): Promise<void> {
  const project = await access.projects.get('p-under-test');
  if (project) await store.commit([access.projects.update({ ...project, ...to })]);
}

const setGroup = fc.subarray(['alice', 'bob'] as const).map(
  (team): Change => ({
    text: `have the team be ${team.join(', ')}`,
    async make({ store }, model) {
      await store.commit([{ op: 'put', key: 'groups/team@x.com', value: team.map(spelled) }]);
      return withPolicies(model, { team });
    },
  }),
);

const setRole = fc.tuple(fc.boolean(), fc.subarray(PERMISSIONS, { minLength: 1 })).map(
  ([disabled, permissions]): Change => ({
    text: `have the role carry ${permissions.join(', ')}${disabled ? ' and be disabled' : ''}`,
    async make({ access }, model) {
      const stage = disabled ? 'DISABLED' : 'GA';
      await access.customRoles.update(CUSTOM, { stage, permissions }, undefined, NOW);
      return withPolicies(model, { custom: { disabled, permissions } });
    },
  }),
);

const denial = fc.record({ permission: fc.constantFrom(...PERMISSIONS), robotAlone: fc.boolean(), env });
const setDenial = fc
  .tuple(
    fc.constantFrom(PROJECT, folderName('1'), ORGANIZATION),
    fc.option(denial, { nil: undefined, freq: 2 }),
  )
  .map(
    ([attachment, wanted]): Change => ({
      text: `deny ${wanted ? JSON.stringify(wanted) : 'nothing'} at ${attachment}`,
      async make({ access: { denyPolicies } }, model) {
        const { denials } = model.policies;
        const denied = wanted && denialOf(wanted, model.estate.robot);
        if (denials.has(attachment)) await denyPolicies.remove(attachment, 'denial', undefined, nothing);
        if (denied) {
          const rules = [ruleOf(denied)];
          const policy = { displayName: '', annotations: {}, rules };
          await denyPolicies.create(attachment, 'denial', policy, NOW, nothing);
        }
        return withPolicies(model, { denials: having(denials, attachment, denied) });
      },
    }),
  );

/** A robot that is not there cannot be named. */
function denialOf(
  wanted: { readonly permission: string; readonly robotAlone: boolean; readonly env: Env | undefined },
  robot: number | undefined,
): Denial {
  const { permission, robotAlone, env } = wanted;
  const who = robotAlone && robot !== undefined ? { robot } : 'everybody';
  return { permission, who, ...(env ? { env } : {}) };
}

function ruleOf({ permission, who, env }: Denial) {
  const robot = `principal://iam.googleapis.com/projects/-/serviceAccounts/${ROBOT_EMAIL}`;
  const denialCondition = tagged(env);
  return {
    deniedPrincipals: [who === 'everybody' ? 'principalSet://goog/public:all' : robot],
    exceptionPrincipals: [],
    deniedPermissions: [permission.replace('run.', 'run.googleapis.com/')],
    exceptionPermissions: [],
    ...(denialCondition ? { denialCondition } : {}),
  };
}

const setTag = fc
  .tuple(fc.constantFrom(SERVICE, PROJECT, folderName('1')), fc.constantFrom<Env>('prod', 'prod', 'test'))
  .map(
    ([resource, value]): Change => ({
      text: `tag ${resource} ${value}`,
      async make({ access: { tags } }, model) {
        for (const { value } of await tags.bindings(resource)) await tags.unbind(resource, value.id, nothing);
        await tags.bind(resource, await valueId(tags, value), nothing);
        return withPolicies(model, { tags: having(model.policies.tags, resource, value) });
      },
    }),
  );
const untag = fc.constant<Change>({
  text: 'take a tag away, where there is one',
  async make({ access: { tags } }, model) {
    for (const [resource, value] of [...model.policies.tags].slice(0, 1)) {
      await tags.unbind(resource, await valueId(tags, value), nothing);
      return withPolicies(model, { tags: having(model.policies.tags, resource, undefined) });
    }
    return model;
  },
});
const renewTag = fc.constantFrom<Env>('prod', 'test').map(
  (value): Change => ({
    text: `make the value ${value} anew, if nothing has it`,
    async make({ access: { tags } }, model) {
      if ([...model.policies.tags.values()].includes(value)) return model;
      const id = await valueId(tags, value);
      const parent = (await tags.values.get(id))?.parent ?? '';
      await tags.values.remove(id, undefined, nothing);
      await tags.values.create({ parent, shortName: value, description: '' }, NOW, nothing);
      return model;
    },
  }),
);

async function valueId(tags: AccessControl['tags'], value: Env): Promise<string> {
  const key = await tags.keys.named('organizations/1', 'env');
  const found = await tags.values.named(`tagKeys/${key?.id}`, value);
  if (!found) throw new Error(`there is no value ${value}`);
  return found.id;
}

/** What a boundary's binding is called: its parent is what it is bound to, projects by their numbers. */
const bindingName = (slot: string, target: string) =>
  `${target.replace('p-under-test', '4711')}/locations/global/policyBindings/${slot}`;
const bounds = fc.record({
  target: fc.constantFrom('projects/p-under-test', 'folders/1', 'folders/2', 'organizations/1'),
  eligible: fc.constantFrom(PROJECT, folderName('1'), folderName('2')),
});
const setBoundary = fc
  .tuple(fc.constantFrom('first', 'second'), fc.option(bounds, { nil: undefined, freq: 2 }))
  .map(
    ([slot, wanted]): Change => ({
      text: `have the ${slot} boundary be ${JSON.stringify(wanted ?? 'none')}`,
      async make({ access: { boundaries } }, model) {
        const name = `organizations/1/locations/global/principalAccessBoundaryPolicies/${slot}`;
        const before = model.policies.boundaries.get(slot);
        const details = { rules: [{ resources: [wanted?.eligible ?? ''] }], enforcementVersion: '' };
        const proposed = { displayName: '', annotations: {}, details };
        if (before && wanted?.target === before.target) {
          await boundaries.updatePolicy(name, () => proposed, undefined, NOW, nothing);
        } else {
          if (before) await boundaries.removePolicy(name, { etag: undefined, force: true }, nothing);
          if (wanted) {
            const principalSet = `//cloudresourcemanager.googleapis.com/${wanted.target}`;
            const binding = { displayName: '', annotations: {}, principalSet, policy: name };
            await boundaries.createPolicy(name, proposed, NOW, nothing);
            await boundaries.createBinding(bindingName(slot, wanted.target), binding, NOW, nothing);
          }
        }
        return withPolicies(model, { boundaries: having(model.policies.boundaries, slot, wanted) });
      },
    }),
  );

const alive = `serviceAccount:${ROBOT_EMAIL}`;
const dead = (robot: number) => `deleted:serviceAccount:${ROBOT_EMAIL}?uid=${robot}`;
const setRobot = fc.constantFrom('delete', 'restore', 'make anew').map(
  (what): Change => ({
    text: `${what} the robot, if possible`,
    async make({ store, accounts }, model) {
      const { robot } = accounts;
      if ((what === 'delete') === (robot === undefined)) return model;
      if (robot !== undefined) {
        await rename(store, alive, dead(robot));
        accounts.robot = undefined;
      } else if (what === 'restore') {
        await rename(store, dead(accounts.last), alive);
        accounts.robot = accounts.last;
      } else {
        accounts.last += 1;
        accounts.robot = accounts.last;
      }
      return withEstate(model, { robot: accounts.robot });
    },
  }),
);

/** What has taken effect is put away at the same time: then it is tried anew. */
async function rename(store: Store, from: string, to: string): Promise<void> {
  try {
    await store.commit(await memberReplacement(store, from, to));
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    await rename(store, from, to);
  }
}

const KINDS = [
  fc.oneof(setTag, untag),
  renewTag,
  setRobot,
  moveProject,
  moveFolder,
  setGroup,
  setRole,
  setDenial,
  setState,
  setBoundary,
];

/** Policies and a few kinds of other changes: among all of them, two that have to do with each other seldom meet. */
export const changes: fc.Arbitrary<readonly Change[]> = fc
  .subarray(KINDS, { minLength: 1, maxLength: 3 })
  .chain((kinds) =>
    fc.array(
      fc
        .oneof({ weight: kinds.length, arbitrary: setPolicy }, ...kinds)
        .map((each) => ({ ...each, [fc.toStringMethod]: () => each.text })),
      { minLength: 2, maxLength: 12 },
    ),
  );
