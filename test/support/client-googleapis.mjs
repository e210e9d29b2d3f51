// googleapis and google-auth-library over REST, configured by nothing but their environment.
import { GoogleAuth } from 'google-auth-library';
import { google } from 'googleapis';
import { report, step } from './client-steps.mjs';

const [project] = process.argv.slice(2);
const location = `projects/${project}/locations/asia-northeast1`;
const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
const data = async (answer) => (await answer).data;

await step('googleapis', 'cloudresourcemanager v1 projects.get', async () => {
  const api = google.cloudresourcemanager({ version: 'v1', auth });
  return (await data(api.projects.get({ projectId: project }))).projectId;
});
await step('googleapis', 'cloudresourcemanager v3 projects.get', async () => {
  const api = google.cloudresourcemanager({ version: 'v3', auth });
  return (await data(api.projects.get({ name: `projects/${project}` }))).projectId;
});
await step('googleapis', 'serviceusage v1 services.enable', async () => {
  const api = google.serviceusage({ version: 'v1', auth });
  return (await data(api.services.enable({ name: `projects/${project}/services/run.googleapis.com` }))).done;
});
await step('googleapis', 'run v1 namespaces.services.list', async () => {
  const api = google.run({ version: 'v1', auth });
  const request = { parent: `namespaces/${project}` };
  return (
    await data(
      api.namespaces.services.list(request, { rootUrl: 'https://asia-northeast1-run.googleapis.com/' }),
    )
  ).kind;
});
await step('googleapis', 'run v2 projects.locations.services.get', async () => {
  const api = google.run({ version: 'v2', auth });
  return data(api.projects.locations.services.get({ name: `${location}/services/none` }));
});
await step('googleapis', 'iam v1 projects.serviceAccounts.list', async () => {
  const api = google.iam({ version: 'v1', auth });
  const { accounts = [] } = await data(api.projects.serviceAccounts.list({ name: `projects/${project}` }));
  return accounts.map(({ email }) => email.split('@')[0]);
});
await step('googleapis', 'artifactregistry v1 projects.locations.list', async () => {
  const api = google.artifactregistry({ version: 'v1', auth });
  return (await data(api.projects.locations.list({ name: `projects/${project}` }))).locations.length;
});
await step('googleapis', 'logging v2 entries.list', async () => {
  const api = google.logging({ version: 'v2', auth });
  const requestBody = {
    resourceNames: [`projects/${project}`],
    filter: 'protoPayload.methodName="CreateProject"',
  };
  return (await data(api.entries.list({ requestBody }))).entries.map(
    ({ protoPayload }) => protoPayload['@type'],
  );
});

await step('google-auth-library', 'a client of the default credentials', async () => {
  const client = await auth.getClient();
  const { status } = await client.request({
    url: `https://cloudresourcemanager.googleapis.com/v1/projects/${project}`,
  });
  return status;
});

report();
