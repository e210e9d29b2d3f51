/**
 * The permissions that can be denied, of the services that exist here
 * (https://cloud.google.com/iam/docs/deny-permissions-support). Those of deny policies themselves are not among them:
 * no deny policy can keep others from being changed.
 */
import { LazySet } from '../roles/lazy-set.js';
import { all, permissions } from '../roles/notation.js';

const TAGS = 'createTagBinding deleteTagBinding listEffectiveTags listTagBindings';
const BINDINGS = 'createPolicyBinding deletePolicyBinding searchPolicyBindings updatePolicyBinding';

const run = permissions('run', {
  'configurations tasks': 'get list',
  executions: 'cancel delete get list',
  jobs: `create delete get getIamPolicy list run runWithOverrides setIamPolicy update ${TAGS}`,
  locations: 'list',
  'operations revisions': 'delete get list',
  routes: 'get invoke list',
  services: `create delete get getIamPolicy list setIamPolicy update ${TAGS}`,
  workerpools: 'create delete get getIamPolicy list setIamPolicy update',
});

const iam = permissions('iam', {
  operations: 'get',
  policybindings: 'get list',
  principalaccessboundarypolicies: 'bind create delete get list searchPolicyBindings unbind update',
  roles: 'create delete get list undelete update',
  serviceAccountKeys: 'create delete disable enable get list',
  serviceAccounts:
    'actAs create delete disable enable get getAccessToken getIamPolicy getOpenIdToken implicitDelegation list setIamPolicy signBlob signJwt undelete update',
  workloadIdentityPools: BINDINGS,
});

/** Of identities from outside, which roles spell with the host as deny policies do. */
const federation = permissions('iam.googleapis.com', {
  oauthClientCredentials: 'create delete get list update',
  oauthClients: 'create delete get list undelete update',
  'workforcePoolProviderKeys workloadIdentityPoolProviderKeys': 'create delete get list undelete',
  'workforcePoolProviders workloadIdentityPoolProviders': 'create delete get list undelete update',
  workforcePoolSubjects: 'delete undelete',
  workforcePools: `create delete get getIamPolicy list setIamPolicy undelete update ${BINDINGS}`,
  workloadIdentityPools: 'create delete get list undelete update',
  workspacePools: BINDINGS,
});

const artifactRegistry = permissions('artifactregistry', {
  'aptartifacts kfpartifacts yumartifacts': 'create',
  attachments: 'create delete get list',
  'dockerimages locations mavenartifacts npmpackages pythonpackages': 'get list',
  files: 'download list update upload',
  packages: 'list update',
  projectsettings: 'get update',
  repositories:
    'create delete deleteArtifacts downloadArtifacts get getIamPolicy list setIamPolicy update uploadArtifacts',
  rules: 'create delete get list update',
  tags: 'create list',
  versions: 'get list update',
});

/** Spelt with the host `cloudresourcemanager.googleapis.com` in deny policies. */
const resourceManager = permissions('resourcemanager', {
  folders: 'create delete get getIamPolicy list move setIamPolicy undelete update',
  organizations: 'get getIamPolicy setIamPolicy',
  projects:
    'create createBillingAssignment delete deleteBillingAssignment get getIamPolicy move setIamPolicy undelete update updateLiens',
});

const secretManager = permissions('secretmanager', {
  locations: 'get list',
  secrets: `create delete get getIamPolicy list setIamPolicy update ${TAGS}`,
  versions: 'access add destroy disable enable get list',
});

const serviceUsage = permissions('serviceusage', {
  operations: 'get',
  quotas: 'get update',
  services: 'disable enable get list use',
});

const logging = permissions('logging', {
  buckets: `copyLogEntries create delete get list undelete update ${TAGS}`,
  'exclusions logMetrics logScopes sinks': 'create delete get list update',
  links: 'create delete get list',
  locations: 'get list',
  logEntries: 'create list',
  'logServiceIndexes logServices privateLogEntries': 'list',
  logs: 'delete list',
  queries: 'deleteShared getShared listShared share updateShared usePrivate',
  settings: 'get',
  views:
    'access create delete get getIamPolicy list listLogs listResourceKeys listResourceValues setIamPolicy update',
});

const binaryAuthorization = permissions('binaryauthorization', {
  attestors: 'create delete get getIamPolicy list setIamPolicy update verifyImageAttested',
  continuousValidationConfig: 'get getIamPolicy setIamPolicy update',
  platformPolicies: 'create delete evaluatePolicy get list replace',
  policy: 'evaluatePolicy get getIamPolicy setIamPolicy update',
});

/** As roles spell them, e.g. `run.services.create`. */
export const deniablePermissions: ReadonlySet<string> = new LazySet(
  () =>
    all(
      run,
      iam,
      federation,
      artifactRegistry,
      resourceManager,
      secretManager,
      serviceUsage,
      logging,
      binaryAuthorization,
    ).permissions,
);
