// Google's client libraries over gRPC, configured by nothing but their environment.
import { ArtifactRegistryClient } from '@google-cloud/artifact-registry';
import { v2 as iam } from '@google-cloud/iam';
import { IAMCredentialsClient } from '@google-cloud/iam-credentials';
import { Logging } from '@google-cloud/logging';
import { ProjectsClient } from '@google-cloud/resource-manager';
import { ServiceUsageClient } from '@google-cloud/service-usage';
import { report, step } from './client-steps.mjs';

const [project, account] = process.argv.slice(2);
const location = `projects/${project}/locations/asia-northeast1`;

const projects = new ProjectsClient();
const RM = '@google-cloud/resource-manager';
await step(
  RM,
  'getProject',
  async () => (await projects.getProject({ name: `projects/${project}` }))[0].projectId,
);
await step(RM, 'searchProjects', async () =>
  (await projects.searchProjects({ query: '' }))[0].map((found) => found.projectId),
);
await step(
  RM,
  'getIamPolicy',
  async () => (await projects.getIamPolicy({ resource: `projects/${project}` }))[0].bindings,
);
await step(RM, 'testIamPermissions', async () => {
  const permissions = ['resourcemanager.projects.get'];
  return (await projects.testIamPermissions({ resource: `projects/${project}`, permissions }))[0].permissions;
});

const usage = new ServiceUsageClient();
const SU = '@google-cloud/service-usage';
await step(SU, 'batchEnableServices', async () => {
  const serviceIds = [
    'artifactregistry.googleapis.com',
    'logging.googleapis.com',
    'iamcredentials.googleapis.com',
  ];
  const [operation] = await usage.batchEnableServices({ parent: `projects/${project}`, serviceIds });
  return (await operation.promise())[0].services.map((service) => service.config.name);
});
await step(SU, 'getService', async () => {
  const name = `projects/${project}/services/artifactregistry.googleapis.com`;
  return (await usage.getService({ name }))[0].state;
});

const artifacts = new ArtifactRegistryClient();
const AR = '@google-cloud/artifact-registry';
const repository = `${location}/repositories/by-library`;
await step(AR, 'createRepository', async () => {
  const request = { parent: location, repositoryId: 'by-library', repository: { format: 'DOCKER' } };
  const [operation] = await artifacts.createRepository(request);
  return (await operation.promise())[0].name;
});
await step(AR, 'updateRepository', async () => {
  const request = {
    repository: { name: repository, description: 'new' },
    updateMask: { paths: ['description'] },
  };
  return (await artifacts.updateRepository(request))[0].description;
});
await step(AR, 'listRepositories', async () =>
  (await artifacts.listRepositories({ parent: location }))[0].map(({ name }) => name),
);
await step(AR, 'setIamPolicy', async () => {
  const policy = { bindings: [{ role: 'roles/artifactregistry.reader', members: ['allUsers'] }] };
  return (await artifacts.setIamPolicy({ resource: repository, policy }))[0].bindings;
});
await step(AR, 'getRepository of one that is not there', async () =>
  artifacts.getRepository({ name: `${location}/repositories/none` }),
);
await step(AR, 'listLocations', async () => {
  for await (const { locationId } of artifacts.listLocationsAsync({ name: `projects/${project}` }))
    return locationId;
});

const logging = new Logging({ projectId: project });
const LOGGING = '@google-cloud/logging';
const log = logging.log('by-library');
await step(LOGGING, 'Log.write', async () => {
  const metadata = { severity: 'ERROR', resource: { type: 'global' }, labels: { a: 'b' } };
  await log.write([
    log.entry(metadata, 'it failed'),
    log.entry({ resource: { type: 'global' } }, { count: 3 }),
  ]);
  return 'written';
});
await step(LOGGING, 'Log.getEntries with a filter', async () => {
  const [entries] = await log.getEntries({ filter: 'severity>=ERROR AND labels.a="b"' });
  return entries.map(({ data, metadata }) => [data, metadata.severity]);
});
await step(LOGGING, 'Logging.getEntries of the audit log', async () => {
  const filter =
    'logName:"cloudaudit.googleapis.com%2Factivity" AND protoPayload.methodName:CreateRepository';
  return (await logging.getEntries({ filter }))[0].map(({ data }) => data.type_url);
});
await step(LOGGING, 'Logging.getLogs', async () =>
  (await logging.getLogs())[0].map(({ name }) => decodeURIComponent(name)),
);
await step(LOGGING, 'Log.delete', async () => {
  await log.delete();
  return (await log.getEntries())[0].length;
});

const credentials = new IAMCredentialsClient();
await step('@google-cloud/iam-credentials', 'generateAccessToken', async () => {
  const scope = ['https://www.googleapis.com/auth/cloud-platform'];
  const [{ accessToken }] = await credentials.generateAccessToken({
    name: `projects/-/serviceAccounts/${account}`,
    scope,
  });
  return accessToken.slice(0, 5);
});

const policies = new iam.PoliciesClient();
await step('@google-cloud/iam', 'listPolicies', async () => {
  const parent = `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${project}/denypolicies`;
  return (await policies.listPolicies({ parent }))[0];
});

report();
