/** For tests: exports made at random, of estates of a few projects, with much in them that is not as it should be. */
import fc from 'fast-check';
import {
  ABOVE,
  account,
  accountInName,
  ancestorsOf,
  described,
  one,
  PROJECTS,
  policy,
  project,
  spelled,
  time,
} from './testing-words.js';

/** A file of an export, and its lines. */
export interface MadeFile {
  readonly export: string;
  readonly values: readonly object[];
}

const RUN = 'run.googleapis.com';
const runKind = fc.constantFrom<(readonly string[])[]>(
  ['services', 'Service'],
  ['services', 'Service'],
  ['jobs', 'Job'],
  ['workerPools', 'WorkerPool'],
);

interface Head {
  readonly name: string;
  readonly asset_type: string;
}

const runHead = fc
  .record({
    key: spelled,
    kind: runKind,
    name: one('web', 'web', 'api', 'b\u00e9'),
    odd: fc.integer({ max: 30, min: 0 }),
  })
  .map(
    ({ key, kind: [collection = '', type = ''], name, odd }): Head => ({
      name:
        odd === 0
          ? `//${RUN}/bare/${name}`
          : odd === 1
            ? `//${RUN}/projects/${key}/${name}`
            : `//${RUN}/projects/${key}/locations/us-central1/${collection}/${name}`,
      asset_type: `${RUN}/${type}`,
    }),
  );

const of = (type: string, name: fc.Arbitrary<string>): fc.Arbitrary<Head> =>
  name.map((each) => ({ name: each, asset_type: type }));
const MANAGER = '//cloudresourcemanager.googleapis.com';
const managed = (type: string) => `cloudresourcemanager.googleapis.com/${type}`;
const projectHead = of(
  managed('Project'),
  spelled.map((key) => `${MANAGER}/projects/${key}`),
);

const holder: fc.Arbitrary<Head> = fc.oneof(
  { weight: 4, arbitrary: projectHead },
  { weight: 4, arbitrary: runHead },
  of(managed('Folder'), fc.constant(`${MANAGER}/folders/7`)),
  of(managed('Organization'), fc.constant(`${MANAGER}/organizations/9`)),
  of(
    'iam.googleapis.com/ServiceAccount',
    accountInName.map((email) => `//iam.googleapis.com/projects/app/serviceAccounts/${email}`),
  ),
  of(
    'artifactregistry.googleapis.com/Repository',
    spelled.map((key) => `//artifactregistry.googleapis.com/projects/${key}/locations/us/repositories/r`),
  ),
  of(
    'secretmanager.googleapis.com/Secret',
    spelled.map((key) => `//secretmanager.googleapis.com/projects/${key}/secrets/password`),
  ),
  of(
    'compute.googleapis.com/Instance',
    fc.constant('//compute.googleapis.com/projects/app/zones/z/instances/i'),
  ),
);

const held = fc
  .record({ head: holder, iam_policy: policy })
  .map(({ head, iam_policy }) => ({ ...head, iam_policy }));
const ran = fc
  .record({ head: runHead, resource: described })
  .map(({ head, resource }) => ({ ...head, resource }));

/** Both of one account in one asset. */
const heldAndDescribed = fc
  .record({ email: account, iam_policy: policy, disabled: fc.boolean() })
  .map(({ email, iam_policy, disabled }) => ({
    name: `//iam.googleapis.com/projects/app/serviceAccounts/${email}`,
    asset_type: 'iam.googleapis.com/ServiceAccount',
    resource: { data: { email, projectId: 'app', disabled } },
    iam_policy,
  }));

const resource = (head: fc.Arbitrary<Head>, data: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.tuple(head, data).map(([named, read]) => ({ ...named, resource: { data: read } }));

const projectAsset = fc
  .tuple(project, one(0, 1), one('ACTIVE', 'ACTIVE', 'ACTIVE', 'DELETE_REQUESTED'))
  .map(([[projectId, projectNumber], by, lifecycleState]) => ({
    name: `${MANAGER}/projects/${by === 0 ? projectId : projectNumber}`,
    asset_type: managed('Project'),
    resource: { data: { projectId, projectNumber, lifecycleState } },
    ancestors: [`projects/${projectNumber}`, ...ABOVE],
  }));

const DENY = 'iam.googleapis.com/PolicyV2';
const denied = resource(
  of(
    DENY,
    one('1', '4').map(
      (number) =>
        `//iam.googleapis.com/policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${number}/denypolicies/no`,
    ),
  ),
  one(
    {
      rules: [
        {
          denyRule: {
            deniedPrincipals: ['principal://goog/subject/alice@example.com'],
            deniedPermissions: ['run.googleapis.com/services.update'],
          },
        },
      ],
    },
    { rules: [{ denyRule: { deniedPrincipals: ['who?'], deniedPermissions: [] } }] },
    { rules: 'none' },
  ),
);

const BINDING = 'iam.googleapis.com/PolicyBinding';
const bound = resource(
  of(BINDING, fc.constant(`//iam.googleapis.com/organizations/9/locations/global/policyBindings/b`)),
  one(
    { name: 'organizations/9/locations/global/policyBindings/b', policyKind: 'OTHER' },
    { name: 'b', policy: 'p', target: { principalSet: '//cloudresourcemanager.googleapis.com/projects/1' } },
  ),
);

const others = fc.oneof(
  denied,
  heldAndDescribed,
  bound,
  resource(
    of(
      'iam.googleapis.com/ServiceAccount',
      accountInName.map((email) => `//iam.googleapis.com/projects/app/serviceAccounts/${email}`),
    ),
    fc.record({
      email: account,
      projectId: one('app', '1', 'zoo'),
      disabled: fc.boolean(),
      uniqueId: one('100000000000000000001', undefined),
    }),
  ),
  resource(
    of(managed('TagValue'), fc.constant(`${MANAGER}/tagValues/5`)),
    one(
      { name: 'tagValues/5', parent: 'tagKeys/4', namespacedName: '9/env/prod' },
      { name: 'tagValues/5' },
      {},
    ),
  ),
  resource(
    of(managed('TagBinding'), fc.constant(`${MANAGER}/tagBindings/b`)),
    fc.record({
      parent: fc.oneof(
        holder.map(({ name }) => name),
        fc.constant(`${MANAGER}/organizations/9`),
      ),
      tagValue: one('tagValues/5', 'tagValues/5', 'tagValues/6'),
    }),
  ),
  resource(
    of(
      'secretmanager.googleapis.com/Secret',
      spelled.map((key) => `//secretmanager.googleapis.com/projects/${key}/secrets/password`),
    ),
    one({ versionAliases: { good: '1', 'no such': '7' } }, { versionAliases: 'none' }, {}),
  ),
  resource(
    of(
      'iam.googleapis.com/Role',
      one('projects/app', 'organizations/9').map((parent) => `//iam.googleapis.com/${parent}/roles/deployer`),
    ),
    fc.record({
      name: one('projects/app/roles/deployer', 'organizations/9/roles/deployer'),
      includedPermissions: one(['run.services.update', 'run.services.get'], []),
      deleted: fc.boolean(),
    }),
  ),
  resource(
    of(
      'artifactregistry.googleapis.com/Repository',
      spelled.map((key) => `//artifactregistry.googleapis.com/projects/${key}/locations/us/repositories/r`),
    ),
    one(
      { mode: 'STANDARD_REPOSITORY' },
      { mode: 'ODD' },
      {
        mode: 'VIRTUAL_REPOSITORY',
        virtualRepositoryConfig: {
          upstreamPolicies: [{ repository: 'projects/4/locations/us/repositories/r' }],
        },
      },
    ),
  ),
  resource(
    of(
      'secretmanager.googleapis.com/SecretVersion',
      spelled.map((key) => `//secretmanager.googleapis.com/projects/${key}/secrets/password/versions/1`),
    ),
    fc.record({ state: one('ENABLED', 'DISABLED') }),
  ),
  resource(
    of(
      'serviceusage.googleapis.com/Service',
      spelled.map((key) => `//serviceusage.googleapis.com/projects/${key}/services/run.googleapis.com`),
    ),
    fc.record({ state: one('ENABLED', 'ENABLED', 'DISABLED') }),
  ),
  resource(
    of(
      'artifactregistry.googleapis.com/DockerImage',
      fc.constant(
        '//artifactregistry.googleapis.com/projects/images/locations/us/repositories/r/dockerImages/app',
      ),
    ),
    fc.constant({ uri: 'us-docker.pkg.dev/images/r/app@sha256:0', tags: ['latest'] }),
  ),
  // What searches find: policies, and resources of which they may say no more than that they are there.
  fc.record({ head: holder, found: policy, made: project }).map(({ head, found, made }) =>
    typeof found === 'object' && found !== null && 'bindings' in found
      ? {
          resource: head.name,
          assetType: head.asset_type,
          policy: found,
          project: `projects/${made[1]}`,
          folders: ['folders/7'],
        }
      : { results: [] },
  ),
  fc.record({ head: holder, made: project }).map(({ head, made }) => ({
    name: head.name,
    assetType: head.asset_type,
    project: `projects/${made[1]}`,
    displayName: 'found',
    state: 'ACTIVE',
  })),
  // Histories.
  ran.map((asset) => ({ window: {}, asset })),
);

const asset: fc.Arbitrary<object> = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: held },
      { weight: 6, arbitrary: ran },
      { weight: 1, arbitrary: projectAsset },
      { weight: 4, arbitrary: others },
    ),
    project.chain(ancestorsOf),
    fc.boolean(),
    time,
  )
  .map(([made, lies, astray, update_time]) => ({
    ...(astray ? { ancestors: lies } : placed(made)),
    update_time,
    ...made,
  }));

/** Where its name says that it lies. */
function placed(made: object): object {
  const name = 'name' in made && typeof made.name === 'string' ? made.name : '';
  const key = /\/projects\/([^/]+)/.exec(name)?.[1];
  const number = PROJECTS.find((each) => each.some((spelling) => spelling === key))?.[1];
  return number === undefined ? {} : { ancestors: [`projects/${number}`, ...ABOVE] };
}

/** Assets that tell of most projects, so that deploys in them are worth a look. */
const ground = fc.subarray(PROJECTS.slice(0, 3), { minLength: 0 }).map((told) =>
  told.flatMap(([projectId, projectNumber]) => {
    const ancestors = [`projects/${projectNumber}`, ...ABOVE];
    const asset_type = managed('Project');
    const name = `${MANAGER}/projects/${projectNumber}`;
    const bindings = [
      { role: 'roles/run.developer', members: ['user:alice@example.com', 'group:known@example.com'] },
      {
        role: 'roles/run.serviceAgent',
        members: [`serviceAccount:service-${projectNumber}@serverless-robot-prod.iam.gserviceaccount.com`],
      },
    ];
    const enabled = `//serviceusage.googleapis.com/projects/${projectNumber}/services/run.googleapis.com`;
    return [
      { name, asset_type, ancestors, resource: { data: { projectId, projectNumber } } },
      { name, asset_type, ancestors, iam_policy: { bindings } },
      {
        name: enabled,
        asset_type: 'serviceusage.googleapis.com/Service',
        ancestors,
        resource: { data: { state: 'ENABLED' } },
      },
    ];
  }),
);

/** Several files, some of which are of one export. */
export const arbitraryExports: fc.Arbitrary<readonly MadeFile[]> = fc
  .tuple(
    ground,
    fc.array(
      fc.record({
        export: one('a', 'a', 'b'),
        values: fc.oneof(
          fc.array(asset, { maxLength: 25 }),
          fc.array(asset, { maxLength: 25, minLength: 15 }),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    fc.boolean(),
  )
  .map(([told, files, isLast]) => {
    const first = { export: 'a', values: told };
    return isLast ? [...files, first] : [first, ...files];
  });
