/** For tests: what the methods of APIs are sent, beside the names in their paths. */

export const PROJECT = 'routes-project';
export const REGION = 'asia-northeast1';
export const ORGANIZATION = '1';
/** A folder that is there, where others must not be. */
const FOLDER = 'folders/4711';
const IN_ORGANIZATION = { displayName: 'New', parent: `organizations/${ORGANIZATION}` };

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
export const workerPool = { template: { containers: [{ image }] } };
export const job = { template: { template: { containers: [{ image }] } } };
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
export const BODIES: Readonly<Record<string, unknown>> = {
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
const MEMBER_QUERY = `?query=${encodeURIComponent("member_key_id == 'member@example.com'")}`;
/** What a method is sent in its query. */
export const QUERIES: Readonly<Record<string, string>> = {
  'google.apps.cloudidentity.groups.v1.GroupsService.LookupGroupName': '?groupKey.id=routes@example.com',
  'google.apps.cloudidentity.groups.v1.MembershipsService.CheckTransitiveMembership': MEMBER_QUERY,
  'google.apps.cloudidentity.groups.v1.MembershipsService.SearchTransitiveGroups': MEMBER_QUERY,
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
