/** Google's client libraries for Node.js, unmodified, in programs of their own. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactRegistry } from '../src/google/gen/google/devtools/artifactregistry/v1/service_pb.js';
import { must, type Result, ROOT, run, TestPlane } from './support/plane.js';
import { recordCall } from './support/record.js';
import { OWNER } from './support/world.js';

const PROJECT = 'myproject-a';
const ACCOUNT = `runtime@${PROJECT}.iam.gserviceaccount.com`;
const LOCATION = `projects/${PROJECT}/locations/asia-northeast1`;

interface Step {
  readonly library: string;
  readonly call: string;
  readonly answer?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: string; readonly details?: string };
}

let plane: TestPlane;

/** One REST call that must succeed. */
async function rest(method: string, target: string, body?: unknown): Promise<unknown> {
  const answer = await plane.api(OWNER, method, target, body);
  if (answer.status !== 200) throw new Error(`${target}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

beforeAll(async () => {
  plane = await TestPlane.start({ args: ['--runtime', 'none'] });
  await rest('POST', 'cloudresourcemanager.googleapis.com/v1/projects', {
    projectId: PROJECT,
    name: 'Project A',
  });
  const serviceIds = ['iam.googleapis.com', 'artifactregistry.googleapis.com'];
  await rest('POST', `serviceusage.googleapis.com/v1/projects/${PROJECT}/services:batchEnable`, {
    serviceIds,
  });
  const accounts = `iam.googleapis.com/v1/projects/${PROJECT}/serviceAccounts`;
  await rest('POST', accounts, { accountId: 'runtime' });
  const creator = { role: 'roles/iam.serviceAccountTokenCreator', members: [`user:${OWNER}`] };
  await rest('POST', `${accounts}/${ACCOUNT}:setIamPolicy`, { policy: { bindings: [creator] } });
});
afterAll(() => plane.dispose());

const script = (name: string) => path.join(ROOT, `test/support/${name}.mjs`);

/** Reads a script's steps, and writes down those that did what they should. */
async function stepsOf(done: Promise<Result>): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await must(done);
  // Libraries warn of a metadata server that behaves oddly; that there is none must be a plain answer.
  expect(stderr).not.toContain('MetadataLookupWarning');
  const steps = JSON.parse(stdout) as Step[];
  for (const { library, call, error } of steps) if (!error) recordCall(library, [call]);
  return Object.fromEntries(steps.map(({ call, answer, error }) => [call, error ? { error } : answer]));
}

describe('through the proxy', () => {
  it('@google-cloud/* over gRPC', async () => {
    const steps = await stepsOf(
      plane.as(OWNER, process.execPath, [script('client-google-cloud'), PROJECT, ACCOUNT]),
    );
    expect(steps).toEqual({
      getProject: PROJECT,
      searchProjects: [PROJECT],
      getIamPolicy: expect.arrayContaining([expect.objectContaining({ role: 'roles/owner' })]),
      testIamPermissions: ['resourcemanager.projects.get'],
      batchEnableServices: [
        'artifactregistry.googleapis.com',
        'logging.googleapis.com',
        'iamcredentials.googleapis.com',
      ],
      getService: 'ENABLED',
      createRepository: `${LOCATION}/repositories/by-library`,
      updateRepository: 'new',
      listRepositories: [`${LOCATION}/repositories/by-library`],
      setIamPolicy: [{ role: 'roles/artifactregistry.reader', members: ['allUsers'], condition: null }],
      'getRepository of one that is not there': {
        error: expect.objectContaining({ code: 5, details: 'Requested entity was not found.' }),
      },
      listLocations: expect.stringMatching(/^[a-z]+-[a-z]+\d*$|^[a-z]+$/),
      'Log.write': 'written',
      'Log.getEntries with a filter': [['it failed', 'ERROR']],
      'Logging.getEntries of the audit log': ['type.googleapis.com/google.cloud.audit.AuditLog'],
      'Logging.getLogs': expect.arrayContaining(['by-library', 'cloudaudit.googleapis.com/activity']),
      'Log.delete': 0,
      generateAccessToken: 'ya29.',
      listPolicies: [],
    });
  });

  it('googleapis and google-auth-library over REST', async () => {
    const steps = await stepsOf(plane.as(OWNER, process.execPath, [script('client-googleapis'), PROJECT]));
    expect(steps).toEqual({
      'cloudresourcemanager v1 projects.get': PROJECT,
      'cloudresourcemanager v3 projects.get': PROJECT,
      'serviceusage v1 services.enable': true,
      'run v1 namespaces.services.list': 'ServiceList',
      'run v2 projects.locations.services.get': { error: expect.objectContaining({ code: 404 }) },
      'iam v1 projects.serviceAccounts.list': expect.arrayContaining(['runtime']),
      'artifactregistry v1 projects.locations.list': expect.any(Number),
      'logging v2 entries.list': ['type.googleapis.com/google.cloud.audit.AuditLog'],
      'a client of the default credentials': 200,
    });
  });

  it('keys of service accounts: tokens that they sign, get, narrow and verify', async () => {
    const file = path.join(plane.data, 'key.json');
    const keys = `iam.googleapis.com/v1/projects/${PROJECT}/serviceAccounts/${ACCOUNT}/keys`;
    const { privateKeyData } = (await rest('POST', keys, {})) as { privateKeyData: string };
    await writeFile(file, Buffer.from(privateKeyData, 'base64'));
    const project = `cloudresourcemanager.googleapis.com/v1/projects/${PROJECT}`;
    const { bindings } = (await rest('POST', `${project}:getIamPolicy`, {})) as { bindings: object[] };
    const viewer = { role: 'roles/viewer', members: [`serviceAccount:${ACCOUNT}`] };
    await rest('POST', `${project}:setIamPolicy`, { policy: { bindings: [...bindings, viewer] } });
    const steps = await stepsOf(plane.as(OWNER, process.execPath, [script('client-key'), PROJECT, file]));
    expect(steps).toEqual({
      'a token that the key signed itself': expect.any(Number),
      'an access token for the key': PROJECT,
      'an access token of a narrow scope': {
        error: expect.objectContaining({ message: 'Request had insufficient authentication scopes.' }),
      },
      'an ID token, verified': ACCOUNT,
    });
  });
});

describe('in the direct form', () => {
  it('@google-cloud/* over gRPC and REST', async () => {
    const args = [PROJECT, `${plane.port}`, await plane.token(OWNER)];
    const steps = await stepsOf(
      run(process.execPath, [script('client-direct'), ...args], {
        env: { ...process.env, METADATA_SERVER_DETECTION: 'none' },
      }),
    );
    expect(steps).toEqual({
      'gRPC to an address of one’s own': expect.any(Number),
      'operations at an address of one’s own': true,
      'REST to an address of one’s own': expect.arrayContaining(['direct']),
      'entries over gRPC at an address of one’s own': 1,
    });
  });

  it.each([
    ['gRPC', (baseUrl: string) => createGrpcTransport({ baseUrl })],
    ['gRPC-web', (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })],
  ])('%s by connect', async (_name, makeTransport) => {
    const client = createClient(ArtifactRegistry, makeTransport(plane.url));
    const headers = { authorization: `Bearer ${await plane.token(OWNER)}` };
    const name = `${LOCATION}/repositories/none`;
    await expect(client.getRepository({ name }, { headers })).rejects.toMatchObject({
      rawMessage: 'Requested entity was not found.',
    });
  });
});
