/** For tests: what exports made at random are made of: projects, policies, and what runs. */
import fc from 'fast-check';

/** Ids and numbers; of the last one no asset tells the id. */
export const PROJECTS = [
  ['app', '1'],
  ['app-b', '2'],
  ['images', '3'],
  ['zoo', '4'],
] as const;
type MadeProject = (typeof PROJECTS)[number];

export const project = fc.constantFrom(...PROJECTS);
export const spelled = fc.tuple(project, fc.constantFrom(0, 0, 0, 1)).map(([made, by]) => made[by] ?? '');
export const one = fc.constantFrom;

export const ABOVE = ['folders/7', 'organizations/9'];
export const ancestorsOf = ([id, number]: MadeProject): fc.Arbitrary<readonly string[]> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant([`projects/${number}`, ...ABOVE]) },
    {
      weight: 1,
      arbitrary: one([], [`projects/${id}`], [`projects/${number}`], ABOVE, ['projects/404', ...ABOVE]),
    },
  );

export const time = one('2025-01-01T00:00:00Z', '2025-01-01T00:00:00Z', '2025-02-01T00:00:00Z', '');

const ROLES = one(
  'roles/owner',
  'roles/run.admin',
  'roles/run.developer',
  'roles/run.serviceAgent',
  'roles/iam.serviceAccountUser',
  'roles/artifactregistry.reader',
  'roles/secretmanager.secretAccessor',
  'roles/logging.viewer',
  'roles/nobody.knows',
  'projects/app/roles/deployer',
  'projects/1/roles/deployer',
  'organizations/9/roles/deployer',
);
const MEMBERS = one(
  'user:alice@example.com',
  'user:Bob@example.com',
  'user:jos\u00e9\ud800@example.com',
  'group:team@example.com',
  'group:known@example.com',
  'allUsers',
  'domain:example.com',
  'deleted:user:alice@example.com?uid=1',
  'serviceAccount:ci@app.iam.gserviceaccount.com',
  'serviceAccount:1-compute@developer.gserviceaccount.com',
  'serviceAccount:service-1@serverless-robot-prod.iam.gserviceaccount.com',
  'serviceAccount:service-2@serverless-robot-prod.iam.gserviceaccount.com',
  'principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount',
  'nonsense',
);
const CONDITION = one<unknown>(
  undefined,
  undefined,
  undefined,
  null,
  { title: 't', expression: "resource.name.endsWith('/web')" },
  { expression: "resource.matchTag('9/env', 'prod')" },
  { title: 'once', expression: "request.time < timestamp('2025-01-01T00:00:00Z')" },
  { title: 'no expression' },
);
const binding = fc.record({
  role: ROLES,
  members: fc.uniqueArray(MEMBERS, { minLength: 1, maxLength: 4 }),
  condition: CONDITION,
});
export const policy = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({ version: one(1, 3), bindings: fc.array(binding, { maxLength: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: one<unknown>({}, null, { bindings: 'none' }, { bindings: [{ members: [] }] }, { version: -1 }),
  },
);

const images = fc.uniqueArray(
  one('us-docker.pkg.dev/images/r/app', 'us-docker.pkg.dev/3/r/app:v1', 'nginx', 'not an image'),
  { minLength: 1, maxLength: 2 },
);
/** Names of assets spell them by their unique ids as well. */
export const accountInName = one(
  'ci@app.iam.gserviceaccount.com',
  '1-compute@developer.gserviceaccount.com',
  '100000000000000000001',
  '100000000000000000002',
);
export const account = one(
  'ci@app.iam.gserviceaccount.com',
  'gone@zoo.iam.gserviceaccount.com',
  '1-compute@developer.gserviceaccount.com',
  '',
);
const secret = one('password', 'projects/3/secrets/far', '');

/** As its API writes it: v1, v2, without containers, or not at all. */
export const described = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(images, account, secret).map(inV1) },
  { weight: 4, arbitrary: fc.tuple(images, account, secret).map(inV2) },
  { weight: 1, arbitrary: one({ data: {} }, { data: { template: { containers: [] } } }, {}) },
);

type Template = readonly [readonly string[], string, string];

function inV1([all, serviceAccountName, name]: Template): object {
  const env =
    name === ''
      ? []
      : ['latest', 'good'].map((key) => ({
          name: 'A',
          valueFrom: { secretKeyRef: { name: 'alias', key } },
        }));
  const annotations = { 'run.googleapis.com/secrets': `alias:${name}` };
  const containers = all.map((image) => ({ image, env }));
  return {
    data: { spec: { template: { metadata: { annotations }, spec: { serviceAccountName, containers } } } },
  };
}

function inV2([all, serviceAccount, secretOf]: Template): object {
  const volumes = secretOf === '' ? [] : [{ name: 'v', secret: { secret: secretOf } }];
  const containers = all.map((image) => ({ image }));
  return { data: { template: { serviceAccount, containers, volumes }, invokerIamDisabled: true } };
}
