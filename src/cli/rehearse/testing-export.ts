/** For tests: an export of two projects, with the image in one and the deploy in the other. */
import { A, B, ORGANIZATION, REGION, RUNTIME } from '../sources/testing-google.js';

export const NUMBER_A = '891566352225';
const NUMBER_B = '112233445566';
export const AGENT = `serviceAccount:service-${NUMBER_A}@serverless-robot-prod.iam.gserviceaccount.com`;
export const GROUPS = {
  'platform@example.com': ['group:deployers@example.com'],
  'deployers@example.com': ['user:Bob@example.com'],
};

const ORG = `organizations/${ORGANIZATION}`;
const IN_A = [`projects/${NUMBER_A}`, 'folders/4711', ORG];
const IN_B = [`projects/${NUMBER_B}`, ORG];

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: object;
}
type Bindings = readonly Binding[];

interface AssetJson {
  readonly name: string;
  readonly asset_type: string;
  readonly ancestors: readonly string[];
  readonly resource?: { readonly data: object };
  readonly iam_policy?: { readonly bindings: Bindings };
}

const asset = (type: string, path: string, ancestors: readonly string[]) => ({
  name: `//${type.slice(0, type.indexOf('/'))}/${path}`,
  asset_type: type,
  ancestors,
});
const thing = (type: string, path: string, ancestors: readonly string[], data: object): AssetJson => ({
  ...asset(type, path, ancestors),
  resource: { data },
});
const policy = (type: string, path: string, ancestors: readonly string[], bindings: Bindings): AssetJson => ({
  ...asset(type, path, ancestors),
  iam_policy: { bindings },
});
const to = (role: string, ...members: readonly string[]) => ({ role, members });
const whereTagged = (value: string, binding: Binding): Binding => ({
  ...binding,
  condition: { title: value, expression: `resource.matchTag('${ORGANIZATION}/env', '${value}')` },
});
const people = (...names: readonly string[]) => names.map((name) => `user:${name}@example.com`);

const PROJECT = 'cloudresourcemanager.googleapis.com/Project';
const ACCOUNT = 'iam.googleapis.com/ServiceAccount';
const SECRET = 'secretmanager.googleapis.com/Secret';
const REPOSITORY = 'artifactregistry.googleapis.com/Repository';
const SERVICE = 'run.googleapis.com/Service';

const inRepository = `projects/${B}/locations/${REGION}/repositories/myrepo`;
const inService = `projects/${A}/locations/${REGION}/services/api`;
const inSecret = `projects/${NUMBER_A}/secrets/db-password`;
const inAccount = `projects/${A}/serviceAccounts/${RUNTIME}`;

/** Erin may deploy, but not read the image; Dave is denied; nobody knows Eve; Tess reads what is tagged so, Una not, and Vera acts so. */
export const POLICIES: readonly AssetJson[] = [
  policy(
    'cloudresourcemanager.googleapis.com/Organization',
    ORG,
    [ORG],
    [to('roles/viewer', ...people('viewer'))],
  ),
  policy(
    'cloudresourcemanager.googleapis.com/Folder',
    'folders/4711',
    ['folders/4711', ORG],
    [to('roles/run.viewer', ...people('viewer'))],
  ),
  policy(PROJECT, `projects/${A}`, IN_A, [
    to(
      'roles/run.developer',
      ...people('alice', 'dave', 'erin', 'tess', 'una', 'vera'),
      'group:platform@example.com',
    ),
    to('roles/run.serviceAgent', AGENT),
    whereTagged('test', to('roles/iam.serviceAccountUser', ...people('vera'))),
  ]),
  policy(PROJECT, `projects/${B}`, IN_B, [
    to('roles/viewer', ...people('viewer')),
    whereTagged('prod', to('roles/artifactregistry.reader', ...people('tess'))),
    whereTagged('test', to('roles/artifactregistry.reader', ...people('una'))),
  ]),
  policy(ACCOUNT, inAccount, IN_A, [
    to('roles/iam.serviceAccountUser', ...people('alice', 'bob', 'dave', 'erin', 'tess', 'una')),
  ]),
  policy(REPOSITORY, inRepository, IN_B, [
    to('roles/artifactregistry.writer', ...people('alice', 'dave', 'vera')),
    to(`${ORG}/roles/puller`, 'group:platform@example.com', AGENT),
  ]),
  policy(SECRET, inSecret, IN_A, [to('roles/secretmanager.secretAccessor', `serviceAccount:${RUNTIME}`)]),
  policy(SERVICE, inService, IN_A, [to('roles/run.invoker', 'allUsers')]),
];

const api = (project: string, ancestors: readonly string[], name: string) =>
  thing(
    'serviceusage.googleapis.com/Service',
    `projects/${project}/services/${name}.googleapis.com`,
    ancestors,
    {
      name,
      state: 'ENABLED',
    },
  );

export const RESOURCES: readonly AssetJson[] = [
  thing(PROJECT, `projects/${NUMBER_A}`, IN_A, { projectId: A, projectNumber: NUMBER_A }),
  thing(PROJECT, `projects/${NUMBER_B}`, IN_B, { projectId: B, projectNumber: NUMBER_B }),
  ...['run', 'artifactregistry', 'secretmanager'].map((name) => api(NUMBER_A, IN_A, name)),
  api(NUMBER_B, IN_B, 'artifactregistry'),
  thing('cloudresourcemanager.googleapis.com/TagValue', 'tagValues/5', [ORG], {
    name: 'tagValues/5',
    parent: 'tagKeys/4',
    namespacedName: `${ORGANIZATION}/env/prod`,
  }),
  thing('cloudresourcemanager.googleapis.com/TagValue', 'tagValues/6', [ORG], {
    name: 'tagValues/6',
    parent: 'tagKeys/4',
    namespacedName: `${ORGANIZATION}/env/test`,
  }),
  thing('cloudresourcemanager.googleapis.com/TagBinding', `tagBindings/a/tagValues/6`, IN_A, {
    parent: `//iam.googleapis.com/projects/${NUMBER_A}/serviceAccounts/100000000000000000001`,
    tagValue: 'tagValues/6',
  }),
  thing('cloudresourcemanager.googleapis.com/TagBinding', `tagBindings/b/tagValues/5`, IN_B, {
    parent: `//cloudresourcemanager.googleapis.com/projects/${NUMBER_B}`,
    tagValue: 'tagValues/5',
  }),
  thing('iam.googleapis.com/Role', `${ORG}/roles/puller`, [ORG], {
    name: `${ORG}/roles/puller`,
    title: 'Puller',
    stage: 'GA',
    includedPermissions: ['artifactregistry.repositories.downloadArtifacts'],
  }),
  thing(ACCOUNT, inAccount, IN_A, { email: RUNTIME, projectId: A, uniqueId: '100000000000000000001' }),
  thing(ACCOUNT, `projects/${A}/serviceAccounts/retired@${A}.iam.gserviceaccount.com`, IN_A, {
    email: `retired@${A}.iam.gserviceaccount.com`,
    projectId: A,
    disabled: true,
  }),
  thing(REPOSITORY, inRepository, IN_B, {
    name: inRepository,
    format: 'DOCKER',
    mode: 'STANDARD_REPOSITORY',
  }),
  thing(SECRET, inSecret, IN_A, { name: inSecret }),
  thing('secretmanager.googleapis.com/SecretVersion', `${inSecret}/versions/3`, IN_A, { state: 'ENABLED' }),
  thing('iam.googleapis.com/PolicyV2', `projects/${NUMBER_A}/policies/no-dave`, IN_A, {
    name: `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${NUMBER_A}/denypolicies/no-dave`,
    rules: [
      {
        denyRule: {
          deniedPrincipals: ['principal://goog/subject/dave@example.com'],
          deniedPermissions: ['run.googleapis.com/services.create'],
        },
      },
    ],
  }),
  thing(SERVICE, inService, IN_A, {
    template: {
      serviceAccount: RUNTIME,
      containers: [{ image: `${REGION}-docker.pkg.dev/${B}/myrepo/api:v1` }],
      volumes: [{ name: 'certs', secret: { secret: 'db-password', items: [{ version: '3' }] } }],
    },
  }),
];

/** As `gcloud asset export` writes them. */
export const linesOf = (assets: readonly AssetJson[]): string =>
  assets.map((each) => `${JSON.stringify(each)}\n`).join('');

/** A folder of policies: its files by their paths. */
export const policyFiles = (): readonly (readonly [string, string])[] =>
  POLICIES.map(({ name, iam_policy }) => {
    const path = name
      .replace(/^\/\/[^/]+\//, '')
      .replace('/locations/', '/')
      .replace(/^(projects\/[^/]+)\/([^/]+)\/(repositories|services)\//, '$1/$3/$2/')
      .replace(NUMBER_A, A);
    return [`${path}.json`, JSON.stringify(iam_policy)];
  });
