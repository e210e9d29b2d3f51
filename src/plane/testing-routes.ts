/** For tests: a plane's world with one of everything, and a request for every route that names what is there. */

import type { AccessControl } from '../access/index.js';
import type { Api, ApiMethod, HttpBinding } from '../google/index.js';
import { type BuiltImage, buildImage } from '../registry/index.js';
import type { Write } from '../store/index.js';

export const PROJECT = 'routes-project';
export const REGION = 'asia-northeast1';
const ORGANIZATION = '1';
/** A folder that is there, where others must not be. */
const FOLDER = 'folders/4711';
const IN_ORGANIZATION = { displayName: 'New', parent: `organizations/${ORGANIZATION}` };

/** An organization and a folder in it. */
export function hierarchy({ organizations, folders }: AccessControl): Write[] {
  const createTime = new Date(0).toISOString();
  const folder = { id: '4711', displayName: 'Routes', state: 'ACTIVE', createTime } as const;
  return [
    organizations.creation({ id: ORGANIZATION, customerId: 'C00000001', createTime }),
    folders.creation({ ...folder, parent: `organizations/${ORGANIZATION}` }),
  ];
}

/** Where the deny policies of IAM v2 are attached, as its names have it. */
const ATTACHMENT = `cloudresourcemanager.googleapis.com%2Fprojects%2F${PROJECT}`;

/** What lies where: by the API's host and the collection's name in paths. */
export interface World {
  /** The service account's unique id. */
  readonly accountId: string;
  readonly names: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Call = (verb: string, target: string, body?: unknown) => Promise<unknown>;

/** The value at a path of keys; undefined where the path ends early. */
function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>(
    (current, key) =>
      typeof current === 'object' && current !== null
        ? (current as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

const last = (name: unknown): string => String(name).split('/').at(-1) ?? '';

/**
 * Makes one of everything.
 * @param call as the owner; fails unless it succeeds
 * @param push pushes an image to a name and tag, and gives its digest
 */
export async function seed(
  call: Call,
  push: (image: BuiltImage, name: string, tag: string) => Promise<string>,
): Promise<World> {
  const created = await call('POST', 'cloudresourcemanager.googleapis.com/v1/projects', {
    projectId: PROJECT,
  });
  const enabled = await call(
    'POST',
    `serviceusage.googleapis.com/v1/projects/${PROJECT}/services:batchEnable`,
    {
      serviceIds: ['run.googleapis.com', 'artifactregistry.googleapis.com', 'secretmanager.googleapis.com'],
    },
  );
  const repositories = `artifactregistry.googleapis.com/v1/projects/${PROJECT}/locations/${REGION}/repositories`;
  const repository = await call('POST', `${repositories}?repositoryId=repo`, { format: 'DOCKER' });
  const built = await buildImage({ files: [{ path: '/app', content: 'x' }], config: { Cmd: ['/app'] } });
  const digest = await push(built, `${REGION}-docker.pkg.dev/${PROJECT}/repo/app`, 'v1');
  const accounts = `iam.googleapis.com/v1/projects/${PROJECT}/serviceAccounts`;
  const account = await call('POST', accounts, { accountId: 'account' });
  const key = await call('POST', `${accounts}/${at(account, 'email')}/keys`, {});
  // Called like a predefined one, so that one name serves for both.
  const roles = `iam.googleapis.com/v1/projects/${PROJECT}/roles`;
  await call('POST', roles, { roleId: 'viewer', role: { title: 'Viewer' } });
  const deployed = await call(
    'POST',
    `${REGION}-run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/services?serviceId=web`,
    {
      template: { containers: [{ image: `${REGION}-docker.pkg.dev/${PROJECT}/repo/app:v1` }] },
    },
  );
  const operation = last(at(deployed, 'name'));
  const done = (name: string) =>
    call('POST', `run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/operations/${name}:wait`, {
      timeout: '30s',
    });
  await done(operation);
  const jobs = `${REGION}-run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/jobs`;
  await done(last(at(await call('POST', `${jobs}?jobId=batch`, job), 'name')));
  const execution = last(at(await call('POST', `${jobs}/batch:run`, {}), 'metadata', 'name'));
  const { revisions } = (await call(
    'GET',
    `run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/services/web/revisions`,
  )) as { revisions: readonly unknown[] };
  const revision = last(at(revisions, 0, 'name'));
  // Called like the service, so that its revision may be too.
  await call(
    'POST',
    `${REGION}-run.googleapis.com/v2/projects/${PROJECT}/locations/${REGION}/workerPools?workerPoolId=web`,
    { template: { ...workerPool.template, revision }, scaling: { manualInstanceCount: 0 } },
  );
  await call('POST', 'logging.googleapis.com/v2/entries:write', {
    entries: [{ logName: `projects/${PROJECT}/logs/routes`, resource: { type: 'global' }, textPayload: 'x' }],
  });
  const secrets = `secretmanager.googleapis.com/v1/projects/${PROJECT}/secrets`;
  await call('POST', `${secrets}?secretId=secret`, { replication: { automatic: {} } });
  await call('POST', `${secrets}/secret:addVersion`, {
    payload: { data: Buffer.from('x').toString('base64') },
  });
  const tags = await seedTags(call);
  const everywhere = { projects: PROJECT, locations: REGION, organizations: '1', folders: '1' };
  const artifacts = {
    packages: 'app',
    versions: digest,
    tags: 'v1',
    dockerImages: `app@${digest}`,
    files: digest,
  };
  return {
    accountId: String(at(account, 'uniqueId')),
    names: {
      'run.googleapis.com': {
        ...everywhere,
        namespaces: PROJECT,
        services: 'web',
        jobs: 'batch',
        workerPools: 'web',
        workerpools: 'web',
        revisions: revision,
        executions: execution,
        tasks: `${execution}-task0`,
        operations: operation,
      },
      'cloudresourcemanager.googleapis.com': {
        ...everywhere,
        folders: '4711',
        ...tags,
        operations: last(at(created, 'name')),
      },
      'serviceusage.googleapis.com': {
        ...everywhere,
        '': 'projects',
        services: 'run.googleapis.com',
        operations: last(at(enabled, 'name')),
      },
      'iam.googleapis.com': {
        ...everywhere,
        locations: 'global',
        serviceAccounts: String(at(account, 'email')),
        keys: last(at(key, 'name')),
        roles: 'viewer',
        denypolicies: 'no-deletes',
        operations: 'unknown',
        principalAccessBoundaryPolicies: 'boundary',
        policyBindings: 'binding',
      },
      'iamcredentials.googleapis.com': { projects: '-', serviceAccounts: String(at(account, 'email')) },
      'artifactregistry.googleapis.com': {
        ...everywhere,
        repositories: 'repo',
        operations: last(at(repository, 'name')),
        ...artifacts,
      },
      'secretmanager.googleapis.com': { ...everywhere, secrets: 'secret', versions: '1' },
      'logging.googleapis.com': { ...everywhere, folders: '4711', '': 'projects', logs: 'routes' },
    },
  };
}

/** A key with a value, which is attached to the project and held. */
async function seedTags(call: Call): Promise<Readonly<Record<string, string>>> {
  const api = 'cloudresourcemanager.googleapis.com/v3';
  const parent = `projects/${PROJECT}`;
  const make = async (target: string, body: unknown) =>
    String(at(await call('POST', `${api}/${target}`, body), 'response', 'name'));
  const key = await make('tagKeys', { parent, shortName: 'env' });
  const value = await make('tagValues', { parent: key, shortName: 'prod' });
  const binding = await make('tagBindings', {
    parent: `//cloudresourcemanager.googleapis.com/${parent}`,
    tagValue: value,
  });
  const holder = '//compute.googleapis.com/compute/projects/p/zones/z/instances/i';
  return {
    tagKeys: last(key),
    tagValues: last(value),
    tagBindings: binding.slice('tagBindings/'.length),
    tagHolds: last(await make(`${value}/tagHolds`, { holder })),
  };
}

/** A template's path with what the world holds: each `*` is the collection before it. */
function pathOf(template: string, host: string, { names }: World): string {
  const known = names[host] ?? {};
  const segments = template
    // {name=projects/*/locations/*} is its pattern, {project} a `*` of its own.
    .replace(/\{[^}=]+=([^}]+)\}/g, '$1')
    .replace(/\{[^}]+\}/g, '*')
    .replace('/policies/*/*', `/policies/${ATTACHMENT}/denypolicies`)
    .split('/');
  return segments
    .map((segment, index) => {
      const [name = '', ...verb] = segment.split(':');
      if (name !== '*' && name !== '**') return segment;
      const before = segments[index - 1] ?? '';
      // What stands at the beginning, as in */*/services/*, is itself a collection.
      const collection = before === '*' ? 'projects' : /^v\d/.test(before) ? '' : before;
      return [known[collection] ?? 'unknown', ...verb].join(':');
    })
    .join('/');
}

export interface RouteRequest {
  /** Host and path, in the direct form. */
  readonly url: string;
  readonly body: unknown;
}

const image = `${REGION}-docker.pkg.dev/${PROJECT}/repo/app:v1`;
/** Unlike what the seed deploys, so that it makes a new revision. */
const changed = (version: string) => ({ image, env: [{ name: 'DEPLOYED_BY', value: version }] });
const knative = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: PROJECT },
  spec: { template: { spec: { containers: [changed('v1')] } } },
};
const knativeJob = {
  apiVersion: 'run.googleapis.com/v1',
  kind: 'Job',
  metadata: { name: 'batch', namespace: PROJECT },
  spec: { template: { spec: { template: { spec: { containers: [changed('v1')] } } } } },
};
const workerPool = { template: { containers: [{ image }] } };
const job = { template: { template: { containers: [{ image }] } } };
const test = (permission: string) => ({ permissions: [permission] });
const denyPolicy = {
  rules: [
    {
      denyRule: {
        deniedPrincipals: ['principalSet://goog/public:all'],
        deniedPermissions: ['run.googleapis.com/services.delete'],
      },
    },
  ],
};
const principalSet = `//cloudresourcemanager.googleapis.com/projects/${PROJECT}`;
const policyBinding = {
  target: { principalSet },
  policy: 'organizations/1/locations/global/principalAccessBoundaryPolicies/boundary',
};
const signed = { payload: Buffer.from('x').toString('base64') };

/** The versions of Policy Troubleshooter. */
const TROUBLESHOOTERS = [
  'v1.IamChecker',
  'v2alpha1.IamChecker',
  ...['v3', 'v3beta', 'v3alpha'].map((version) => `iam.${version}.PolicyTroubleshooter`),
];
const troubleshoot = {
  accessTuple: {
    principal: 'stranger@example.com',
    fullResourceName: `//cloudresourcemanager.googleapis.com/projects/${PROJECT}`,
    permission: 'run.services.get',
  },
};

/** What a method must be sent to come as far as the question who sends it; an empty object where nothing stands here. */
const BODIES: Readonly<Record<string, unknown>> = {
  'google.cloud.run.v1.Services.CreateService': { ...knative, metadata: { name: 'new', namespace: PROJECT } },
  'google.cloud.run.v1.Services.ReplaceService': knative,
  'google.cloud.run.v1.Jobs.CreateJob': { ...knativeJob, metadata: { name: 'new', namespace: PROJECT } },
  'google.cloud.run.v1.Jobs.ReplaceJob': knativeJob,
  'google.cloud.run.v1.Jobs.TestIamPermissions': test('run.jobs.get'),
  'google.cloud.run.v2.Jobs.CreateJob': job,
  'google.cloud.run.v2.Jobs.UpdateJob': { template: { template: { containers: [changed('v2')] } } },
  'google.cloud.run.v2.Jobs.TestIamPermissions': test('run.jobs.get'),
  'google.cloud.run.v1.WorkerPools.TestIamPermissions': test('run.workerpools.get'),
  'google.cloud.run.v2.WorkerPools.CreateWorkerPool': workerPool,
  'google.cloud.run.v2.WorkerPools.UpdateWorkerPool': { template: { containers: [changed('v2')] } },
  'google.cloud.run.v2.WorkerPools.TestIamPermissions': test('run.workerpools.get'),
  'google.cloud.run.v1.Services.TestIamPermissions': test('run.services.get'),
  'google.cloud.run.v2.Services.CreateService': { template: { containers: [{ image }] } },
  'google.cloud.run.v2.Services.UpdateService': { template: { containers: [changed('v2')] } },
  'google.cloud.run.v2.Services.TestIamPermissions': test('run.services.get'),
  'google.cloudresourcemanager.v1.Projects.CreateProject': {
    projectId: 'another-project',
    parent: { type: 'organization', id: '1' },
  },
  'google.cloudresourcemanager.v1.Projects.TestIamPermissions': test('resourcemanager.projects.get'),
  'google.cloud.resourcemanager.v3.Projects.CreateProject': {
    projectId: 'another-project',
    parent: 'organizations/1',
  },
  'google.cloud.resourcemanager.v3.Projects.MoveProject': { destinationParent: FOLDER },
  'google.cloud.resourcemanager.v2.Folders.CreateFolder': { displayName: 'New' },
  'google.cloud.resourcemanager.v2.Folders.MoveFolder': {
    destinationParent: `organizations/${ORGANIZATION}`,
  },
  'google.cloud.resourcemanager.v2.Folders.TestIamPermissions': test('resourcemanager.folders.get'),
  'google.cloud.resourcemanager.v3.Folders.CreateFolder': IN_ORGANIZATION,
  'google.cloud.resourcemanager.v3.Folders.MoveFolder': {
    destinationParent: `organizations/${ORGANIZATION}`,
  },
  'google.cloud.resourcemanager.v3.Folders.TestIamPermissions': test('resourcemanager.folders.get'),
  'google.cloudresourcemanager.v1.Organizations.TestIamPermissions': test(
    'resourcemanager.organizations.get',
  ),
  'google.cloud.resourcemanager.v3.Organizations.TestIamPermissions': test(
    'resourcemanager.organizations.get',
  ),
  'google.cloud.resourcemanager.v3.Projects.TestIamPermissions': test('resourcemanager.projects.get'),
  'google.iam.admin.v1.IAM.CreateRole': { roleId: 'another', role: { title: 'Another' } },
  'google.cloud.resourcemanager.v3.TagKeys.CreateTagKey': {
    parent: `projects/${PROJECT}`,
    shortName: 'another',
  },
  'google.cloud.resourcemanager.v3.TagKeys.TestIamPermissions': test('resourcemanager.tagKeys.get'),
  'google.cloud.resourcemanager.v3.TagValues.CreateTagValue': {
    parent: 'tagKeys/{tagKeys}',
    shortName: 'another',
  },
  'google.cloud.resourcemanager.v3.TagValues.TestIamPermissions': test('resourcemanager.tagValues.get'),
  'google.cloud.resourcemanager.v3.TagBindings.CreateTagBinding': {
    parent: `//cloudresourcemanager.googleapis.com/projects/${PROJECT}`,
    tagValueNamespacedName: `${PROJECT}/env/prod`,
  },
  'google.cloud.resourcemanager.v3.TagHolds.CreateTagHold': {
    holder: '//compute.googleapis.com/compute/projects/p/zones/z/instances/another',
  },
  'google.iam.admin.v1.IAM.LintPolicy': { condition: { title: 't', expression: 'true' } },
  'google.iam.admin.v1.IAM.QueryAuditableServices': {
    fullResourceName: `//cloudresourcemanager.googleapis.com/projects/${PROJECT}`,
  },
  'google.iam.admin.v1.IAM.QueryGrantableRoles': {
    fullResourceName: `//cloudresourcemanager.googleapis.com/projects/${PROJECT}`,
  },
  'google.iam.admin.v1.IAM.TestIamPermissions': test('iam.serviceAccounts.get'),
  'google.iam.v2.Policies.CreatePolicy': denyPolicy,
  'google.iam.v2.Policies.UpdatePolicy': denyPolicy,
  'google.iam.v3.PolicyBindings.CreatePolicyBinding': policyBinding,
  'google.iam.v3.PolicyBindings.UpdatePolicyBinding': policyBinding,
  'google.iam.credentials.v1.IAMCredentials.GenerateAccessToken': {
    scope: ['https://www.googleapis.com/auth/cloud-platform'],
  },
  'google.iam.credentials.v1.IAMCredentials.GenerateIdToken': { audience: 'https://example.com' },
  'google.iam.credentials.v1.IAMCredentials.SignBlob': signed,
  'google.iam.credentials.v1.IAMCredentials.SignJwt': { payload: '{"sub":"x"}' },
  'google.devtools.artifactregistry.v1.ArtifactRegistry.TestIamPermissions': test(
    'artifactregistry.repositories.get',
  ),
  'google.cloud.secretmanager.v1.SecretManagerService.CreateSecret': { replication: { automatic: {} } },
  'google.cloud.secretmanager.v1.SecretManagerService.UpdateSecret': { labels: {} },
  'google.cloud.secretmanager.v1.SecretManagerService.AddSecretVersion': {
    payload: { data: Buffer.from('x').toString('base64') },
  },
  'google.cloud.secretmanager.v1.SecretManagerService.TestIamPermissions': test('secretmanager.secrets.get'),
  'google.logging.v2.LoggingServiceV2.WriteLogEntries': {
    entries: [{ logName: `projects/${PROJECT}/logs/routes`, resource: { type: 'global' }, textPayload: 'x' }],
  },
  'google.logging.v2.LoggingServiceV2.TailLogEntries': { resourceNames: [`projects/${PROJECT}`] },
  'google.logging.v2.LoggingServiceV2.ListLogEntries': { resourceNames: [`projects/${PROJECT}`] },
  ...Object.fromEntries(
    TROUBLESHOOTERS.map((service) => [
      `google.cloud.policytroubleshooter.${service}.TroubleshootIamPolicy`,
      troubleshoot,
    ]),
  ),
};
const QUERIES: Readonly<Record<string, string>> = {
  'google.iam.v2.Policies.CreatePolicy': '?policyId=no-deletes',
  'google.iam.v3.PrincipalAccessBoundaryPolicies.CreatePrincipalAccessBoundaryPolicy':
    '?principalAccessBoundaryPolicyId=boundary',
  'google.iam.v3.PolicyBindings.CreatePolicyBinding': '?policyBindingId=binding',
  'google.iam.v3.PolicyBindings.SearchTargetPolicyBindings': `?target=${encodeURIComponent(principalSet)}`,
  'google.cloud.run.v2.Services.CreateService': '?serviceId=new-v2',
  'google.cloud.run.v2.Jobs.CreateJob': '?jobId=new-v2',
  'google.cloud.run.v2.WorkerPools.CreateWorkerPool': '?workerPoolId=new-v2',
  'google.cloud.secretmanager.v1.SecretManagerService.CreateSecret': '?secretId=new',
  'google.cloud.secretmanager.v1.SecretManagerService.UpdateSecret': '?updateMask=labels',
  'google.cloud.resourcemanager.v3.Projects.ListProjects': '?parent=organizations/1',
  'google.cloud.resourcemanager.v3.TagKeys.ListTagKeys': `?parent=projects/${PROJECT}`,
  'google.cloud.resourcemanager.v3.TagKeys.GetNamespacedTagKey': `?name=${PROJECT}/env`,
  'google.cloud.resourcemanager.v3.TagValues.ListTagValues': '?parent=tagKeys/{tagKeys}',
  'google.cloud.resourcemanager.v3.TagValues.GetNamespacedTagValue': `?name=${PROJECT}/env/prod`,
  'google.cloud.resourcemanager.v3.TagBindings.ListTagBindings': `?parent=//cloudresourcemanager.googleapis.com/projects/${PROJECT}`,
  'google.cloud.resourcemanager.v3.TagBindings.ListEffectiveTags': `?parent=//cloudresourcemanager.googleapis.com/projects/${PROJECT}`,
  'google.cloud.resourcemanager.v2.Folders.CreateFolder': '?parent=organizations/1',
  'google.cloud.resourcemanager.v2.Folders.ListFolders': '?parent=organizations/1',
  'google.cloud.resourcemanager.v3.Folders.ListFolders': '?parent=organizations/1',
};

/** A request for a route that is well formed as far as it must be. */
export function requestOf(
  { host }: Api,
  method: ApiMethod,
  binding: HttpBinding,
  world: World,
): RouteRequest {
  const place = pathOf(binding.template, host, world);
  // A deleted account goes by its number.
  const undelete = method.name.endsWith('.UndeleteServiceAccount');
  return {
    // Namespaced paths say no region: the host does.
    url: `${binding.template.startsWith('/apis/') ? `${REGION}-` : ''}${host}${
      undelete ? place.replace(/[^/]+(?=:undelete)/, world.accountId) : place
    }${filled(QUERIES[method.name] ?? '', host, world)}`,
    body:
      binding.body === undefined
        ? undefined
        : JSON.parse(filled(JSON.stringify(BODIES[method.name] ?? {}), host, world)),
  };
}

/** Numbers that the seed drew, as `{tagKeys}`, filled in. */
function filled(text: string, host: string, { names }: World): string {
  return text.replace(/\{(tag\w+)\}/g, (_, collection: string) => names[host]?.[collection] ?? 'unknown');
}
