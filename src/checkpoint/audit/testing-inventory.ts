/** For tests: small inventories, told or made at random. */
import fc from 'fast-check';
import type { Binding, DenyRules, Policy } from '../../iam/index.js';
import { groupDirectory } from '../../iam/index.js';
import {
  defaultComputeAccount,
  projectName,
  type ResourceName,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
} from '../../names/index.js';
import { isUnknown } from '../rule.js';
import type { Known } from '../source/types.js';
import type { Unknown } from '../types.js';
import type { Inventory, InventoryRun } from './inventory.js';

const APP = projectName('app');
const AGENT = 'service-1@serverless-robot-prod.iam.gserviceaccount.com';
const COMPUTE = defaultComputeAccount('1');
const WORKER = 'worker@app.iam.gserviceaccount.com';
const NUMBERS: Readonly<Record<string, string>> = { app: '1', images: '2' };
const nowhere: Unknown = { unknown: true, why: 'it was not exported' };

interface Told {
  readonly bindings?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly runs: readonly string[];
  readonly image: string;
}

/** An estate of the projects `app`, in which everything runs, and `images`. */
export function testInventory({ bindings = {}, groups = {}, runs, image }: Told): Inventory {
  const policies = new Map(
    Object.entries(bindings).map(([name, roles]): [ResourceName, Known<Policy>] => [
      name as ResourceName,
      policyOf(Object.entries(roles).map(([role, members]) => ({ role, members }))),
    ]),
  );
  return inventoryFrom({
    policies,
    groups,
    runs: runs.map((name): InventoryRun => run(name, [image])),
    deny: [],
    facts: {},
  });
}

const policyOf = (bindings: readonly Binding[]): Policy => ({ version: 3, etag: 'ACAB', bindings });

function run(name: string, images: readonly string[], over: Partial<InventoryRun> = {}): InventoryRun {
  const kind = over.kind ?? 'service';
  return {
    resource: runResourceName(kind, 'app', 'us-central1', name),
    kind,
    project: 'app',
    location: 'us-central1',
    name,
    images,
    secrets: [],
    ...over,
  };
}

interface Parts {
  readonly policies: ReadonlyMap<ResourceName, Known<Policy>>;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly runs: readonly InventoryRun[];
  readonly deny: Known<readonly DenyRules[]>;
  readonly facts: {
    readonly api?: Known<boolean>;
    readonly above?: Known<readonly ResourceName[]>;
    readonly active?: boolean;
    readonly accounts?: Known<boolean>;
    readonly images?: Known<boolean>;
    readonly secrets?: Known<boolean>;
    readonly boundaries?: Known<true>;
  };
}

function inventoryFrom({ policies, groups, runs, deny, facts }: Parts): Inventory {
  const directory = groupDirectory(groups);
  const listed = new Set(Object.keys(groups).map((name) => `group:${name}`));
  const there = (fact: Known<boolean> | undefined, yes = 'present' as const) =>
    fact === undefined || fact === true ? yes : isUnknown(fact) ? fact : ('missing' as const);
  return {
    name: 'a small estate',
    project: (key) => {
      const id = Object.keys(NUMBERS).find((each) => each === key || NUMBERS[each] === key);
      if (id === undefined) return nowhere;
      return {
        projectId: id,
        number: NUMBERS[id] ?? '',
        above: facts.above ?? [],
        active: id !== 'images' || facts.active !== false,
      };
    },
    policy: (resource) => policies.get(resource) ?? policyOf([]),
    denyPolicies: (resource) => (resource === APP ? deny : []),
    above: () => [],
    boundaries: () =>
      facts.boundaries === undefined || facts.boundaries === true
        ? { policies: [], bindings: [] }
        : facts.boundaries,
    role: (name) => (name === 'projects/app/roles/gone' ? 'absent' : nowhere),
    groups: {
      groupsOf: directory.groupsOf,
      isReadable: (group) => listed.has(group),
      membersOf: (group) => groups[group.slice('group:'.length)],
      why: (group) => `nobody told who is in ${group}`,
    },
    tags: () => [],
    apiEnabled: () => facts.api ?? true,
    account: (email) => {
      const found = facts.accounts ?? true;
      if (found !== true && email === WORKER) return isUnknown(found) ? found : 'absent';
      return { project: 'app', isAgent: email === AGENT, disabled: false };
    },
    customers: () => nowhere,
    repository: () => ({ mode: 'standard', upstreams: [] }),
    manifest: () => there(facts.images),
    secret: () => there(facts.secrets),
    runResource: (resource) => runs.find((each) => each.resource === resource) ?? 'absent',
    runs,
  };
}

const PEOPLE = [
  'user:alice@example.com',
  'user:bob@example.com',
  'serviceAccount:ci@app.iam.gserviceaccount.com',
];
const MEMBERS = [
  ...PEOPLE,
  'group:team@example.com',
  'group:outer@example.com',
  'allUsers',
  'allAuthenticatedUsers',
  'domain:example.com',
  'deleted:user:alice@example.com?uid=1',
  'principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount',
  `serviceAccount:${AGENT}`,
  `serviceAccount:${COMPUTE}`,
  `serviceAccount:${WORKER}`,
];
const ROLES = [
  'roles/owner',
  'roles/run.admin',
  'roles/run.developer',
  'roles/run.serviceAgent',
  'roles/iam.serviceAccountUser',
  'roles/artifactregistry.reader',
  'roles/secretmanager.secretAccessor',
  'roles/viewer',
  'roles/logging.viewer',
  'roles/nobody.knows',
  'projects/app/roles/gone',
];
const CONDITIONS = [
  "resource.name.endsWith('/web')",
  "request.time < timestamp('2025-01-01T00:00:00Z')",
  "resource.matchTag('1/env', 'prod')",
  'nonsense(',
];

const FOLDER: ResourceName = '//cloudresourcemanager.googleapis.com/folders/7';
const REPOSITORY = repositoryName('images', 'us', 'r');
const HOLDERS: readonly ResourceName[] = [
  APP,
  FOLDER,
  projectName('images'),
  REPOSITORY,
  serviceAccountName('app', COMPUTE),
  serviceAccountName('app', WORKER),
  secretName('app', 'password'),
  runResourceName('service', 'app', 'us-central1', 'web'),
];

const binding: fc.Arbitrary<Binding> = fc
  .record({
    role: fc.constantFrom(...ROLES),
    members: fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 1, maxLength: 4 }),
    expression: fc.option(fc.constantFrom(...CONDITIONS), { nil: undefined, freq: 5 }),
  })
  .map(({ role, members, expression }) => ({
    role,
    members,
    ...(expression === undefined ? {} : { condition: { title: 'c', expression } }),
  }));

const policy: fc.Arbitrary<Known<Policy>> = fc.oneof(
  { weight: 9, arbitrary: fc.array(binding, { maxLength: 5 }).map(policyOf) },
  { weight: 1, arbitrary: fc.constant(nowhere) },
);

const deny: fc.Arbitrary<Known<readonly DenyRules[]>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.constant(nowhere) },
  {
    weight: 2,
    arbitrary: fc
      .record({
        who: fc.constantFrom(
          'principal://goog/subject/alice@example.com',
          'principalSet://goog/group/team@example.com',
        ),
        what: fc.constantFrom(
          'run.googleapis.com/services.update',
          'iam.googleapis.com/serviceAccounts.actAs',
        ),
        expression: fc.option(fc.constantFrom("resource.matchTag('1/env', 'prod')"), { nil: undefined }),
      })
      .map(({ who, what, expression }) => [
        {
          id: 'no',
          rules: [
            {
              deniedPrincipals: [who],
              exceptionPrincipals: [],
              deniedPermissions: [what],
              exceptionPermissions: [],
              ...(expression === undefined ? {} : { denialCondition: { title: 'c', expression } }),
            },
          ],
        },
      ]),
  },
);

const fact = fc.oneof(
  { weight: 6, arbitrary: fc.constant(true) },
  { weight: 1, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(nowhere) },
);

const arbitraryRun: fc.Arbitrary<InventoryRun> = fc
  .record({
    name: fc.constantFrom('web', 'api', 'batch'),
    kind: fc.constantFrom('service' as const, 'job' as const, 'workerPool' as const),
    images: fc.subarray(['us-docker.pkg.dev/images/r/app', 'nginx', 'quay.io/x/y'], { minLength: 1 }),
    account: fc.option(fc.constantFrom(WORKER, COMPUTE), { nil: undefined }),
    secret: fc.boolean(),
  })
  .map(({ name, kind, images, account, secret }) =>
    run(name, images, {
      kind,
      ...(account === undefined ? {} : { serviceAccount: account }),
      secrets: secret ? [{ env: 'PASSWORD', name: 'password', version: 'latest' }] : [],
    }),
  );

/** Estates of two projects, with everything in them that may change a verdict, and much that may not be known. */
export const arbitraryInventory: fc.Arbitrary<Inventory> = fc
  .record({
    policies: fc.tuple(
      ...HOLDERS.map((holder) => policy.map((read): [ResourceName, Known<Policy>] => [holder, read])),
    ),
    runs: fc.uniqueArray(arbitraryRun, { minLength: 1, maxLength: 3, selector: ({ resource }) => resource }),
    groups: fc.constantFrom(
      {},
      { 'team@example.com': ['user:alice@example.com'] },
      { 'team@example.com': ['user:bob@example.com'], 'outer@example.com': ['group:team@example.com'] },
    ),
    deny,
    facts: fc.record({
      api: fact,
      accounts: fact,
      images: fact,
      secrets: fact,
      active: fc.boolean(),
      boundaries: fc.constantFrom(true as const, true as const, true as const, nowhere),
      above: fc.constantFrom<Known<readonly ResourceName[]>>([FOLDER], [FOLDER], [], nowhere),
    }),
  })
  .map(({ policies, ...rest }) => inventoryFrom({ policies: new Map(policies), ...rest }));
