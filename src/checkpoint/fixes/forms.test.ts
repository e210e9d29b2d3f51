import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, planOf, type TestDeploy, type TestEstate } from '../cases/estate.js';
import { judge } from '../index.js';
import { estatePatch, type FixOptions, stepsFor, stepsForNeeds, terraformOf, written } from './index.js';

const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const estate: TestEstate = {
  projects: {
    'myproject-a': { number: '111', apis: ['run.googleapis.com'], serviceAccounts: { [RUNTIME]: {} } },
    'myproject-b': { number: '222' },
  },
};
const deploy: TestDeploy = {
  apiVersion: 'v2',
  name: 'web',
  project: 'myproject-a',
  as: 'alice@example.com',
  serviceAccount: RUNTIME,
  images: ['us-docker.pkg.dev/myproject-b/myrepo/app'],
};

function stepsOf(change: Partial<TestDeploy> = {}, options: FixOptions = {}) {
  const plan = planOf({ ...deploy, ...change }, estate);
  const { steps } = stepsFor(judge(plan, factsOf(estate), { imageReadCheck: 'enforce' }), plan, options);
  return { plan, steps };
}

describe('custom roles', () => {
  const { steps, plan } = stepsOf({}, { customRole: true });

  it('hold exactly what is missing, one for each scope', () => {
    expect(steps.flatMap((step) => (step.kind === 'create-role' ? [step.permissions] : []))).toEqual([
      ['run.operations.get', 'run.services.create', 'run.services.get'],
      ['iam.serviceAccounts.actAs'],
      ['artifactregistry.repositories.downloadArtifacts'],
    ]);
    const roles = steps.flatMap((step) => (step.kind === 'create-role' ? [step.role] : []));
    for (const step of steps) if (step.kind === 'grant') expect(roles).toContain(step.role);
  });

  it('are made before they are granted, and named alike for the same permissions', () => {
    const [first] = written(steps, plan.apiVersion);
    expect(first?.gcloud).toMatch(
      /^gcloud iam roles create sekisho_run_[0-9a-f]{8} --project=myproject-a --title=sekisho_run_\w+ --permissions=run\.operations\.get,run\.services\.create,run\.services\.get --stage=GA --quiet$/,
    );
    expect(stepsOf({ name: 'other' }, { customRole: true }).steps[0]).toEqual(steps[0]);
    expect(terraformOf(steps, plan)).toMatch(
      /role += google_project_iam_custom_role\.sekisho_run_[0-9a-f]{8}\.id\n/,
    );
  });

  it('refuse by name what none may hold', () => {
    const need = {
      member: 'user:alice@example.com',
      permission: 'resourcemanager.projects.list',
      resource: '//cloudresourcemanager.googleapis.com/projects/myproject-a',
      grantOn: '//cloudresourcemanager.googleapis.com/projects/myproject-a',
      requirement: 'x',
    } as const;
    expect(stepsForNeeds([need], { customRole: true })).toEqual({ steps: [], unmet: [need] });
  });
});

describe('Terraform', () => {
  it('adds members, and makes the deploy wait for them', () => {
    const { steps, plan } = stepsOf();
    const text = terraformOf(steps, plan);
    expect(text).not.toMatch(/_iam_(?:policy|binding)"/);
    expect(text).toContain(
      [
        '# In google_cloud_run_v2_service.web, so that all of this is there before it is deployed:',
        '#',
        '#   depends_on = [',
        '#     google_project_iam_member.myproject_a_developer_alice,',
        '#     google_service_account_iam_member.runtime_serviceaccountuser_alice,',
      ].join('\n'),
    );
  });

  it('does not wait for a binding on the deployed resource, which comes after it', () => {
    const { steps, plan } = stepsOf({ exists: true });
    const [, hint = ''] = terraformOf(steps, plan).split('depends_on');
    expect(hint).not.toContain('google_cloud_run_v2_service_iam_member');
    expect(hint).toContain('google_project_iam_member');
  });

  it('refers to what the configuration makes itself', () => {
    const { steps, plan } = stepsOf({
      secrets: ['//secretmanager.googleapis.com/projects/myproject-a/secrets/s'],
    });
    const repository = 'google_artifact_registry_repository.docker';
    const account = 'google_service_account.run';
    const made = new Map([
      [
        '//artifactregistry.googleapis.com/projects/myproject-b/locations/us/repositories/myrepo',
        { address: repository, module: '', attributes: { repository: `${repository}.name` } },
      ],
      [
        `//iam.googleapis.com/projects/myproject-a/serviceAccounts/${RUNTIME}`,
        { address: account, module: '', attributes: { service_account_id: `${account}.name` } },
      ],
      [
        '//secretmanager.googleapis.com/projects/myproject-a/secrets/s',
        { address: 'module.m.x.y', module: 'module.m', attributes: { secret_id: 'x.y.secret_id' } },
      ],
    ]);
    const text = terraformOf(steps, plan, { get: (name) => made.get(name) });
    expect(text).toContain('secret_id = "s"\n');
    expect(text).toContain('repository = google_artifact_registry_repository.docker.name\n');
    expect(text).toContain('service_account_id = google_service_account.run.name\n');
    expect(text).toContain('member    = google_service_account.run.member\n');
  });

  it('is well-formed for any member', () => {
    const member = fc.string({ unit: 'binary' }).map((text) => `user:${text}@example.com`);
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 3 }), (members) => {
        const steps = members.map((each) => ({
          kind: 'grant' as const,
          member: each,
          role: 'roles/run.viewer',
          resource: '//cloudresourcemanager.googleapis.com/projects/p' as const,
          permissions: [],
          mends: [],
        }));
        const blocks = written(steps, 'v2').map(({ terraform }) => terraform);
        const labels = blocks.map(
          (block) => /^resource "google_project_iam_member" "([a-z][a-z0-9_]*)" \{\n/.exec(block)?.[1],
        );
        expect(new Set(labels).size).toBe(blocks.length);
        for (const [index, block] of blocks.entries()) {
          const written = /^ {2}member +=[ ](".*")\n\}$/m.exec(block)?.[1] ?? '';
          expect(readHcl(written)).toBe(members[index]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** A quoted template of HCL without interpolation, read back: `$${` and `%%{`, and most of JSON's escapes. */
function readHcl(text: string): string {
  expect(text.replaceAll('\\\\', '')).not.toMatch(/\\[^nrt"\\u]/);
  const inner = JSON.parse(text) as string;
  expect(inner.replace(/\$\$\{|%%\{/g, '')).not.toMatch(/[$%]\{/);
  return inner.replace(/([$%])\1\{/g, '$1{');
}

describe('a patch of an estate', () => {
  it('adds each binding where it belongs, and says nothing else', () => {
    const { steps } = stepsOf();
    const agent = 'serviceAccount:service-111@serverless-robot-prod.iam.gserviceaccount.com';
    expect(estatePatch(steps)).toEqual({
      projects: [
        {
          id: 'myproject-a',
          iam: [{ role: 'roles/run.developer', members: ['user:alice@example.com'] }],
          serviceAccounts: [
            {
              id: 'runtime',
              iam: [{ role: 'roles/iam.serviceAccountUser', members: ['user:alice@example.com'] }],
            },
          ],
        },
        {
          id: 'myproject-b',
          repositories: [
            {
              id: 'myrepo',
              location: 'us',
              iam: [
                { role: 'roles/artifactregistry.reader', members: ['user:alice@example.com'] },
                { role: 'roles/artifactregistry.reader', members: [agent] },
              ],
            },
          ],
        },
      ],
    });
  });
});
