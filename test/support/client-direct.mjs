// Clients that are told the plane's own address instead of going through it as a proxy.
import { ArtifactRegistryClient } from '@google-cloud/artifact-registry';
import { Logging } from '@google-cloud/logging';
import { credentials } from '@grpc/grpc-js';
import { OAuth2Client } from 'google-auth-library';
import { report, step } from './client-steps.mjs';

const [project, port, token] = process.argv.slice(2);
const address = { apiEndpoint: '127.0.0.1', port: Number(port) };
const parent = `projects/${project}/locations/asia-northeast1`;
const authorization = `Bearer ${token}`;
const withToken = { otherArgs: { headers: { authorization } } };

await step('@google-cloud/artifact-registry', 'gRPC to an address of one’s own', async () => {
  const client = new ArtifactRegistryClient({ ...address, sslCreds: credentials.createInsecure() });
  return (await client.listRepositories({ parent }, withToken))[0].length;
});
await step('@google-cloud/artifact-registry', 'operations at an address of one’s own', async () => {
  const client = new ArtifactRegistryClient({ ...address, sslCreds: credentials.createInsecure() });
  const request = { parent, repositoryId: 'direct', repository: { format: 'DOCKER' } };
  const [operation] = await client.createRepository(request, withToken);
  const [read] = await client.operationsClient.getOperation({ name: operation.name }, withToken);
  return read.done;
});
await step('@google-cloud/artifact-registry', 'REST to an address of one’s own', async () => {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token });
  const client = new ArtifactRegistryClient({ ...address, fallback: true, protocol: 'http', authClient });
  return (await client.listRepositories({ parent }))[0].map(({ name }) => name.split('/').at(-1));
});
await step('@google-cloud/logging', 'entries over gRPC at an address of one’s own', async () => {
  const logging = new Logging({ ...address, projectId: project, sslCreds: credentials.createInsecure() });
  return (await logging.getEntries({ pageSize: 1, autoPaginate: false, gaxOptions: withToken }))[0].length;
});

report();
