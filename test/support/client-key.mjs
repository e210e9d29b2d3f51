// What a program does with the key of a service account.
import { ArtifactRegistryClient } from '@google-cloud/artifact-registry';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { report, step } from './client-steps.mjs';

const [project, keyFilename] = process.argv.slice(2);

await step('@google-cloud/artifact-registry', 'a token that the key signed itself', async () => {
  const client = new ArtifactRegistryClient({ keyFilename });
  const parent = `projects/${project}/locations/asia-northeast1`;
  return (await client.listRepositories({ parent }))[0].length;
});
await step('google-auth-library', 'an access token for the key', async () => {
  const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
  const client = await new GoogleAuth({ keyFilename, scopes }).getClient();
  const url = `https://cloudresourcemanager.googleapis.com/v1/projects/${project}`;
  return (await client.request({ url })).data.projectId;
});
await step('google-auth-library', 'an access token of a narrow scope', async () => {
  const scopes = ['https://www.googleapis.com/auth/userinfo.email'];
  const client = await new GoogleAuth({ keyFilename, scopes }).getClient();
  return client.request({ url: `https://cloudresourcemanager.googleapis.com/v1/projects/${project}` });
});
await step('google-auth-library', 'an ID token, verified', async () => {
  const audience = 'https://my-service.example.com';
  const client = await new GoogleAuth({ keyFilename }).getIdTokenClient(audience);
  const idToken = await client.idTokenProvider.fetchIdToken(audience);
  const ticket = await new OAuth2Client().verifyIdToken({ idToken, audience });
  return ticket.getPayload().email;
});

report();
