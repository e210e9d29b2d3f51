/** Workload identity federation by gcloud and google-auth-library, in a rehearsed workflow of GitHub's. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, ROOT, run, SEKISHO, TestPlane } from './support/plane.js';
import { grant, newAccount, newProject, onAccount, onProject } from './support/policies.js';
import { OWNER } from './support/world.js';

const P = 'federation-tests';
const DEPLOYER = `deployer@${P}.iam.gserviceaccount.com`;
const GITHUB = 'https://token.actions.githubusercontent.com';

let plane: TestPlane;
/** `projects/NUMBER/locations/global/workloadIdentityPools/github` */
let pool: string;

beforeAll(async () => {
  plane = await TestPlane.start({ args: ['--runtime', 'none'] });
  const number = await newProject(plane, P, ['run.googleapis.com', 'iamcredentials.googleapis.com']);
  await newAccount(plane, P, 'deployer');
  pool = `projects/${number}/locations/global/workloadIdentityPools/github`;
});
afterAll(() => plane.dispose());

const pools = (line: string) =>
  plane.gcloud(OWNER, `iam workload-identity-pools ${line} --location global --project ${P}`);

/** A command in a job of a workflow in the repository, signed in by the job's ID token. */
const job = (repository: string, account: string, command: readonly string[], more: readonly string[] = []) =>
  run(process.execPath, [
    SEKISHO,
    'exec',
    ...['--data', plane.data, '--github', repository, '--project', P, ...more],
    '--',
    ...['bash', path.join(ROOT, 'test/support/github-job.sh')],
    ...[`${pool}/providers/actions`, account, ...command],
  ]);

describe('pools and providers, by gcloud', () => {
  it('are created, updated, described and listed', async () => {
    const made = await must(pools('create github --display-name GitHub'));
    expect(made.stderr).toContain('Created workload identity pool [github].');
    const mapping = 'google.subject=assertion.sub,attribute.repository=assertion.repository';
    const created = await must(
      pools(
        `providers create-oidc actions --workload-identity-pool github --issuer-uri ${GITHUB} --attribute-mapping ${mapping} --attribute-condition assertion.repository_owner=='octo'`,
      ),
    );
    expect(created.stderr).toContain('Created workload identity pool provider [actions].');
    const updated = await must(
      pools('providers update-oidc actions --workload-identity-pool github --display-name Actions'),
    );
    expect(updated.stderr).toContain('Updated workload identity pool provider [actions].');
    const described = await must(
      pools('providers describe actions --workload-identity-pool github --format json'),
    );
    expect(JSON.parse(described.stdout)).toEqual({
      name: `${pool}/providers/actions`,
      displayName: 'Actions',
      state: 'ACTIVE',
      attributeMapping: {
        'google.subject': 'assertion.sub',
        'attribute.repository': 'assertion.repository',
      },
      attributeCondition: "assertion.repository_owner=='octo'",
      oidc: { issuerUri: GITHUB },
    });
    const listed = await must(pools('list --format value(name.basename(),state)'));
    expect(listed.stdout).toBe('github\tACTIVE\n');
  });

  it('say in Google’s words what is wrong with them', async () => {
    const refused = await pools(
      `providers create-oidc open --workload-identity-pool github --issuer-uri ${GITHUB} --attribute-mapping google.subject=assertion.sub`,
    );
    expect(refused.stderr).toContain(
      "INVALID_ARGUMENT: The attribute condition must reference one of the provider's claims.",
    );
  });
});

describe('a job of a workflow', () => {
  const list = ['gcloud', 'run', 'services', 'list', '--region', 'asia-northeast1'];

  it('reaches what its repository was given, as itself', async () => {
    await grant(
      plane,
      onProject(P),
      `principalSet://iam.googleapis.com/${pool}/attribute.repository/octo/app`,
      'roles/viewer',
    );
    const subject = `principal://iam.googleapis.com/${pool}/subject/repo:octo/app:ref:refs/heads/main`;
    const client = [process.execPath, path.join(ROOT, 'test/support/client-github.mjs'), P];
    const [byGcloud, byLibrary] = await Promise.all([
      must(job('octo/app', '-', list)),
      must(job('octo/app', '-', client)),
    ]);
    expect(byGcloud.stderr).toContain(`Authenticated with external account credentials for: [${subject}].`);
    expect(byGcloud.stderr).toContain('Listed 0 items.');
    expect(byLibrary.stdout).toBe(`${P}\n`);
  });

  it('impersonates the account that its repository may use, and deploys as it', async () => {
    await grant(
      plane,
      onAccount(DEPLOYER, P),
      `principalSet://iam.googleapis.com/${pool}/attribute.repository/octo/app`,
      'roles/iam.workloadIdentityUser',
    );
    await grant(plane, onProject(P), `serviceAccount:${DEPLOYER}`, 'roles/run.admin');
    const [allowed, other] = await Promise.all([
      must(job('octo/app', DEPLOYER, list)),
      job('octo/other', DEPLOYER, list),
    ]);
    expect(allowed.stderr).toContain('Listed 0 items.');
    expect(other.code).not.toBe(0);
    expect(other.stderr).toMatch(/iam\.serviceAccounts\.getAccessToken\W+denied on resource/);
  });

  it('of another repository is let in without rights, and of another owner not at all', async () => {
    const [other, stranger] = await Promise.all([job('octo/other', '-', list), job('evil/app', '-', list)]);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(
      `[principal://iam.googleapis.com/${pool}/subject/repo:octo/other:ref:refs/heads/main] does not have permission`,
    );
    expect(stranger.code).not.toBe(0);
    expect(stranger.stderr).toContain('The given credential is rejected by the attribute condition.');
  });
});

describe('sekisho', () => {
  it('makes tokens of identities of pools, with their attributes', async () => {
    const member = `principal://iam.googleapis.com/${pool}/subject/me`;
    const token = async (...more: string[]) =>
      (await must(plane.sekisho(['token', '--as', member, ...more]))).stdout.trim();
    const project = `${plane.url}/cloudresourcemanager.googleapis.com/v1/projects/${P}`;
    const ask = async (bearer: string) =>
      (await fetch(project, { headers: { authorization: `Bearer ${bearer}` } })).status;
    expect(await ask(await token('--attribute', 'repository=octo/app'))).toBe(200);
    expect(await ask(await token())).toBe(403);
    const unknown = await plane.sekisho(['token', '--as', member.replace('/github/', '/none/')]);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('does not exist.')]);
  });

  it('checks deploys of identities of pools', async () => {
    const member = `principal://iam.googleapis.com/${pool}/subject/me`;
    const { code, stdout } = await plane.sekisho(
      ['check', 'run', 'service', 'web', '--image', 'us-docker.pkg.dev/cloudrun/container/hello'].concat([
        '--region=asia-northeast1',
        `--project=${P}`,
        '--as',
        member,
        '--format',
        'json',
      ]),
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout).requirements).toContainEqual(
      expect.objectContaining({ principal: member, permission: 'run.services.create', verdict: 'denied' }),
    );
  });
});
