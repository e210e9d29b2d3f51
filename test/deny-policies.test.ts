/** Deny policies by gcloud and by Google's library, and what they take away from a deploy whose roles are all there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appImage } from './support/app.js';
import { pushDirect, serviceBody, servicePath } from './support/deploys.js';
import { must, ROOT, TestPlane } from './support/plane.js';
import { recordCall } from './support/record.js';
import { at, listAt, Rest } from './support/rest.js';
import { A, ALICE, OWNER, REGION } from './support/world.js';

const ADMIN = 'security@example.com';
/** Lacks the role that deploys, and no more than that. */
const VIEWER = 'viewer@example.com';
const ORGANIZATION = '123456789012';
const NUMBER = '891566352225';
const RUNTIME = `runtime@${A}.iam.gserviceaccount.com`;
const IMAGE = `${REGION}-docker.pkg.dev/${A}/images/app`;
const NAME = `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${NUMBER}/denypolicies/freeze`;
const WHERE = `--attachment-point=cloudresourcemanager.googleapis.com/projects/${A} --kind=denypolicies`;

const estate = {
  organization: { id: ORGANIZATION, iam: [{ role: 'roles/iam.denyAdmin', members: [`user:${ADMIN}`] }] },
  projects: [
    {
      id: A,
      number: NUMBER,
      parent: `organizations/${ORGANIZATION}`,
      services: ['run.googleapis.com', 'artifactregistry.googleapis.com'],
      iam: [
        { role: 'roles/run.developer', members: [`user:${ALICE}`] },
        { role: 'roles/run.viewer', members: [`user:${VIEWER}`] },
        { role: 'roles/artifactregistry.reader', members: [`user:${ALICE}`] },
      ],
      serviceAccounts: [
        { id: 'runtime', iam: [{ role: 'roles/iam.serviceAccountUser', members: [`user:${ALICE}`] }] },
      ],
      repositories: [{ id: 'images', location: REGION }],
    },
  ],
};

const freeze = (exceptionPrincipals: readonly string[] = []) => ({
  displayName: 'Nothing new this week',
  rules: [
    {
      denyRule: {
        deniedPrincipals: ['principalSet://goog/public:all'],
        exceptionPrincipals,
        deniedPermissions: ['run.googleapis.com/services.create'],
      },
    },
  ],
});

let dir: string;
let plane: TestPlane;
let rest: Rest;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-deny-'));
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

async function policyFile(policy: unknown): Promise<string> {
  const file = path.join(dir, 'policy.json');
  await writeFile(file, JSON.stringify(policy));
  return file;
}
const policies = (line: string) => plane.gcloud(ADMIN, `iam policies ${line} ${WHERE}`);

const spec = { serviceAccountName: RUNTIME };
/** What somebody is answered to a deploy. */
const deploys = (name: string, member = ALICE) =>
  rest.call(
    member,
    'POST',
    servicePath(A),
    serviceBody({ project: A, name, image: `${IMAGE}:latest`, spec }),
  );

describe('gcloud iam policies', () => {
  it('creates, lists, shows, changes and deletes', async () => {
    const created = await must(
      policies(`create freeze --policy-file=${await policyFile(freeze())} --format=value(done)`),
    );
    expect(created.stderr).toContain(`Create in progress for denyPolicy [${NAME}/operations/`);
    expect(created.stdout.trim()).toBe('True');
    const listed = await must(policies('list --format=json'));
    expect(at(JSON.parse(listed.stdout), 'policies', 0)).toMatchObject({ name: NAME, kind: 'DenyPolicy' });
    const shown = JSON.parse((await must(policies('get freeze --format=json'))).stdout);
    expect(shown).toMatchObject({
      displayName: 'Nothing new this week',
      rules: [{ denyRule: { deniedPermissions: ['run.googleapis.com/services.create'] } }],
    });
    const changed = await policyFile({ ...freeze(), displayName: 'Nor next week' });
    const stale = await policies(`update freeze --policy-file=${changed} --etag=MTIz`);
    expect(stale.code).toBe(1);
    expect(stale.stderr).toContain('There were concurrent policy changes.');
    await must(policies(`update freeze --policy-file=${changed} --etag=${at(shown, 'etag')}`));
    expect((await must(policies('get freeze --format=value(displayName)'))).stdout.trim()).toBe(
      'Nor next week',
    );
    await must(policies('delete freeze'));
    const gone = await policies('get freeze');
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain(`Policy "${NAME}" not found.`);
  });

  it('is refused to the project’s owner, who may read but not write', async () => {
    const refused = await plane.gcloud(OWNER, `iam policies delete freeze ${WHERE}`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `Permission iam.googleapis.com/denypolicies.delete denied on resource cloudresourcemanager.googleapis.com/projects/${A}`,
    );
  });
});

describe('a deny rule', () => {
  const check = (...more: string[]) =>
    plane.sekisho([
      ...[
        'check',
        'run',
        'service',
        'frozen',
        '--project',
        A,
        '--region',
        REGION,
        '--service-account',
        RUNTIME,
      ],
      ...['--image', `${IMAGE}:latest`, '--as', ALICE, ...more],
    ]);

  it('refuses a deploy that every role allows, in the words of a missing role', async () => {
    expect((await deploys('before')).status).toBe(200);
    await must(policies(`create freeze --policy-file=${await policyFile(freeze())}`));
    const refused = await deploys('frozen');
    const withoutRole = await deploys('frozen', VIEWER);
    expect(refused.status).toBe(403);
    expect(at(refused.body, 'error', 'message')).toContain("Permission 'run.services.create' denied");
    expect(withoutRole).toMatchObject({ status: 403, text: refused.text });
    const line = `run deploy frozen --project ${A} --region ${REGION} --image ${IMAGE}:latest --service-account ${RUNTIME}`;
    const byGcloud = await plane.gcloud(ALICE, line);
    expect(byGcloud.code).toBe(1);
    expect(byGcloud.stderr).toContain(String(at(refused.body, 'error', 'message')));
  });

  it('is named by the check before, which proposes no grant against it', async () => {
    const { code, stdout } = await check('--format', 'json');
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    const denied = listAt(report, 'requirements').filter((each) => at(each, 'verdict') === 'denied');
    expect(denied).toEqual([
      expect.objectContaining({
        id: 'deployer-deploys',
        reasons: expect.arrayContaining([
          `rule 1 of deny policy freeze on project ${A} denies it to principalSet://goog/public:all. No role helps: the rule needs principal://goog/subject/${ALICE} among its exception principals, or the policy has to change`,
        ]),
      }),
    ]);
    expect(at(report, 'fixes')).toEqual([]);
    expect((await check('--lang', 'ja')).stdout.replaceAll(/[\s│]+/g, '')).toContain(
      'ロールを付与しても解決しません',
    );
  });

  it('holds after kill -9, and until its policy excepts the deployer', async () => {
    await plane.kill();
    await plane.restart({ args: ['--runtime', 'none'] });
    expect((await deploys('frozen')).status).toBe(403);
    const excepting = await policyFile(freeze([`principal://goog/subject/${ALICE}`]));
    await must(policies(`update freeze --policy-file=${excepting}`));
    expect((await deploys('frozen')).status).toBe(200);
    expect((await check()).code).toBe(0);
    await must(policies('delete freeze'));
  });

  it('reaches the registry, and what testIamPermissions answers', async () => {
    const repository = `projects/${A}/locations/${REGION}/repositories/images`;
    const pull = () =>
      rest.call(ALICE, 'GET', `v2/${REGION}-docker.pkg.dev/${A}/images/app/manifests/latest`);
    const held = async () => {
      const permissions = [
        'artifactregistry.repositories.downloadArtifacts',
        'artifactregistry.repositories.get',
      ];
      const target = `artifactregistry.googleapis.com/v1/${repository}:testIamPermissions`;
      return at((await rest.call(ALICE, 'POST', target, { permissions })).body, 'permissions');
    };
    expect((await pull()).status).toBe(200);
    const rule = {
      deniedPrincipals: [`principal://goog/subject/${ALICE}`],
      deniedPermissions: ['artifactregistry.googleapis.com/repositories.downloadArtifacts'],
    };
    const policies = `iam.googleapis.com/v2/${NAME.replace('/freeze', '').replaceAll('%2F', '%252F')}`;
    await rest.ok(ADMIN, 'POST', `${policies}?policyId=no-pulls`, { rules: [{ denyRule: rule }] });
    const refused = await pull();
    expect(refused.status).toBe(403);
    expect(at(refused.body, 'errors', 0, 'message')).toBe(
      `Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "${repository}" (or it may not exist)`,
    );
    expect(await held()).toEqual(['artifactregistry.repositories.get']);
    await rest.ok(ADMIN, 'DELETE', `${policies}/no-pulls`);
    expect((await pull()).status).toBe(200);
  });

  it('is in the audit log as Google names it', async () => {
    const filter = 'protoPayload.methodName:"google.iam.v2.Policies"';
    const { body } = await rest.call(OWNER, 'POST', 'logging.googleapis.com/v2/entries:list', {
      resourceNames: [`projects/${A}`],
      filter,
    });
    const entries = listAt(body, 'entries').map((entry) => at(entry, 'protoPayload'));
    const methods = entries.map((payload) =>
      String(at(payload, 'methodName')).replace('google.iam.v2.Policies.', ''),
    );
    expect(new Set(methods)).toEqual(new Set(['CreatePolicy', 'UpdatePolicy', 'DeletePolicy']));
    expect(entries[0]).toMatchObject({
      serviceName: 'iam.googleapis.com',
      authenticationInfo: { principalEmail: ADMIN },
      authorizationInfo: [{ permission: 'iam.denypolicies.create', granted: true }],
    });
  });
});

describe('@google-cloud/iam', () => {
  const script = path.join(ROOT, 'test/support/client-deny.mjs');
  const expected = (way: 'gRPC' | 'REST') => ({
    [`createPolicy (${way})`]: {
      kind: 'DenyPolicy',
      name: NAME.replace('freeze', `by-${way.toLowerCase()}`),
      rules: 1,
    },
    [`getPolicy (${way})`]: "!resource.matchTag('123456789012/env', 'test')",
    [`listPolicies (${way})`]: [`by-${way.toLowerCase()}`],
    [`updatePolicy (${way})`]: 'No keys',
    [`updatePolicy with an old etag (${way})`]: expect.objectContaining({ code: way === 'gRPC' ? 10 : 409 }),
    [`checkUpdatePolicyProgress (${way})`]: true,
    [`deletePolicy (${way})`]: true,
    [`getPolicy of one that is gone (${way})`]: expect.objectContaining({ code: way === 'gRPC' ? 5 : 404 }),
  });

  it.each(['gRPC', 'REST'] as const)('over %s', async (way) => {
    const direct = way === 'REST' ? [String(plane.port), await rest.token(ADMIN)] : [];
    const { stdout } = await must(plane.as(ADMIN, process.execPath, [script, A, ...direct]));
    const steps = JSON.parse(stdout) as {
      library: string;
      call: string;
      answer?: unknown;
      error?: unknown;
    }[];
    for (const { library, call, error } of steps) if (!error) recordCall(library, [call]);
    expect(Object.fromEntries(steps.map(({ call, answer, error }) => [call, error ?? answer]))).toEqual(
      expected(way),
    );
  });
});
