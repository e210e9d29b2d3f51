/** The Google APIs: one folder each, views of the objects that the rooms below own. */
export {
  artifactRegistryApi,
  changeFor,
  createRepository,
  readNewRepository,
  readUpdate,
  requireArtifactRegistry,
} from './artifact-registry/index.js';
export { cloudIdentityApi, groupId } from './cloud-identity/index.js';
export { createServiceAccount, iamApi, requireTexts } from './iam/index.js';
export { iamCredentialsApi } from './iam-credentials/index.js';
export { loggingApi } from './logging/index.js';
export { oauth2Handler } from './oauth2/index.js';
export { policyTroubleshooterApi } from './policy-troubleshooter/index.js';
export {
  createProject,
  describeViolation,
  placementViolation,
  requireFolderName,
  requireLabels,
  requireName,
  resourceManagerApi,
  TREE_ROW,
  valueNamed,
} from './resource-manager/index.js';
export { runApi } from './run/index.js';
export {
  executionView,
  jobView,
  poolRevisionView,
  revisionView,
  serviceView,
  workerPoolView,
} from './run-v1/index.js';
export { parseRunResource } from './run-v2/index.js';
export {
  readNewSecret,
  readSecretUpdate,
  requirePayload,
  requireSecretId,
  secretManagerApi,
} from './secret-manager/index.js';
export {
  companionsOf,
  createServiceAgent,
  DEFAULT_APIS,
  enableServices,
  serviceUsageApi,
  servingWhere,
  withDependencies,
} from './service-usage/index.js';
export {
  type GithubRun,
  type GithubRunChoice,
  isStsHost,
  startGithubRun,
  stsHandler,
} from './sts/index.js';
export {
  NEW_POOL,
  NEW_PROVIDER,
  poolSettings,
  providerSettings,
  requirePoolId,
} from './workload-identity/index.js';
