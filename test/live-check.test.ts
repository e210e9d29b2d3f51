/**
 * `sekisho check --source gcp` as users run it, against a plane that plays Google Cloud under its own host names: both
 * stories before anything is deployed, callers who see everything, a part and nothing, and what was asked of Google.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../src/registry/index.js';
import { pushDirect } from './support/deploys.js';
import { SEKISHO, TestPlane } from './support/plane.js';
import { grant, onRepository } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { A, ALICE, B, OWNER, REGION } from './support/world.js';

const VIEWER = 'viewer@example.com';
const BOB = 'bob@example.com';
const NUMBER = '891566352225';
const AGENT = `service-${NUMBER}@serverless-robot-prod.iam.gserviceaccount.com`;
const RUNTIME = `${NUMBER}-compute@developer.gserviceaccount.com`;
const FOREIGN = `${REGION}-docker.pkg.dev/${B}/myrepo/app:latest`;
const OWN = `${REGION}-docker.pkg.dev/${A}/images/app:latest`;

/** What docs/check.md says that whoever checks needs. */
const CHECKER = [
  'roles/viewer',
  'roles/iam.securityReviewer',
  'roles/iam.denyReviewer',
  'roles/iam.principalAccessBoundaryViewer',
  'roles/resourcemanager.organizationViewer',
];
const EVERY_READ = ['ADMIN_READ', 'DATA_READ', 'DATA_WRITE'].map((logType) => ({ logType }));

const estate = {
  organization: {
    id: '123456789012',
    domain: 'example.com',
    iam: CHECKER.map((role) => ({ role, members: [`user:${VIEWER}`] })),
    auditConfigs: [{ service: 'allServices', auditLogConfigs: EVERY_READ }],
  },
  groups: { 'deployers@example.com': [`user:${ALICE}`] },
  projects: [
    {
      id: A,
      number: NUMBER,
      parent: 'organizations/123456789012',
      services: ['run.googleapis.com', 'artifactregistry.googleapis.com'],
      iam: [
        { role: 'roles/run.developer', members: ['group:deployers@example.com'] },
        { role: 'roles/run.admin', members: [`user:${BOB}`] },
      ],
      defaultServiceAccount: {
        iam: [{ role: 'roles/iam.serviceAccountUser', members: [`user:${ALICE}`, `user:${BOB}`] }],
      },
      repositories: [{ id: 'images', location: REGION }],
    },
    {
      id: B,
      parent: 'organizations/123456789012',
      services: ['artifactregistry.googleapis.com'],
      repositories: [
        {
          id: 'myrepo',
          location: REGION,
          iam: [{ role: 'roles/artifactregistry.reader', members: ['group:deployers@example.com'] }],
        },
      ],
    },
  ],
};

let dir: string;
let plane: TestPlane;
let rest: Rest;

/** Of everything that was asked before anything was granted: all at once, since each is a process. */
let checked: Readonly<Record<'foreign' | 'own' | 'partial' | 'nobody', Checked>>;
/** What the checks have changed on the plane. */
let changed: readonly string[];

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-live-check-'));
  const file = path.join(dir, 'estate.json');
  await writeFile(file, JSON.stringify(estate));
  plane = await TestPlane.start({ args: ['--runtime', 'none', '--estate', file] });
  rest = new Rest(plane);
  const image = await buildImage({ files: [{ path: '/app', content: 'x' }], config: { Cmd: ['/app'] } });
  await Promise.all([
    ...[FOREIGN, OWN].map((reference) => pushDirect(rest, OWNER, image, reference)),
    ...[VIEWER, ALICE].map((member) => plane.environment(member)),
  ]);
  const before = await plane.stored();
  const [foreign, own, partial, nobody] = await Promise.all([
    check(VIEWER, ALICE, FOREIGN),
    check(VIEWER, BOB, OWN),
    check(ALICE, ALICE, FOREIGN),
    check(VIEWER, ALICE, FOREIGN, { GOOGLE_OAUTH_ACCESS_TOKEN: 'expired' }),
  ]);
  checked = { foreign, own, partial, nobody };
  changed = await plane.changedSince(before);
});
afterAll(async () => {
  await plane?.dispose();
  await rm(dir, { recursive: true, force: true });
});

interface Checked {
  readonly code: number;
  readonly report: unknown;
  readonly stderr: string;
}

/** Checks a deploy on what the caller takes for Google Cloud. */
async function check(caller: string, deployer: string, image: string, env = {}): Promise<Checked> {
  const deploy = ['service', 'web', '--project', A, '--region', REGION, '--image', image, '--as', deployer];
  const line = ['check', 'run', ...deploy, '--source', 'gcp', '--format', 'json'];
  const { code, stdout, stderr } = await plane.as(caller, process.execPath, [SEKISHO, ...line], { env });
  return { code, report: stdout === '' ? undefined : JSON.parse(stdout), stderr };
}

const idsOf = ({ report }: Checked, verdict: string) =>
  listAt(report, 'requirements')
    .filter((each) => at(each, 'verdict') === verdict)
    .map((each) => at(each, 'id'));

describe('a check of live Google Cloud', () => {
  it("finds that the service agent cannot pull another project's image, and that a grant mends it", async () => {
    const denied = checked.foreign;
    expect(denied.code).toBe(1);
    expect(idsOf(denied, 'denied')).toEqual(['agent-pulls-image']);
    expect(idsOf(denied, 'unknown')).toEqual([]);
    expect(at(denied.report, 'fixes', 0, 'member')).toBe(`serviceAccount:${AGENT}`);

    await grant(plane, onRepository(B, 'myrepo'), `serviceAccount:${AGENT}`, 'roles/artifactregistry.reader');
    const mended = await check(VIEWER, ALICE, FOREIGN);
    expect([mended.code, at(mended.report, 'verdict'), mended.stderr]).toEqual([0, 'granted', '']);
  });

  it('finds that a deployer cannot read the image of their own project', () => {
    const denied = checked.own;
    expect(denied.code).toBe(1);
    expect(idsOf(denied, 'denied')).toEqual(['deployer-reads-image']);
  });

  it('says what a caller lacks who sees a part, and claims nothing', () => {
    const { partial } = checked;
    expect([partial.code, at(partial.report, 'verdict')]).toEqual([2, 'unknown']);
    expect(JSON.stringify(partial.report)).toContain(
      `${ALICE} lacks iam.serviceAccounts.getIamPolicy on projects/${A}/serviceAccounts/${RUNTIME}`,
    );
  });

  it('fails as a whole for who is not signed in', () => {
    const { nobody } = checked;
    expect(nobody.code).toBe(2);
    expect(nobody.report).toBeUndefined();
    expect(nobody.stderr).toContain('gcloud auth application-default login');
  });

  it('has only read: that is all that the audit log knows of who checked', async () => {
    expect(changed).toEqual([]);
    const answer = await rest.call(OWNER, 'POST', 'logging.googleapis.com/v2/entries:list', {
      resourceNames: [`projects/${A}`, `projects/${B}`, 'organizations/123456789012'],
      filter: `protoPayload.authenticationInfo.principalEmail="${VIEWER}"`,
      pageSize: 1000,
    });
    const entries = listAt(answer.body, 'entries');
    const logs = entries.map((entry) =>
      decodeURIComponent(String(at(entry, 'logName')).split('/').at(-1) ?? ''),
    );
    expect([...new Set(logs)]).toEqual(['cloudaudit.googleapis.com/data_access']);
    const methods = entries.map((entry) =>
      String(at(entry, 'protoPayload', 'methodName'))
        .split('.')
        .at(-1),
    );
    const READS = /^(?:Get|List|Search|Lookup|Check|Docker-(?:Get|Head|Serve))/i;
    expect(methods.filter((method) => !READS.test(method ?? ''))).toEqual([]);
  });
});
