/** Secret Manager by gcloud, Google's library over REST, and gRPC; what it keeps outlives the plane's process. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { auth as authentication, secretmanager } from 'googleapis/build/src/apis/secretmanager/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretManagerService } from '../src/google/gen/google/cloud/secretmanager/v1/service_pb.js';
import { must, TestPlane } from './support/plane.js';
import { Rest } from './support/rest.js';
import { A, ALICE, OWNER } from './support/world.js';

const NUMBER = '891566352225';
const PATH = `projects/${NUMBER}/secrets`;

const estate = {
  projects: [
    { id: A, number: NUMBER, services: ['secretmanager.googleapis.com'] },
    { id: 'without-api', number: '891566352226' },
  ],
};

let dir: string;
let plane: TestPlane;
let rest: Rest;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-secrets-'));
  const file = path.join(dir, 'estate.json');
  await writeFile(file, JSON.stringify(estate));
  plane = await TestPlane.start({ args: ['--runtime', 'none', '--estate', file] });
  rest = new Rest(plane);
});
afterAll(async () => {
  await plane?.dispose();
  await rm(dir, { recursive: true, force: true });
});

const secrets = (line: string, member = OWNER, input?: string) =>
  plane.gcloud(member, `secrets ${line} --project ${A}`, input === undefined ? {} : { input });

describe('gcloud secrets', () => {
  it('creates a secret with its first version, and says so', async () => {
    const created = await must(secrets('create db --data-file=- --labels=env=prod', OWNER, 'hunter2'));
    expect(created.stderr).toContain('Created version [1] of the secret [db].');
    const again = await secrets('create db --data-file=-', OWNER, 'x');
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`Secret [${PATH}/db] already exists.`);
    const described = JSON.parse((await must(secrets('describe db --format=json'))).stdout);
    expect(described).toMatchObject({ name: `${PATH}/db`, labels: { env: 'prod' } });
  });

  it('adds, shows, disables and destroys versions', async () => {
    const added = await must(secrets('versions add db --data-file=-', OWNER, 'hunter3'));
    expect(added.stderr).toContain('Created version [2] of the secret [db].');
    expect((await must(secrets('versions access latest --secret db'))).stdout).toBe('hunter3');
    const file = path.join(dir, 'one');
    await must(secrets(`versions access 1 --secret db --out-file ${file}`));
    expect(await readFile(file, 'utf8')).toBe('hunter2');
    await must(secrets('versions disable 2 --secret db'));
    const disabled = await secrets('versions access latest --secret db');
    expect(disabled.code).toBe(1);
    expect(disabled.stderr).toContain(`Secret Version [${PATH}/db/versions/2] is in DISABLED state.`);
    await must(secrets('versions enable 2 --secret db'));
    await must(secrets('versions destroy 1 --secret db --quiet'));
    const listed = JSON.parse((await must(secrets('versions list db --format=json'))).stdout);
    expect(listed).toMatchObject([{ state: 'ENABLED' }, { state: 'DESTROYED' }]);
    const enabled = JSON.parse(
      (await must(secrets('versions list db --filter=state=ENABLED --format=json'))).stdout,
    );
    expect(enabled).toMatchObject([{ name: `${PATH}/db/versions/2` }]);
  });

  it('updates labels and aliases', async () => {
    await must(secrets('update db --update-labels=team=blue --update-version-aliases=stable=2'));
    expect((await must(secrets('versions access stable --secret db'))).stdout).toBe('hunter3');
    const table = await must(secrets('list --filter=labels.team=blue'));
    expect(table.stdout).toMatch(/^NAME +CREATED +REPLICATION_POLICY +LOCATIONS\ndb +\S+ +automatic +-\n$/);
    expect((await must(secrets('list --filter=labels.team=red'))).stdout).toBe('');
  });

  it('lets in whom the policy of the secret names, and nobody else', async () => {
    const refused = await secrets('versions access latest --secret db', ALICE);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `Permission 'secretmanager.versions.access' denied for resource 'projects/${A}/secrets/db/versions/latest' (or it may not exist).`,
    );
    const grant = `db --member=user:${ALICE} --role=roles/secretmanager.secretAccessor`;
    await must(secrets(`add-iam-policy-binding ${grant}`));
    expect((await must(secrets('versions access latest --secret db', ALICE))).stdout).toBe('hunter3');
    const policy = JSON.parse((await must(secrets('get-iam-policy db --format=json'))).stdout);
    expect(policy.bindings).toEqual([
      { role: 'roles/secretmanager.secretAccessor', members: [`user:${ALICE}`] },
    ]);
    await must(secrets(`remove-iam-policy-binding ${grant}`));
    expect((await secrets('versions access latest --secret db', ALICE)).code).toBe(1);
  });

  it('is offered to enable the API where it is off', async () => {
    const off = await plane.gcloud(OWNER, 'secrets list --project without-api');
    expect(off.code).toBe(1);
    expect(off.stderr).toContain('secretmanager.googleapis.com');
    await must(plane.gcloud(OWNER, 'services enable secretmanager.googleapis.com --project without-api'));
    expect((await must(plane.gcloud(OWNER, 'secrets list --project without-api'))).stderr).toContain(
      'Listed 0 items.',
    );
  });

  it('by its beta track works too', async () => {
    await must(plane.gcloud(OWNER, `beta secrets describe db --project ${A}`));
  });
});

describe('clients in code', () => {
  it('work through googleapis over REST', async () => {
    const auth = new authentication.OAuth2();
    auth.setCredentials({ access_token: await rest.token(OWNER) });
    const rootUrl = `${plane.url}/secretmanager.googleapis.com/`;
    const { secrets: api } = secretmanager({ version: 'v1', auth, rootUrl }).projects;
    const parent = `projects/${A}`;
    const replication = { automatic: {} };
    await api.create({ parent, secretId: 'by-rest', requestBody: { replication } });
    const data = Buffer.from('rest').toString('base64');
    const name = `${parent}/secrets/by-rest`;
    await api.addVersion({ parent: name, requestBody: { payload: { data } } });
    const { data: answer } = await api.versions.access({ name: `${name}/versions/latest` });
    expect(answer).toMatchObject({ name: `${PATH}/by-rest/versions/1`, payload: { data } });
    await api.delete({ name });
    await expect(api.get({ name })).rejects.toMatchObject({ code: 404 });
  });

  it('work over gRPC', async () => {
    const token = await rest.token(OWNER);
    const transport = createGrpcTransport({
      baseUrl: plane.url,
      interceptors: [
        (next) => (request) => {
          request.header.set('authorization', `Bearer ${token}`);
          return next(request);
        },
      ],
    });
    const client = createClient(SecretManagerService, transport);
    const parent = `projects/${A}`;
    const secret = { replication: { replication: { case: 'automatic', value: {} } } } as const;
    await client.createSecret({ parent, secretId: 'by-grpc', secret });
    const data = new TextEncoder().encode('grpc');
    const name = `${parent}/secrets/by-grpc`;
    await client.addSecretVersion({ parent: name, payload: { data } });
    const { payload } = await client.accessSecretVersion({ name: `${name}/versions/1` });
    expect(Buffer.from(payload?.data ?? []).toString()).toBe('grpc');
    await client.deleteSecret({ name });
    await expect(client.getSecret({ name })).rejects.toThrow(`Secret [${PATH}/by-grpc] not found.`);
  });
});

describe('what is kept', () => {
  it('is there after kill -9, and nowhere outside the plane’s directory', async () => {
    await must(secrets('versions add db --data-file=-', OWNER, 'after all'));
    await plane.kill();
    await plane.restart({ args: ['--runtime', 'none'] });
    expect((await must(secrets('versions access latest --secret db'))).stdout).toBe('after all');
    const exported = await must(plane.sekisho(['export']));
    expect(exported.stdout).toContain('id: db');
    expect(exported.stdout + exported.stderr).not.toContain('after all');
    expect(exported.stderr).toContain('secrets/db: its versions are left out');
    expect(plane.stderr).not.toContain('after all');
  });

  it('goes when it is deleted', async () => {
    await must(secrets('delete db --quiet'));
    const gone = await secrets('describe db');
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain(`Secret [${PATH}/db] not found.`);
  });
});
