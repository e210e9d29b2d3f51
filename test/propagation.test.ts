/** A plane on which grants take twenty minutes: what gcloud is told meanwhile, after a crash too, and what is logged. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { appImage } from './support/app.js';
import { pushDirect, serviceBody, servicePath } from './support/deploys.js';
import { must, TestPlane } from './support/plane.js';
import { at, Rest } from './support/rest.js';
import { SetClock } from './support/set-clock.js';
import { canRun } from './support/tools.js';
import { SOON } from './support/traces.js';
import { A, ALICE, OWNER, REGION } from './support/world.js';

const AUDITOR = 'auditor@example.com';
const RUNTIME = `runtime@${A}.iam.gserviceaccount.com`;
const IMAGE = `${REGION}-docker.pkg.dev/${A}/images/app`;
const SLOW = ['--runtime', 'none', '--propagation-delay', '20m'];

/** Alice lacks the role that deploys, and no more than that. */
const estate = {
  projects: [
    {
      id: A,
      services: ['run.googleapis.com', 'artifactregistry.googleapis.com'],
      iam: [
        { role: 'roles/run.viewer', members: [`user:${ALICE}`] },
        { role: 'roles/artifactregistry.reader', members: [`user:${ALICE}`] },
        { role: 'roles/logging.privateLogViewer', members: [`user:${AUDITOR}`] },
        { role: 'roles/logging.viewer', members: [`user:${ALICE}`] },
      ],
      serviceAccounts: [
        { id: 'runtime', iam: [{ role: 'roles/iam.serviceAccountUser', members: [`user:${ALICE}`] }] },
      ],
      repositories: [{ id: 'images', location: REGION }],
    },
  ],
};

describe.runIf(canRun('faketime'))('a plane on which grants take twenty minutes', () => {
  let dir: string;
  let clock: SetClock;
  let plane: TestPlane;
  let rest: Rest;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'sekisho-propagation-'));
    const file = path.join(dir, 'estate.json');
    await writeFile(file, JSON.stringify(estate));
    clock = new SetClock();
    plane = await TestPlane.start({ args: [...SLOW, '--estate', file], env: clock.env });
    rest = new Rest(plane);
    // What the estate says holds from the start.
    await pushDirect(rest, OWNER, await appImage(), `${IMAGE}:latest`);
  });
  afterAll(async () => {
    await plane?.dispose();
    clock?.dispose();
    await rm(dir, { recursive: true, force: true });
  });

  const spec = { serviceAccountName: RUNTIME };
  const deploy = () =>
    rest.call(
      ALICE,
      'POST',
      servicePath(A),
      serviceBody({ project: A, name: 'web', image: `${IMAGE}:latest`, spec }),
    );
  const check = async () => {
    const args = ['check', 'run', 'service', 'web', '--project', A, '--region', REGION, '--format', 'json'];
    const more = ['--image', `${IMAGE}:latest`, '--service-account', RUNTIME, '--as', ALICE];
    return (await plane.sekisho([...args, ...more])).stdout;
  };
  const passes = async (minutes: number) => {
    const asked = await rest.call(OWNER, 'GET', `cloudresourcemanager.googleapis.com/v3/projects/${A}`);
    const before = Date.parse(String(asked.headers.get('date')));
    clock.set(minutes / 60);
    // HTTP's Date is made once a second.
    await vi.waitFor(async () => {
      const { headers } = await rest.call(
        OWNER,
        'GET',
        `cloudresourcemanager.googleapis.com/v3/projects/${A}`,
      );
      expect(Date.parse(String(headers.get('date')))).toBeGreaterThan(before + 60_000);
    }, SOON);
  };
  const granted = async () => {
    const permissions = ['run.services.create'];
    const asked = await rest.ok(
      ALICE,
      'POST',
      `cloudresourcemanager.googleapis.com/v1/projects/${A}:testIamPermissions`,
      { permissions },
    );
    return at(asked, 'permissions') ?? [];
  };

  it('shows a grant at once, and refuses the deploy until its time has come', async () => {
    const add = `projects add-iam-policy-binding ${A} --member=user:${ALICE} --role=roles/run.developer --format=json`;
    const { stdout } = await must(plane.gcloud(OWNER, add));
    expect(stdout).toContain('roles/run.developer');
    const policy = `cloudresourcemanager.googleapis.com/v1/projects/${A}:getIamPolicy`;
    expect(JSON.stringify(await rest.ok(OWNER, 'POST', policy))).toContain('roles/run.developer');
    expect(await granted()).toEqual([]);
    const refused = await deploy();
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('run.services.create');
    expect(await check()).toMatch(/still propagating: granted from \d{4}-/);
  });

  it('goes on after a crash where it was', async () => {
    await plane.kill();
    await plane.restart({ args: SLOW, env: clock.env });
    expect(await granted()).toEqual([]);
    expect((await deploy()).status).toBe(403);
    await passes(25);
    expect(await granted()).toEqual(['run.services.create']);
    expect((await deploy()).status).toBe(200);
    expect(await check()).not.toContain('propagating');
  });

  it('logs data access once the audit configuration that gcloud sets has taken effect', async () => {
    const described = await must(plane.gcloud(OWNER, `projects get-iam-policy ${A} --format=json`));
    const policy = JSON.parse(described.stdout) as Record<string, unknown>;
    const auditConfigs = [{ service: 'run.googleapis.com', auditLogConfigs: [{ logType: 'ADMIN_READ' }] }];
    const file = path.join(dir, 'policy.json');
    await writeFile(file, JSON.stringify({ ...policy, auditConfigs }));
    const set = await must(plane.gcloud(OWNER, `projects set-iam-policy ${A} ${file} --format=json`));
    expect(JSON.parse(set.stdout)).toMatchObject({ auditConfigs });
    await passes(50);
    await rest.ok(ALICE, 'GET', servicePath(A, 'web'));
    const filter = 'log_id("cloudaudit.googleapis.com/data_access")';
    const read = ['logging', 'read', filter, `--project=${A}`, '--format=json', '--freshness=1d'];
    expect(JSON.parse((await must(plane.gcloud(AUDITOR, read))).stdout)).toMatchObject([
      {
        severity: 'INFO',
        resource: { type: 'cloud_run_revision', labels: { service_name: 'web', location: REGION } },
        protoPayload: {
          methodName: 'google.cloud.run.v1.Services.GetService',
          resourceName: `namespaces/${A}/services/web`,
          authenticationInfo: { principalEmail: ALICE },
          authorizationInfo: [
            { granted: true, permission: 'run.services.get', permissionType: 'ADMIN_READ' },
          ],
        },
      },
    ]);
    // Who may not see private logs sees none of them.
    const list = { resourceNames: [`projects/${A}`], filter };
    expect(await rest.ok(ALICE, 'POST', 'logging.googleapis.com/v2/entries:list', list)).toEqual({});
  });
});
