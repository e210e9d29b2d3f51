/**
 * Everything that is ever sent to Google Cloud, in one place: calls that read. Each is a GET, or one of the three POSTs
 * that Google made of reads (`getIamPolicy`, `getAncestry`, `entries:list`), with a body, if any, that stands here; one
 * takes in which entries to read, and from where on.
 */

/** One method of a Google API. */
export interface GoogleCall {
  readonly verb: 'GET' | 'POST';
  /** `{location}` stands for a parameter. */
  readonly host: string;
  /** `{name}` stands for one segment, `{+name}` for several. */
  readonly path: string;
  /** What whoever calls it needs, on `on`; undefined where anybody may, and sees what they may. */
  readonly permission?: string;
  /** Where the permission is checked, as a template like the path; what the path names when left out. */
  readonly on?: string;
  /** Of a POST. */
  readonly body?: string;
  /** Fields of the body that whoever calls it gives, beside those of `body`; none when left out. */
  readonly takes?: readonly string[];
  /** What is sent in the query beside what the caller asks for. */
  readonly query?: Readonly<Record<string, string>>;
}

/** Without it, policies with conditions come back without them (https://cloud.google.com/iam/docs/policies#versions). */
const VERSION_3 = JSON.stringify({ options: { requestedPolicyVersion: 3 } });
/** The same where `getIamPolicy` takes no body. */
const QUERY_3 = { 'options.requestedPolicyVersion': '3' };

const get = (host: string, path: string, permission?: string, on?: string): GoogleCall => ({
  verb: 'GET',
  host,
  path,
  ...(permission === undefined ? {} : { permission }),
  ...(on === undefined ? {} : { on }),
});
const post = (host: string, path: string, permission: string, body: string): GoogleCall => ({
  verb: 'POST',
  host,
  path,
  permission,
  body,
});

const RESOURCE_MANAGER = 'cloudresourcemanager.googleapis.com';
const IAM = 'iam.googleapis.com';
const RUN = 'run.googleapis.com';
const REGISTRY = 'artifactregistry.googleapis.com';
const SECRETS = 'secretmanager.googleapis.com';
const GROUPS = 'cloudidentity.googleapis.com';
const ASSETS = 'cloudasset.googleapis.com';
const IN_PROJECT = 'projects/{project}';
const IN_ORGANIZATION = 'organizations/{organization}';
const REPOSITORY = '/v1/projects/{project}/locations/{location}/repositories/{repository}';

/** The methods, by the names that the rest of this folder calls them by. */
export const CALLS = {
  project: get(RESOURCE_MANAGER, '/v3/projects/{project}', 'resourcemanager.projects.get'),
  /** Those that whoever asks may get. */
  projects: get(RESOURCE_MANAGER, '/v3/projects:search'),
  ancestry: post(
    RESOURCE_MANAGER,
    '/v1/projects/{project}:getAncestry',
    'resourcemanager.projects.get',
    '{}',
  ),
  projectPolicy: post(
    RESOURCE_MANAGER,
    '/v3/projects/{project}:getIamPolicy',
    'resourcemanager.projects.getIamPolicy',
    VERSION_3,
  ),
  folderPolicy: post(
    RESOURCE_MANAGER,
    '/v3/folders/{folder}:getIamPolicy',
    'resourcemanager.folders.getIamPolicy',
    VERSION_3,
  ),
  organizationPolicy: post(
    RESOURCE_MANAGER,
    '/v3/organizations/{organization}:getIamPolicy',
    'resourcemanager.organizations.getIamPolicy',
    VERSION_3,
  ),
  folder: get(RESOURCE_MANAGER, '/v3/folders/{folder}', 'resourcemanager.folders.get'),
  organization: get(
    RESOURCE_MANAGER,
    '/v3/organizations/{organization}',
    'resourcemanager.organizations.get',
  ),
  organizations: get(RESOURCE_MANAGER, '/v3/organizations:search'),
  effectiveTags: get(
    RESOURCE_MANAGER,
    '/v3/effectiveTags',
    'resourcemanager.hierarchyNodes.listEffectiveTags',
    '{+parent}',
  ),
  regionalEffectiveTags: get(
    `{location}-${RESOURCE_MANAGER}`,
    '/v3/effectiveTags',
    'resourcemanager.hierarchyNodes.listEffectiveTags',
    '{+parent}',
  ),
  accountPolicy: {
    verb: 'POST',
    host: IAM,
    path: '/v1/projects/{project}/serviceAccounts/{email}:getIamPolicy',
    permission: 'iam.serviceAccounts.getIamPolicy',
    query: QUERY_3,
  },
  account: get(IAM, '/v1/projects/{project}/serviceAccounts/{email}', 'iam.serviceAccounts.get'),
  accounts: get(IAM, '/v1/projects/{project}/serviceAccounts', 'iam.serviceAccounts.list', IN_PROJECT),
  predefinedRole: get(IAM, '/v1/roles/{role}'),
  projectRole: get(IAM, '/v1/projects/{project}/roles/{role}', 'iam.roles.get'),
  organizationRole: get(IAM, '/v1/organizations/{organization}/roles/{role}', 'iam.roles.get'),
  projectRoles: get(IAM, '/v1/projects/{project}/roles', 'iam.roles.list', IN_PROJECT),
  organizationRoles: get(IAM, '/v1/organizations/{organization}/roles', 'iam.roles.list', IN_ORGANIZATION),
  denyPolicies: get(IAM, '/v2/policies/{attachment}/denypolicies', 'iam.denypolicies.list', '{attachment}'),
  denyPolicy: get(IAM, '/v2/policies/{attachment}/denypolicies/{id}', 'iam.denypolicies.get', '{attachment}'),
  boundaryPolicies: get(
    IAM,
    '/v3/organizations/{organization}/locations/global/principalAccessBoundaryPolicies',
    'iam.principalaccessboundarypolicies.list',
    IN_ORGANIZATION,
  ),
  boundaryBindings: get(
    IAM,
    '/v3/organizations/{organization}/locations/global/principalAccessBoundaryPolicies/{id}:searchPolicyBindings',
    'iam.principalaccessboundarypolicies.searchPolicyBindings',
    IN_ORGANIZATION,
  ),
  enabledApi: get(
    'serviceusage.googleapis.com',
    '/v1/projects/{project}/services/{api}',
    'serviceusage.services.get',
    IN_PROJECT,
  ),
  enabledApis: get(
    'serviceusage.googleapis.com',
    '/v1/projects/{project}/services',
    'serviceusage.services.list',
    IN_PROJECT,
  ),
  repository: get(REGISTRY, REPOSITORY, 'artifactregistry.repositories.get'),
  repositoryPolicy: {
    ...get(REGISTRY, `${REPOSITORY}:getIamPolicy`, 'artifactregistry.repositories.getIamPolicy'),
    query: QUERY_3,
  },
  repositories: get(
    REGISTRY,
    '/v1/projects/{project}/locations/{location}/repositories',
    'artifactregistry.repositories.list',
    IN_PROJECT,
  ),
  locations: get(REGISTRY, '/v1/projects/{project}/locations', 'artifactregistry.locations.list', IN_PROJECT),
  secretPolicy: {
    ...get(
      SECRETS,
      '/v1/projects/{project}/secrets/{secret}:getIamPolicy',
      'secretmanager.secrets.getIamPolicy',
    ),
    query: QUERY_3,
  },
  /** The version's state, not what it holds. */
  secretVersion: get(
    SECRETS,
    '/v1/projects/{project}/secrets/{secret}/versions/{version}',
    'secretmanager.versions.get',
  ),
  secrets: get(SECRETS, '/v1/projects/{project}/secrets', 'secretmanager.secrets.list', IN_PROJECT),
  service: get(RUN, '/v2/projects/{project}/locations/{location}/services/{name}', 'run.services.get'),
  job: get(RUN, '/v2/projects/{project}/locations/{location}/jobs/{name}', 'run.jobs.get'),
  workerPool: get(
    RUN,
    '/v2/projects/{project}/locations/{location}/workerPools/{name}',
    'run.workerpools.get',
  ),
  servicePolicy: {
    ...get(
      RUN,
      '/v2/projects/{project}/locations/{location}/services/{name}:getIamPolicy',
      'run.services.getIamPolicy',
    ),
    query: QUERY_3,
  },
  jobPolicy: {
    ...get(
      RUN,
      '/v2/projects/{project}/locations/{location}/jobs/{name}:getIamPolicy',
      'run.jobs.getIamPolicy',
    ),
    query: QUERY_3,
  },
  workerPoolPolicy: {
    ...get(
      RUN,
      '/v2/projects/{project}/locations/{location}/workerPools/{name}:getIamPolicy',
      'run.workerpools.getIamPolicy',
    ),
    query: QUERY_3,
  },
  /** Of one region; the older version below lists those of all, by `locations/-`. */
  services: get(RUN, '/v2/projects/{project}/locations/{location}/services', 'run.services.list', IN_PROJECT),
  jobs: get(RUN, '/v2/projects/{project}/locations/{location}/jobs', 'run.jobs.list', IN_PROJECT),
  workerPools: get(
    RUN,
    '/v2/projects/{project}/locations/{location}/workerPools',
    'run.workerpools.list',
    IN_PROJECT,
  ),
  servicesEverywhere: get(
    RUN,
    '/v1/projects/{project}/locations/-/services',
    'run.services.list',
    IN_PROJECT,
  ),
  jobsEverywhere: get(
    RUN,
    '/apis/run.googleapis.com/v1/namespaces/{project}/jobs',
    'run.jobs.list',
    IN_PROJECT,
  ),
  workerPoolsEverywhere: get(
    RUN,
    '/apis/run.googleapis.com/v1/namespaces/{project}/workerpools',
    'run.workerpools.list',
    IN_PROJECT,
  ),
  /** Everything in an organization, in pages (https://cloud.google.com/asset-inventory/docs/reference/rest/v1/assets/list). */
  assetResources: {
    ...get(
      ASSETS,
      '/v1/organizations/{organization}/assets',
      'cloudasset.assets.listResource',
      IN_ORGANIZATION,
    ),
    query: { contentType: 'RESOURCE', pageSize: '1000' },
  },
  assetPolicies: {
    ...get(
      ASSETS,
      '/v1/organizations/{organization}/assets',
      'cloudasset.assets.listIamPolicy',
      IN_ORGANIZATION,
    ),
    query: { contentType: 'IAM_POLICY', pageSize: '1000' },
  },
  /** https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list, whose pages hold at most so many. */
  logEntries: {
    verb: 'POST',
    host: 'logging.googleapis.com',
    path: '/v2/entries:list',
    permission: 'logging.logEntries.list',
    on: '{+container}',
    body: JSON.stringify({ orderBy: 'timestamp asc', pageSize: 1000 }),
    takes: ['resourceNames', 'filter', 'pageToken'],
  },
  findGroup: get(GROUPS, '/v1/groups:lookup'),
  isMember: get(GROUPS, '/v1/groups/{group}/memberships:checkTransitiveMembership'),
  members: get(GROUPS, '/v1/groups/{group}/memberships'),
  manifest: get(
    '{host}',
    '/v2/{+image}/manifests/{reference}',
    'artifactregistry.repositories.downloadArtifacts',
    '{+repository}',
  ),
  /** An image's config, which names its platform; nothing else is fetched of an image. */
  imageConfig: get(
    '{host}',
    '/v2/{+image}/blobs/{digest}',
    'artifactregistry.repositories.downloadArtifacts',
    '{+repository}',
  ),
  /** Where Artifact Registry sends those who ask for a blob, on the host of the registry. */
  imageDownload: get('{host}', '/artifacts-downloads/{+rest}'),
  /** Who the caller is, for messages. */
  caller: get('openidconnect.googleapis.com', '/v1/userinfo'),
} as const satisfies Readonly<Record<string, GoogleCall>>;

export type CallName = keyof typeof CALLS;
