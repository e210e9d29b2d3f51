/** Principal access boundaries by gcloud, and what they keep a deployer from whose roles are all there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appImage } from './support/app.js';
import { pushDirect, serviceBody, servicePath } from './support/deploys.js';
import { must, TestPlane } from './support/plane.js';
import { at, listAt, Rest } from './support/rest.js';
import { A, ALICE, B, OWNER, REGION } from './support/world.js';

const ADMIN = 'security@example.com';
const ORGANIZATION = '123456789012';
const NUMBER = '891566352225';
const RUNTIME = `runtime@${A}.iam.gserviceaccount.com`;
const DEPLOYER = `deployer@${A}.iam.gserviceaccount.com`;
const IMAGE = `${REGION}-docker.pkg.dev/${A}/images/app`;
const POLICIES = `organizations/${ORGANIZATION}/locations/global/principalAccessBoundaryPolicies`;
const BINDINGS = `projects/${NUMBER}/locations/global/policyBindings`;
const SET = `//cloudresourcemanager.googleapis.com/projects/${A}`;

const estate = {
  organization: {
    id: ORGANIZATION,
    domain: 'example.com',
    iam: [
      {
        role: 'roles/iam.principalAccessBoundaryAdmin',
        members: [`user:${ADMIN}`],
      },
      { role: 'roles/resourcemanager.organizationAdmin', members: [`user:${ADMIN}`] },
      { role: 'roles/iam.operationViewer', members: [`user:${ADMIN}`] },
    ],
  },
  projects: [
    {
      id: A,
      number: NUMBER,
      parent: `organizations/${ORGANIZATION}`,
      services: ['run.googleapis.com', 'artifactregistry.googleapis.com'],
      iam: [
        { role: 'roles/run.developer', members: [`user:${ALICE}`, `serviceAccount:${DEPLOYER}`] },
        { role: 'roles/artifactregistry.reader', members: [`user:${ALICE}`, `serviceAccount:${DEPLOYER}`] },
      ],
      serviceAccounts: [
        {
          id: 'runtime',
          iam: [
            {
              role: 'roles/iam.serviceAccountUser',
              members: [`user:${ALICE}`, `serviceAccount:${DEPLOYER}`],
            },
          ],
        },
        { id: 'deployer' },
      ],
      repositories: [{ id: 'images', location: REGION }],
    },
    { id: B, parent: `organizations/${ORGANIZATION}` },
  ],
};

let dir: string;
let plane: TestPlane;
let rest: Rest;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-boundaries-'));
  const file = path.join(dir, 'estate.json');
  await writeFile(file, JSON.stringify(estate));
  plane = await TestPlane.start({ args: ['--runtime', 'none', '--estate', file] });
  rest = new Rest(plane);
  await pushDirect(rest, OWNER, await appImage(), `${IMAGE}:latest`);
});
afterAll(async () => {
  await plane?.dispose();
  await rm(dir, { recursive: true, force: true });
});

async function rulesFile(...projects: string[]): Promise<string> {
  const file = path.join(dir, 'rules.json');
  const resources = projects.map((project) => `//cloudresourcemanager.googleapis.com/projects/${project}`);
  await writeFile(file, JSON.stringify([{ description: 'these', resources, effect: 'ALLOW' }]));
  return file;
}
const inOrganization = `--organization=${ORGANIZATION} --location=global`;
const policies = (line: string) =>
  plane.gcloud(ADMIN, `iam principal-access-boundary-policies ${line} ${inOrganization}`);
const bindings = (line: string) =>
  plane.gcloud(ADMIN, `iam policy-bindings ${line} --project=${A} --location=global`);
const shown = async (call: ReturnType<typeof policies>): Promise<unknown> =>
  JSON.parse((await must(call)).stdout);

const deploys = (name: string, member = DEPLOYER) => {
  const image = `${IMAGE}:latest`;
  const spec = { serviceAccountName: RUNTIME };
  return rest.call(member, 'POST', servicePath(A), serviceBody({ project: A, name, image, spec }));
};
const held = async (member: string, ...permissions: string[]) => {
  const target = `cloudresourcemanager.googleapis.com/v1/projects/${A}:testIamPermissions`;
  return at((await rest.call(member, 'POST', target, { permissions })).body, 'permissions');
};

describe('gcloud', () => {
  it('makes a boundary, shows it and lists it', async () => {
    const created = await must(
      policies(`create only-b --display-name=B --details-rules=${await rulesFile(B)}`),
    );
    expect(created.stderr).toContain('Created principalAccessBoundaryPolicy [only-b].');
    expect(await shown(policies('describe only-b --format=json'))).toMatchObject({
      name: `${POLICIES}/only-b`,
      displayName: 'B',
      details: { enforcementVersion: '4', rules: [{ description: 'these', effect: 'ALLOW' }] },
    });
    expect(await shown(policies('list --format=json'))).toMatchObject([{ name: `${POLICIES}/only-b` }]);
  });

  it('binds it to a project’s principals, and finds the binding from both ends', async () => {
    const bound = await must(
      bindings(`create to-a --policy=${POLICIES}/only-b --target-principal-set=${SET}`),
    );
    expect(bound.stderr).toContain('Created policyBinding [to-a].');
    const binding = { name: `${BINDINGS}/to-a`, policy: `${POLICIES}/only-b`, target: { principalSet: SET } };
    expect(await shown(bindings('describe to-a --format=json'))).toMatchObject(binding);
    expect(await shown(bindings('list --format=json'))).toMatchObject([binding]);
    expect(
      await shown(bindings(`search-target-policy-bindings --target=${SET} --format=json`)),
    ).toMatchObject([binding]);
    expect(await shown(policies('search-policy-bindings only-b --format=json'))).toMatchObject([binding]);
  });

  it('is refused to who has no role for it', async () => {
    const line = `iam principal-access-boundary-policies delete only-b --quiet ${inOrganization}`;
    const refused = await plane.gcloud(ALICE, line);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "Permission 'iam.principalaccessboundarypolicies.delete' denied on resource (or it may not exist).",
    );
  });
});

describe('a boundary', () => {
  it('keeps the project’s accounts from it, in the words of a missing role, and nobody else', async () => {
    const refused = await deploys('kept');
    expect(refused.status).toBe(403);
    expect(at(refused.body, 'error', 'message')).toContain("Permission 'run.services.get' denied");
    expect((await deploys('by-alice', ALICE)).status).toBe(200);
    // Its enforcement version cannot block the second.
    const permissions = ['run.services.create', 'run.services.getIamPolicy'];
    expect(await held(DEPLOYER, ...permissions)).toEqual(['run.services.getIamPolicy']);
    expect(await held(ALICE, ...permissions)).toEqual(permissions);
  });

  it('is named by the check before, which proposes no grant against it', async () => {
    const target = ['run', 'service', 'kept', '--project', A, '--region', REGION];
    const how = ['--service-account', RUNTIME, '--image', `${IMAGE}:latest`, '--as', DEPLOYER];
    const { code, stdout } = await plane.sekisho(['check', ...target, ...how, '--format', 'json']);
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    const denied = listAt(report, 'requirements').find((each) => at(each, 'id') === 'deployer-deploys');
    expect(at(denied, 'reasons', 0)).toContain(`principal access boundaries (${POLICIES}/only-b) keep`);
    expect(listAt(report, 'fixes').filter((fix) => at(fix, 'role') === 'roles/run.developer')).toEqual([]);
  });

  it('holds after kill -9, and lets go what it is widened by', async () => {
    await plane.kill();
    await plane.restart({ args: ['--runtime', 'none'] });
    expect((await deploys('kept')).status).toBe(403);
    const wider = await must(policies(`update only-b --details-rules=${await rulesFile(A, B)}`));
    expect(wider.stderr).toContain('Updated principalAccessBoundaryPolicy [only-b].');
    expect(at(await shown(policies('describe only-b --format=json')), 'displayName')).toBe('B');
    expect((await deploys('kept')).status).toBe(200);
  });

  it('leaves alone whom the binding’s condition leaves out', async () => {
    await must(policies(`update only-b --details-rules=${await rulesFile(B)}`));
    expect((await deploys('again')).status).toBe(403);
    const except = `principal.subject!='${DEPLOYER}'`;
    await must(bindings(`update to-a --condition-expression=${except}`));
    expect((await deploys('again')).status).toBe(200);
    await must(bindings('delete to-a --quiet'));
    await must(policies('delete only-b --quiet'));
    expect(await shown(policies('list --format=json'))).toEqual([]);
  });
});
