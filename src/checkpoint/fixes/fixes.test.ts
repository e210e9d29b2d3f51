import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { predefinedRoles } from '../../iam/index.js';
import { factsOf, planOf, type TestDeploy, type TestEstate, type TestProject } from '../cases/estate.js';
import { fixes, isProjectWide, judge } from '../index.js';

const ENFORCE = { imageReadCheck: 'enforce' } as const;
const AGENT = 'serviceAccount:service-891566352225@serverless-robot-prod.iam.gserviceaccount.com';
const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';

function estateOf(project: Partial<TestProject> = {}, other: Partial<TestProject> = {}): TestEstate {
  return {
    projects: {
      'myproject-a': {
        number: '891566352225',
        apis: ['run.googleapis.com'],
        serviceAccounts: { [RUNTIME]: {} },
        ...project,
      },
      'myproject-b': { number: '222222222222', ...other },
    },
  };
}

const deploy: TestDeploy = {
  project: 'myproject-a',
  as: 'alice@example.com',
  serviceAccount: RUNTIME,
  images: ['us-docker.pkg.dev/myproject-b/myrepo/app'],
};

function mend(estate: TestEstate, change: Partial<TestDeploy> = {}) {
  const plan = planOf({ ...deploy, ...change }, estate);
  return fixes(judge(plan, factsOf(estate), ENFORCE), plan);
}

const grants = (list: ReturnType<typeof fixes>) =>
  list.map((fix) =>
    fix.kind === 'grant'
      ? `${fix.member} ${fix.role} ${fix.resource}`
      : `${fix.kind} ${'api' in fix ? fix.api : 'email' in fix ? fix.email : fix.role}`,
  );

describe('fixes', () => {
  it('grant a newcomer the three roles on the narrowest resources, and the agent its one', () => {
    expect(grants(mend(estateOf()))).toEqual([
      'user:alice@example.com roles/run.developer //cloudresourcemanager.googleapis.com/projects/myproject-a',
      `user:alice@example.com roles/iam.serviceAccountUser //iam.googleapis.com/projects/myproject-a/serviceAccounts/${RUNTIME}`,
      'user:alice@example.com roles/artifactregistry.reader //artifactregistry.googleapis.com/projects/myproject-b/locations/us/repositories/myrepo',
      `${AGENT} roles/artifactregistry.reader //artifactregistry.googleapis.com/projects/myproject-b/locations/us/repositories/myrepo`,
    ]);
  });

  it('grant on the service itself once it exists', () => {
    const list = mend(estateOf(), { exists: true });
    expect(grants(list).slice(0, 1)).toEqual([
      'user:alice@example.com roles/run.developer //run.googleapis.com/projects/myproject-a/locations/asia-northeast1/services/my-cloud-run-app',
    ]);
    expect(list[0]).toMatchObject({
      gcloud:
        'gcloud run services add-iam-policy-binding my-cloud-run-app --project=myproject-a --region=asia-northeast1 --member=user:alice@example.com --role=roles/run.developer --condition=None',
      terraform: [
        'resource "google_cloud_run_service_iam_member" "my_cloud_run_app_developer_alice" {',
        '  project  = "myproject-a"',
        '  location = "asia-northeast1"',
        '  service  = "my-cloud-run-app"',
        '  role     = "roles/run.developer"',
        '  member   = "user:alice@example.com"',
        '}',
      ].join('\n'),
    });
  });

  it('enable the API and leave its agent to Google when the API is off', () => {
    const owner = { 'roles/owner': ['user:alice@example.com'] };
    const off = estateOf({ apis: [], iam: owner }, { iam: owner });
    expect(grants(mend(off))).toEqual([
      'enable-api run.googleapis.com',
      `${AGENT} roles/artifactregistry.reader //artifactregistry.googleapis.com/projects/myproject-b/locations/us/repositories/myrepo`,
    ]);
    expect(mend(off)[0]?.gcloud).toBe('gcloud services enable run.googleapis.com --project=myproject-a');
    expect(grants(mend(off, { images: ['us-docker.pkg.dev/myproject-a/r/i'] }))).toEqual([
      'enable-api run.googleapis.com',
    ]);
  });

  it('create an agent that is gone, and give it its role', () => {
    const estate = estateOf({ agentLostItsRole: true, iam: { 'roles/owner': ['user:alice@example.com'] } });
    const plan = planOf({ ...deploy, images: ['us-docker.pkg.dev/myproject-a/r/i'] }, estate);
    const facts = factsOf(estate);
    const gone = { ...facts, accountExists: (email: string) => email === RUNTIME };
    expect(fixes(judge(plan, gone, ENFORCE), plan).map(({ gcloud }) => gcloud)).toEqual([
      'gcloud beta services identity create --service=run.googleapis.com --project=myproject-a',
      `gcloud projects add-iam-policy-binding myproject-a --member=${AGENT} --role=roles/run.serviceAgent --condition=None`,
    ]);
  });

  it('let the agent make tokens of another project’s account on that account', () => {
    const other = 'runtime@myproject-b.iam.gserviceaccount.com';
    const estate = estateOf(
      { iam: { 'roles/owner': ['user:alice@example.com'] } },
      { iam: { 'roles/owner': ['user:alice@example.com'] }, serviceAccounts: { [other]: {} } },
    );
    expect(
      grants(mend(estate, { serviceAccount: other, images: ['us-docker.pkg.dev/myproject-a/r/i'] })),
    ).toEqual([
      `${AGENT} roles/iam.serviceAccountTokenCreator //iam.googleapis.com/projects/myproject-b/serviceAccounts/${other}`,
    ]);
  });

  it('make an account that does not exist, and grant nothing on it that is not needed', () => {
    const estate = estateOf({ serviceAccounts: {}, iam: { 'roles/owner': ['user:alice@example.com'] } });
    expect(grants(mend(estate, { images: ['us-docker.pkg.dev/myproject-a/r/i'] }))).toEqual([
      `create-account ${RUNTIME}`,
    ]);
  });

  it('write the binding of a secret, a job and a worker pool', () => {
    const secret = '//secretmanager.googleapis.com/projects/myproject-a/secrets/db-password';
    const commands = (change: Partial<TestDeploy>) =>
      mend(estateOf(), { exists: true, apiVersion: 'v2', ...change }).map(({ gcloud }) => gcloud);
    expect(commands({ secrets: [secret] })).toContain(
      `gcloud secrets add-iam-policy-binding db-password --project=myproject-a --member=serviceAccount:${RUNTIME} --role=roles/secretmanager.secretAccessor --condition=None`,
    );
    expect(commands({ kind: 'job' })).toContain(
      'gcloud run jobs add-iam-policy-binding my-cloud-run-app --project=myproject-a --region=asia-northeast1 --member=user:alice@example.com --role=roles/run.developer',
    );
    expect(commands({ kind: 'workerPool' })).toContain(
      'gcloud run worker-pools add-iam-policy-binding my-cloud-run-app --project=myproject-a --region=asia-northeast1 --member=user:alice@example.com --role=roles/run.developer --condition=None',
    );
  });

  it('let no address break out of a command or of a Terraform string', () => {
    const [fix] = mend(estateOf(), { as: 'user:a&b;%{x}@example.com' });
    expect(fix?.gcloud).toContain(" '--member=user:a&b;%{x}@example.com' ");
    expect(fix?.terraform).toContain('"user:a&b;%%{x}@example.com"');
  });

  it('make the deploy go through, with roles that no person should not have, and no grant too many', () => {
    const some = fc.subarray([
      'roles/run.viewer',
      'roles/run.developer',
      'roles/artifactregistry.reader',
      'roles/viewer',
    ]);
    const who = ['user:alice@example.com'];
    fc.assert(
      fc.property(some, some, fc.boolean(), fc.boolean(), (onA, onB, exists, agentLostItsRole) => {
        const roles = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, who]));
        const estate = estateOf({ iam: roles(onA), agentLostItsRole }, { iam: roles(onB) });
        const plan = planOf({ ...deploy, exists, publicAccess: true }, estate);
        const list = fixes(judge(plan, factsOf(estate), ENFORCE), plan);
        const bindings = list.flatMap((fix) =>
          fix.kind === 'grant' ? [{ on: fix.resource, role: fix.role, members: [fix.member] }] : [],
        );
        const verdict = (granted: typeof bindings) =>
          judge(plan, factsOf({ ...estate, bindings: granted }), ENFORCE).verdict;
        expect(verdict(bindings)).toBe('granted');
        for (const fix of list) {
          // What lies in a project is granted on by itself; a project has its own role alone.
          if (fix.kind !== 'grant' || !isProjectWide(fix) || /serviceAgent$/.test(fix.role)) continue;
          expect(fix.permissions.every((permission) => permission.startsWith('run.'))).toBe(true);
          if (exists) expect(fix.permissions).toContain('run.operations.get');
        }
        for (const binding of bindings) {
          expect(predefinedRoles.get(binding.role)).toBeDefined();
          if (/serviceAgent$/i.test(binding.role)) expect(binding.members).toEqual([AGENT]);
          expect(verdict(bindings.filter((each) => each !== binding))).toBe('denied');
        }
      }),
    );
  });
});
