/** For tests: planes in memory, what they hold, and estates of every shape. */
import fc from 'fast-check';
import type {
  BindingDocument,
  EstateDocument,
  ProjectDocument,
  TagKeyDocument,
  TagsDocument,
} from '../../estate-file/index.js';
import type { Policy } from '../../iam/index.js';
import { TREE_ROW } from '../../services/index.js';
import { openSqlite, type Store } from '../../store/index.js';
import { type ApplyRequest, applyEstate, type EstateDeps } from './apply.js';
import { exportEstate } from './export.js';
import { openRooms, type Rooms } from './rooms.js';

export const NOW = new Date('2026-01-02T03:04:05.678Z');

export interface TestEstate extends EstateDeps, Rooms {
  /** Applies a text, or a document as JSON. */
  apply(
    estate: string | EstateDocument,
    options?: Partial<Omit<ApplyRequest, 'files'>>,
  ): ReturnType<typeof applyEstate>;
  /** The document; notes are a mistake unless a test asks for them itself. */
  exported(): Promise<EstateDocument>;
}

export function testEstate(owner = 'user:owner@example.com'): TestEstate {
  const store = openSqlite(':memory:');
  const rooms = openRooms(store, () => NOW);
  const deps = { store, owner, clock: () => NOW };
  return {
    ...deps,
    ...rooms,
    apply: (estate, options = {}) => {
      const text = typeof estate === 'string' ? estate : JSON.stringify(estate);
      const files = [{ name: 'estate.yaml', text }];
      return applyEstate(deps, { files, exact: false, dryRun: false, ...options });
    },
    exported: async () => {
      const { document, notes } = await exportEstate(deps);
      if (notes.length > 0) throw new Error(notes.join('\n'));
      return document;
    },
  };
}

/** What decides in a plane: its rows without ids and times that are new in each plane, and empty policies. */
export async function decidingState(store: Store): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for (const { key, value } of await store.list<Record<string, unknown>>('')) {
    // Neither an account that is gone nor how often folders have changed decides anything.
    if (key.startsWith('deleted-accounts/') || key === TREE_ROW) continue;
    if (key.startsWith('policies/')) {
      const { bindings, auditConfigs } = value as unknown as Policy;
      if (auditConfigs) state[key] = { bindings, auditConfigs };
      else if (bindings.length > 0) state[key] = bindings;
    } else if (Array.isArray(value) || typeof value !== 'object') state[key] = value;
    else {
      const { uniqueId, createTime, updateTime, etag, services, ...rest } = value;
      state[key] = services ? { ...rest, services: Object.keys(services).sort() } : rest;
    }
  }
  return state;
}

const USERS = ['user:alice@example.com', 'user:bob@example.com', 'domain:example.com'];
const GROUPS = ['one@example.com', 'two@example.com', 'three@example.com'];
const IDS = ['project-a', 'project-b', 'project-c'];
const ACCOUNTS = ['runtime', 'builder'];
const ROLES = {
  project: ['roles/owner', 'roles/viewer', 'roles/run.admin', 'roles/editor'],
  account: ['roles/iam.serviceAccountUser', 'roles/iam.serviceAccountTokenCreator'],
  repository: ['roles/artifactregistry.reader', 'roles/artifactregistry.writer'],
  secret: ['roles/secretmanager.secretAccessor', 'roles/secretmanager.admin'],
  service: ['roles/run.invoker', 'roles/run.developer'],
  tag: ['roles/resourcemanager.tagAdmin', 'roles/resourcemanager.tagUser'],
};

const condition = fc.record({
  title: fc.constant('night'),
  expression: fc.constantFrom('true', 'request.time.getHours("UTC") < 6'),
});

function bindings(roles: readonly string[], members: readonly string[]): fc.Arbitrary<BindingDocument[]> {
  const plain = fc.record({
    role: fc.constantFrom(...roles),
    members: fc.subarray([...members], { minLength: 1 }),
  });
  const conditional = fc
    .tuple(plain, condition)
    .map(([binding, given]) => ({ ...binding, condition: given }))
    // IAM takes no conditions on basic roles.
    .filter(({ role }) => !['roles/owner', 'roles/viewer', 'roles/editor'].includes(role));
  return fc.array(fc.oneof(plain, conditional), { maxLength: 3 });
}

const auditConfigs = fc.array(
  fc.record({
    service: fc.constantFrom('allServices', 'run.googleapis.com'),
    auditLogConfigs: fc.array(
      fc.record(
        {
          logType: fc.constantFrom('ADMIN_READ' as const, 'DATA_READ' as const, 'DATA_WRITE' as const),
          exemptedMembers: fc.subarray(USERS),
        },
        { requiredKeys: ['logType'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  { maxLength: 2 },
);

/**
 * Both keys with both values, so that any of them can be attached.
 * @param numbers what their numbers begin with: conditions name tags by number, so planes are alike with the same ones
 */
function tagKeys(numbers: string, members: readonly string[]): fc.Arbitrary<TagKeyDocument[]> {
  const definition = (id: string, number: string) => ({
    id: fc.constant(id),
    number: fc.constant(numbers + number),
    description: fc.string({ maxLength: 20 }),
    iam: bindings(ROLES.tag, members),
  });
  const required = { requiredKeys: ['id' as const, 'number' as const] };
  const value = (id: string, number: string) => fc.record(definition(id, number), required);
  const key = (id: string, number: string) =>
    fc.record(
      {
        ...definition(id, number),
        values: fc.tuple(value('prod', `${number}1`), value('test', `${number}2`)),
      },
      { requiredKeys: ['id', 'number', 'values'] },
    );
  return fc.tuple(key('env', '1'), key('team', '2'));
}

/** @param parents the numbers of organizations and the ids of projects with {@link tagKeys} */
const tags = (parents: readonly string[]): fc.Arbitrary<TagsDocument> =>
  fc.dictionary(
    fc.constantFrom(...parents.flatMap((parent) => [`${parent}/env`, `${parent}/team`])),
    fc.constantFrom('prod', 'test'),
  );

const place = fc.constantFrom('asia-northeast1', 'us-central1');
const optional = { requiredKeys: ['id' as const] };

function project(
  id: string,
  number: string,
  parents: readonly string[],
  members: readonly string[],
): fc.Arbitrary<ProjectDocument> {
  const ownTags = tags([id]);
  const texts = {
    displayName: fc.string({ maxLength: 20 }),
    description: fc.string({ maxLength: 20 }),
    disabled: fc.boolean(),
    iam: bindings(ROLES.account, members),
    tags: ownTags,
  };
  const account = (name: string) => fc.record({ id: fc.constant(name), ...texts }, optional);
  const repository = fc.record(
    {
      id: fc.constantFrom('docker', 'images'),
      location: place,
      description: fc.string({ maxLength: 20 }),
      labels: fc.dictionary(fc.constantFrom('team', 'env'), fc.constantFrom('a', 'b')),
      immutableTags: fc.boolean(),
      iam: bindings(ROLES.repository, [...members, 'allUsers']),
      tags: ownTags,
    },
    { requiredKeys: ['id', 'location'] },
  );
  const customRole = fc.record(
    {
      id: fc.constantFrom('deployer', 'auditor'),
      title: fc.string({ maxLength: 20 }),
      description: fc.string({ maxLength: 20 }),
      stage: fc.constantFrom('ALPHA' as const, 'GA' as const, 'DISABLED' as const),
      permissions: fc.subarray(['run.services.get', 'run.services.create', 'run.jobs.run']),
    },
    { requiredKeys: ['id', 'permissions'] },
  );
  const secret = fc.record(
    {
      id: fc.constantFrom('db-password', 'api_key'),
      labels: fc.dictionary(fc.constantFrom('team', 'env'), fc.constantFrom('a', 'b')),
      annotations: fc.dictionary(fc.constantFrom('a.b', 'c'), fc.string({ maxLength: 20 })),
      iam: bindings(ROLES.secret, members),
      tags: ownTags,
    },
    optional,
  );
  const inPlace = ({ id: name, location }: { readonly id: string; readonly location: string }) =>
    `${location}/${name}`;
  const service = fc.record({
    id: fc.constantFrom('web', 'api'),
    location: place,
    iam: bindings(ROLES.service, [...members, 'allUsers']),
    tags: ownTags,
  });
  const job = fc.record({
    id: fc.constantFrom('nightly', 'queue'),
    location: place,
    iam: bindings(ROLES.service, members),
  });
  return fc.record(
    {
      id: fc.constant(id),
      number: fc.constant(number),
      ...(parents.length > 0 ? { parent: fc.constantFrom(...parents) } : {}),
      name: fc.constantFrom('First project', "It's a project!"),
      labels: fc.dictionary(fc.constantFrom('team', 'env'), fc.constantFrom('a', 'b')),
      defaults: fc.boolean(),
      services: fc.subarray([
        'run.googleapis.com',
        'artifactregistry.googleapis.com',
        'cloudbuild.googleapis.com',
        'compute.googleapis.com',
      ]),
      serviceAgents: fc.subarray(['run.googleapis.com', 'artifactregistry.googleapis.com']),
      iam: bindings(ROLES.project, members),
      tags: ownTags,
      tagKeys: tagKeys(number, members),
      auditConfigs,
      customRoles: fc.uniqueArray(customRole, { maxLength: 2, selector: ({ id: name }) => name }),
      defaultServiceAccount: fc.record(texts, { requiredKeys: [] }),
      serviceAccounts: fc.tuple(...ACCOUNTS.map(account)).chain((all) => fc.subarray(all)),
      repositories: fc.uniqueArray(repository, { maxLength: 2, selector: inPlace }),
      secrets: fc.uniqueArray(secret, { maxLength: 2, selector: ({ id: name }) => name }),
      runServices: fc.uniqueArray(service, { maxLength: 2, selector: inPlace }),
      runJobs: fc.uniqueArray(job, { maxLength: 2, selector: inPlace }),
      runWorkerPools: fc.uniqueArray(job, { maxLength: 2, selector: inPlace }),
    },
    { requiredKeys: ['id', 'number', 'tagKeys'] },
  );
}

/** Estates that can be applied. */
export const estates: fc.Arbitrary<EstateDocument> = fc
  .record({
    ids: fc.subarray(IDS),
    groups: fc.subarray(GROUPS),
    hierarchy: fc.boolean(),
    nested: fc.boolean(),
  })
  .chain(({ ids, groups, hierarchy, nested }) => {
    // Service accounts as members: in a project of its own, which every estate has.
    const members = [
      ...USERS,
      ...groups.map((email) => `group:${email}`),
      ...ACCOUNTS.map((name) => `serviceAccount:${name}@project-x.iam.gserviceaccount.com`),
    ];
    const parents = hierarchy ? ['organizations/10', 'folders/20', 'folders/21'] : [];
    const iam = bindings(ROLES.project, members);
    const projects = ids.map((id) => project(id, `10000000000${IDS.indexOf(id)}`, parents, members));
    const home: ProjectDocument = {
      id: 'project-x',
      number: '200000000000',
      serviceAccounts: ACCOUNTS.map((id) => ({ id })),
    };
    return fc.record({
      ...(hierarchy
        ? {
            organization: fc.record(
              {
                id: fc.constant('10'),
                domain: fc.constant('example.com'),
                customerId: fc.constant('C03az79cb'),
                defaults: fc.boolean(),
                iam,
                tags: tags(['10']),
                tagKeys: tagKeys('10', members),
                auditConfigs,
              },
              { requiredKeys: ['id', 'tagKeys'] },
            ),
            folders: fc.tuple(
              fc.record({
                id: fc.constant('20'),
                parent: fc.constant('organizations/10'),
                iam,
                tags: tags(['10']),
                auditConfigs,
              }),
              fc.record({
                id: fc.constant('21'),
                parent: fc.constant('folders/20'),
                displayName: fc.constant('Deep'),
                iam,
              }),
            ),
          }
        : {}),
      groups: fc.constant(
        Object.fromEntries(
          groups.map((email, index) => {
            const holder = groups[index + 1];
            return [
              email,
              [`user:${index}@example.com`, ...(nested && holder !== undefined ? [`group:${holder}`] : [])],
            ];
          }),
        ),
      ),
      projects: fc.tuple(...projects).map((all) => [...all, home]),
    });
  });
