import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClosableSource, checkPlan, estateSource, TerraformPlanError } from './index.js';

/** Alice may deploy in app; nobody but her reads the repository in images. */
const ESTATE = `
projects:
  - id: myproject-app
    number: '111'
    services: [run.googleapis.com, iam.googleapis.com]
    iam:
      - { role: roles/run.admin, members: ['user:alice@example.com'] }
    defaultServiceAccount:
      iam: [{ role: roles/iam.serviceAccountUser, members: ['user:alice@example.com'] }]
  - id: myproject-images
    services: [artifactregistry.googleapis.com]
    repositories:
      - id: r
        location: us
        iam: [{ role: roles/artifactregistry.reader, members: ['user:alice@example.com'] }]
`;

const created = (type: string, after: object) => ({
  ...{ address: `${type}.x`, mode: 'managed', type, name: 'x' },
  change: { actions: ['create'], before: null, after, after_unknown: {} },
});
const SERVICE = created('google_cloud_run_v2_service', {
  ...{ name: 'web', project: 'myproject-app', location: 'us-central1' },
  template: [{ containers: [{ image: 'us-docker.pkg.dev/myproject-images/r/i:v1' }] }],
});
const GRANT = created('google_artifact_registry_repository_iam_member', {
  ...{ project: 'myproject-images', location: 'us', repository: 'r', role: 'roles/artifactregistry.reader' },
  member: 'serviceAccount:service-111@serverless-robot-prod.iam.gserviceaccount.com',
});
const planOf = (...resource_changes: readonly object[]) =>
  JSON.stringify({ format_version: '1.2', resource_changes });

let source: ClosableSource;
beforeAll(async () => {
  source = await estateSource({ name: 'estate.yaml', text: ESTATE });
}, 60_000);
afterAll(() => source?.close());

const verdictsOf = async (plan: string) => {
  const { checks } = await checkPlan({ plan, as: 'alice@example.com' }, { source });
  return checks.map(({ target, requirements }) => [
    target.name,
    requirements.find(({ id }) => id === 'agent-pulls-image')?.verdict,
  ]);
};

describe('checkPlan', () => {
  it('judges what a plan deploys by what is there already', async () => {
    expect(await verdictsOf(planOf(SERVICE))).toEqual([['web', 'denied']]);
  });

  it('judges it by what the plan grants beside it, and tells that it may come too late', async () => {
    const plan = planOf(SERVICE, GRANT);
    expect(await verdictsOf(plan)).toEqual([['web', 'granted']]);
    const { faults, source: name } = await checkPlan({ plan, as: 'alice@example.com' }, { source });
    expect(faults).toEqual([
      expect.objectContaining({ message: expect.stringContaining('google_cloud_run_v2_service.x') }),
    ]);
    expect(name).toContain('plan.json');
  });

  it('refuses what is no plan', async () => {
    const checked = checkPlan({ plan: '{}', as: 'alice@example.com', file: 'x.json' }, { source });
    await expect(checked).rejects.toThrow(TerraformPlanError);
  });
});

const FOLDER_ESTATE = (boundaries: readonly object[]) => ({
  name: 'estate.json',
  text: JSON.stringify({
    organization: { id: '9', principalAccessBoundaryPolicies: boundaries },
    folders: [
      {
        ...{ id: '7', parent: 'folders/8' },
        denyPolicies: [
          {
            id: 'no-eve',
            rules: [
              {
                deniedPrincipals: ['principal://goog/subject/eve@example.com'],
                deniedPermissions: ['run.googleapis.com/services.create'],
              },
            ],
          },
        ],
      },
      {
        ...{ id: '8', parent: 'organizations/9' },
        iam: ['run.admin', 'iam.serviceAccountUser', 'artifactregistry.reader'].map((role) => ({
          role: `roles/${role}`,
          members: ['user:alice@example.com', 'user:eve@example.com'],
        })),
      },
    ],
    projects: [{ id: 'myproject-old', parent: 'organizations/9', serviceAccounts: [{ id: 'deploys' }] }],
  }),
});

describe('a project that a plan makes below a folder', () => {
  const project = (folder_id: string) =>
    created('google_project', { project_id: 'myproject-app', name: 'app', folder_id });
  const ofNew = (type: string, after: object) => created(type, { project: 'myproject-app', ...after });
  const plan = (folder: string) =>
    planOf(
      project(folder),
      ofNew('google_project_service', { service: 'run.googleapis.com' }),
      ofNew('google_cloud_run_v2_service', {
        ...{ name: 'web', location: 'us-central1' },
        template: [{ containers: [{ image: 'us-docker.pkg.dev/cloudrun/container/hello' }] }],
      }),
    );
  const opened: ClosableSource[] = [];
  const opening = async (boundaries: readonly object[]) => {
    const base = await estateSource(FOLDER_ESTATE(boundaries));
    opened.push(base);
    return base;
  };
  let unbounded: ClosableSource;
  beforeAll(async () => {
    unbounded = await opening([]);
  }, 60_000);
  afterAll(() => Promise.all(opened.map((each) => each.close())));

  const deploys = async (as: string, folder = 'folders/7', base: ClosableSource = unbounded) => {
    const { checks } = await checkPlan({ plan: plan(folder), as }, { source: base });
    const [only] = checks;
    const found = only?.requirements.find(({ id }) => id === 'deployer-deploys');
    return [found?.verdict, found?.reasons.join(' ') ?? ''];
  };

  it('has the grants and denials of all that is above it', async () => {
    expect((await deploys('alice@example.com'))[0]).toBe('granted');
    expect((await deploys('alice@example.com', '7'))[0]).toBe('granted');
    expect((await deploys('eve@example.com'))[0]).toBe('denied');
    expect((await deploys('eve@example.com', '8'))[0]).toBe('granted');
  });

  it('is unknown below a folder that there is not', async () => {
    const [verdict, why] = await deploys('alice@example.com', 'folders/404');
    expect(verdict).toBe('unknown');
    expect(why).toContain('there is no folders/404');
  });

  it('has the boundaries of its organization', async () => {
    const boundary = (resource: string) =>
      opening([
        {
          id: 'old-alone',
          rules: [{ resources: [`//cloudresourcemanager.googleapis.com/${resource}`] }],
          enforcementVersion: '4',
          policyBindings: [{ id: 'all', target: '//cloudresourcemanager.googleapis.com/organizations/9' }],
        },
      ]);
    const ci = 'serviceAccount:deploys@myproject-old.iam.gserviceaccount.com';
    expect((await deploys('alice@example.com', '7', await boundary('organizations/9')))[0]).toBe('granted');
    expect((await deploys(ci, '7', await boundary('projects/myproject-old')))[0]).toBe('denied');
  });
});
