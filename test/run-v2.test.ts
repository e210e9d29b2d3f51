/** Cloud Run v2: Google's library for Node.js, Terraform's order of calls, and gcloud (v1) on what v2 has made. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appProject } from './support/deploys.js';
import { must, ROOT, TestPlane } from './support/plane.js';
import { recordCall } from './support/record.js';
import { refusal, told } from './support/refusals.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { visit } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const PROJECT = 'myproject-a';
const SERVICES = `projects/${PROJECT}/locations/${REGION}/services`;
const V2 = `${REGION}-run.googleapis.com/v2`;

let plane: TestPlane;
let rest: Rest;
let image: string;

beforeAll(async () => {
  plane = await TestPlane.start();
  rest = new Rest(plane);
  image = `${await appProject(rest, PROJECT)}:latest`;
});
afterAll(() => plane.dispose());

interface Step {
  readonly library: string;
  readonly call: string;
  readonly answer?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: string };
}

/** Runs the library's script; the calls that did what they should are written down. */
async function steps(...args: readonly string[]): Promise<Record<string, unknown>> {
  const script = path.join(ROOT, 'test/support/client-run.mjs');
  const { stdout } = await must(plane.as(OWNER, process.execPath, [script, PROJECT, image, ...args]));
  const made = JSON.parse(stdout) as Step[];
  for (const { library, call, error } of made) if (!error) recordCall(library, [call]);
  return Object.fromEntries(
    made.map(({ call, answer, error }) => [call.replace(/ \(.*\)$/, ''), error ?? answer]),
  );
}

const life = (service: string) => ({
  createService: {
    name: `${SERVICES}/${service}`,
    // CONDITION_SUCCEEDED: the library gives the enums in an operation's response as numbers.
    state: 4,
    uri: true,
  },
  getService: { labels: { team: 'web' }, urls: 2, etag: true },
  'updateService with a mask': { description: 'masked', labels: { team: 'web' }, timeout: 60 },
  'updateService with an old etag': expect.objectContaining({
    message: expect.stringMatching(/Conflict for resource '.*': version '\d+' was specified but current/),
  }),
  'updateService only validated': { team: 'web' },
  listServices: expect.arrayContaining([service]),
  setIamPolicy: ['allUsers'],
  getIamPolicy: 'roles/run.invoker',
  testIamPermissions: ['run.services.get', 'run.services.update'],
  listRevisions: 2,
  deleteRevision: { same: true, left: 1 },
  'deleteRevision that serves': expect.objectContaining({
    message: expect.stringContaining('cannot be deleted: it receives traffic of service'),
  }),
  'getService of none': expect.objectContaining({
    message: expect.stringContaining(`Resource 'none' of kind 'SERVICE' in region '${REGION}'`),
  }),
  'createService that exists': expect.objectContaining({
    message: expect.stringContaining(`Resource '${service}' already exists.`),
  }),
  'createService of an image that is missing': expect.objectContaining({
    message: expect.stringContaining(`Image '${image.replace(':latest', ':missing')}' not found.`),
  }),
});

describe('@google-cloud/run', () => {
  it('sees a service through its life over gRPC, through the proxy', async () => {
    const made = await steps('by-grpc');
    expect(made).toMatchObject(life('by-grpc'));
    expect(made['updateService with an old etag']).toMatchObject({ code: 10 });
    expect(made['deleteRevision that serves']).toMatchObject({ code: 9 });
    expect(made['createService of an image that is missing']).toMatchObject({ code: 5 });
  });

  it('sees a service through its life over REST, at the plane’s own address', async () => {
    const made = await steps('by-rest', String(plane.port), await rest.token(OWNER));
    expect(made).toMatchObject(life('by-rest'));
  });
});

describe('Terraform’s calls', () => {
  const NAME = `${SERVICES}/by-terraform`;
  const body = (greeting: string) => ({
    client: 'terraform',
    ingress: 'INGRESS_TRAFFIC_ALL',
    launchStage: 'GA',
    template: {
      containers: [{ image, env: [{ name: 'GREETING', value: greeting }], resources: { cpuIdle: true } }],
      scaling: { maxInstanceCount: 2 },
    },
    traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }],
  });
  const ended = async (operation: unknown): Promise<unknown> => {
    const name = String(at(operation, 'name'));
    const got = await rest.ok(OWNER, 'GET', `run.googleapis.com/v2/${name}`);
    if (at(got, 'done') === true) return got;
    return rest.ok(OWNER, 'POST', `run.googleapis.com/v2/${name}:wait`, { timeout: '30s' });
  };

  it('create, read, open, change and destroy a service', async () => {
    const url = `run.googleapis.com/v2/${NAME}`;
    expect((await rest.call(OWNER, 'GET', url)).status).toBe(404);
    const created = await ended(
      await rest.ok(OWNER, 'POST', `run.googleapis.com/v2/${SERVICES}?serviceId=by-terraform`, body('Hello')),
    );
    expect(at(created, 'response', 'terminalCondition', 'state')).toBe('CONDITION_SUCCEEDED');
    const read = await rest.ok(OWNER, 'GET', url);
    expect(at(created, 'response', 'etag')).toBe(at(read, 'etag'));
    const { etag } = (await rest.ok(OWNER, 'GET', `${url}:getIamPolicy`)) as { etag: string };
    const bindings = [{ role: 'roles/run.invoker', members: ['allUsers'] }];
    await rest.ok(OWNER, 'POST', `${url}:setIamPolicy`, { policy: { bindings, etag } });

    const home = String(at(read, 'urls', 0));
    expect((await visit(plane, home)).text).toMatch(/^Hello by-terraform by-terraform-00001-/);
    await ended(await rest.ok(OWNER, 'PATCH', url, body('Welcome to')));
    expect((await visit(plane, home)).text).toMatch(/^Welcome to by-terraform by-terraform-00002-/);

    const deleted = await ended(await rest.ok(OWNER, 'DELETE', url));
    expect(at(deleted, 'response', 'expireTime')).toBeDefined();
    expect(told(await rest.call(OWNER, 'GET', url))).toEqual(
      refusal(
        'NOT_FOUND',
        `Resource 'by-terraform' of kind 'SERVICE' in region '${REGION}' in project '${PROJECT}' does not exist.`,
      ),
    );
    expect((await visit(plane, home)).status).toBe(404);
  });
});

describe.runIf(canRun('gcloud'))('gcloud', () => {
  const where = `--region ${REGION} --project ${PROJECT}`;

  it('reads and changes what v2 has made, and v2 what gcloud has', async () => {
    const url = `${V2}/${SERVICES}/shared`;
    const create = `${V2}/${SERVICES}?serviceId=shared`;
    const { name } = (await rest.ok(OWNER, 'POST', create, {
      description: 'by v2',
      template: { revision: 'shared-one', containers: [{ image }] },
    })) as { name: string };
    await rest.ok(OWNER, 'POST', `${V2}/${name}:wait`, {});
    const described = await must(plane.gcloud(OWNER, `run services describe shared ${where} --format=json`));
    expect(at(JSON.parse(described.stdout), 'metadata', 'annotations')).toMatchObject({
      'run.googleapis.com/description': 'by v2',
    });

    await must(plane.gcloud(OWNER, `run services update shared ${where} --update-env-vars A=b --timeout 90`));
    const service = await rest.ok(OWNER, 'GET', url);
    expect(service).toMatchObject({
      description: 'by v2',
      client: 'gcloud',
      template: { timeout: '90s', containers: [{ env: [{ name: 'A', value: 'b' }] }] },
    });
    expect(at(service, 'latestReadyRevision')).not.toContain('shared-one');

    const listed = await must(
      plane.gcloud(OWNER, `run revisions list --service shared ${where} --format=value(metadata.name)`),
    );
    expect(listed.stdout.trim().split('\n').at(-1)).toBe('shared-one');
    const removed = await must(plane.gcloud(OWNER, `run revisions delete shared-one ${where} --quiet`));
    expect(removed.stderr).toContain('Deleted revision [shared-one].');
    expect((await rest.call(OWNER, 'GET', `${url}/revisions/shared-one`)).status).toBe(404);
    const latest = String(at(service, 'latestReadyRevision')).split('/').at(-1);
    const refused = await plane.gcloud(OWNER, `run revisions delete ${latest} ${where} --quiet`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`Revision '${latest}' cannot be deleted`);

    await must(plane.gcloud(OWNER, `run services delete shared ${where} --quiet`));
    expect((await rest.call(OWNER, 'GET', url)).status).toBe(404);
  });
});
