import { describe, expect, it } from 'vitest';
import { ALICE, applied, planOfChanges, REPOSITORY, type TestChange } from './testing-plans.js';

const PROJECT_A = '//cloudresourcemanager.googleapis.com/projects/myproject-a';
const AGENT = 'serviceAccount:service-111@serverless-robot-prod.iam.gserviceaccount.com';

const bindingsOf = async (changes: readonly TestChange[], resource: `//${string}` = PROJECT_A) => {
  const policy = await applied(planOfChanges(changes)).policy(resource);
  if (policy === 'absent' || 'unknown' in policy) return policy;
  return Object.fromEntries(policy.bindings.map(({ role, members }) => [role, members]));
};

const member = (over: object = {}): TestChange => ({
  type: 'google_project_iam_member',
  after: { project: 'myproject-a', role: 'roles/viewer', member: 'user:Carol@example.com', ...over },
});

describe('allow policies after apply', () => {
  it('have what a member adds', async () => {
    expect(await bindingsOf([member()])).toMatchObject({ 'roles/viewer': ['user:carol@example.com'] });
  });

  it('lose what a deleted member had, and no more', async () => {
    const gone: TestChange = {
      type: 'google_project_iam_member',
      actions: ['delete'],
      before: { project: 'myproject-a', role: 'roles/run.admin', member: ALICE },
    };
    const left = await bindingsOf([gone]);
    expect(left).not.toHaveProperty('roles/run.admin');
    expect(left).toHaveProperty('roles/run.serviceAgent');
  });

  it('have of a role what a binding says, and of other roles what they had', async () => {
    const binding: TestChange = {
      type: 'google_project_iam_binding',
      after: { project: 'myproject-a', role: 'roles/run.admin', members: ['user:bob@example.com'] },
    };
    expect(await bindingsOf([binding])).toMatchObject({
      'roles/run.admin': ['user:bob@example.com'],
      'roles/run.serviceAgent': [AGENT],
    });
  });

  it('keep a role under a condition apart from one without', async () => {
    const condition = [{ title: 'later', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' }];
    const binding: TestChange = {
      type: 'google_project_iam_binding',
      after: {
        project: 'myproject-a',
        role: 'roles/run.admin',
        members: ['user:bob@example.com'],
        condition,
      },
    };
    const policy = await applied(planOfChanges([binding])).policy(PROJECT_A);
    expect(policy).toMatchObject({
      bindings: expect.arrayContaining([{ role: 'roles/run.admin', members: [ALICE] }]),
    });
  });

  it('have nothing but what a policy says', async () => {
    const policy_data = JSON.stringify({ bindings: [{ role: 'roles/owner', members: [ALICE] }] });
    const policy: TestChange = {
      type: 'google_project_iam_policy',
      after: { project: 'myproject-a', policy_data },
    };
    expect(await bindingsOf([policy])).toEqual({ 'roles/owner': [ALICE] });
  });

  it('are unknown when the whole policy waits for apply', async () => {
    const policy: TestChange = {
      type: 'google_project_iam_policy',
      after: { project: 'myproject-a' },
      unknown: { policy_data: true },
    };
    expect(await bindingsOf([policy])).toMatchObject({ unknown: true });
  });

  it.each([
    ['google_folder_iam_member', { folder: 'folders/1' }, '//cloudresourcemanager.googleapis.com/folders/1'],
    [
      'google_organization_iam_member',
      { org_id: '2' },
      '//cloudresourcemanager.googleapis.com/organizations/2',
    ],
    [
      'google_service_account_iam_member',
      { service_account_id: 'projects/myproject-a/serviceAccounts/r@myproject-a.iam.gserviceaccount.com' },
      '//iam.googleapis.com/projects/myproject-a/serviceAccounts/r@myproject-a.iam.gserviceaccount.com',
    ],
    [
      'google_artifact_registry_repository_iam_member',
      { project: 'myproject-b', location: 'asia-northeast1', repository: 'myrepo' },
      REPOSITORY,
    ],
    [
      'google_artifact_registry_repository_iam_member',
      { repository: 'projects/myproject-b/locations/asia-northeast1/repositories/myrepo' },
      REPOSITORY,
    ],
    [
      'google_secret_manager_secret_iam_member',
      { secret_id: 'projects/myproject-a/secrets/s' },
      '//secretmanager.googleapis.com/projects/myproject-a/secrets/s',
    ],
    [
      'google_cloud_run_service_iam_member',
      { project: 'myproject-a', location: 'us-central1', service: 'web' },
      '//run.googleapis.com/projects/myproject-a/locations/us-central1/services/web',
    ],
    [
      'google_cloud_run_v2_service_iam_member',
      { name: 'projects/myproject-a/locations/us-central1/services/web' },
      '//run.googleapis.com/projects/myproject-a/locations/us-central1/services/web',
    ],
    [
      'google_cloud_run_v2_job_iam_member',
      { project: 'myproject-a', location: 'us-central1', name: 'j' },
      '//run.googleapis.com/projects/myproject-a/locations/us-central1/jobs/j',
    ],
    [
      'google_cloud_run_v2_worker_pool_iam_member',
      { project: 'myproject-a', location: 'us-central1', name: 'p' },
      '//run.googleapis.com/projects/myproject-a/locations/us-central1/workerPools/p',
    ],
  ] as const)('of %s %o', async (type, on, resource) => {
    const change = { type, after: { ...on, role: 'roles/viewer', member: ALICE } };
    expect(await bindingsOf([change], resource)).toMatchObject({ 'roles/viewer': [ALICE] });
  });
});

describe('resources that take away', () => {
  const compute = '111-compute@developer.gserviceaccount.com';

  it('take a role of a project from one member', async () => {
    const gone = { project: 'myproject-a', role: 'roles/run.serviceAgent', member: AGENT };
    expect(await bindingsOf([{ type: 'google_project_iam_member_remove', after: gone }])).not.toHaveProperty(
      'roles/run.serviceAgent',
    );
  });

  it('take its role and its life from the default account', async () => {
    const editor: TestChange = {
      type: 'google_project_iam_member',
      after: { project: 'myproject-a', role: 'roles/editor', member: `serviceAccount:${compute}` },
    };
    const accounts = (action: string): TestChange => ({
      type: 'google_project_default_service_accounts',
      after: { project: 'myproject-a', action },
    });
    const policy = (changes: readonly TestChange[]) =>
      applied(planOfChanges(changes), {
        policy: async () => ({
          version: 1,
          etag: '',
          bindings: [{ role: 'roles/editor', members: [`serviceAccount:${compute}`] }],
        }),
      }).policy(PROJECT_A);
    expect(await policy([accounts('DEPRIVILEGE')])).toMatchObject({ bindings: [] });
    expect(await bindingsOf([editor])).toHaveProperty('roles/editor');
    expect(await applied(planOfChanges([accounts('DISABLE')])).account(compute)).toMatchObject({
      disabled: true,
    });
    expect(await applied(planOfChanges([accounts('DEPRIVILEGE')])).account(compute)).toMatchObject({
      disabled: false,
    });
  });

  it('make everything unknown where boundaries change', async () => {
    const plan = planOfChanges([{ type: 'google_iam_projects_policy_binding', after: {} }]);
    expect(await applied(plan).boundaries('myproject-a')).toMatchObject({ unknown: true });
  });

  it('move a project below another folder', async () => {
    const move: TestChange = {
      type: 'google_project',
      actions: ['update'],
      before: { project_id: 'myproject-a', org_id: '1' },
      after: { project_id: 'myproject-a', org_id: '2' },
    };
    expect(await applied(planOfChanges([move])).project('111')).toMatchObject({
      number: '111',
      above: ['//cloudresourcemanager.googleapis.com/organizations/2'],
    });
    const asked: string[] = [];
    const source = applied(planOfChanges([move]), {
      boundaries: async (place) => {
        asked.push(place);
        return { policies: [], bindings: [] };
      },
    });
    expect(await source.boundaries('myproject-a')).toEqual({ policies: [], bindings: [] });
    expect(asked).toEqual(['organizations/2']);
    expect(await source.tags('//cloudresourcemanager.googleapis.com/projects/myproject-a')).toMatchObject({
      unknown: true,
    });
  });

  it('make a project with the tags of what it lies in', async () => {
    const TAG = { keyId: 'tagKeys/1', key: '9/env', valueId: 'tagValues/2', value: 'prod' };
    const folder = '//cloudresourcemanager.googleapis.com/folders/7';
    const tagsOf = (after: object) => {
      const made = { type: 'google_project', after: { project_id: 'new-project', name: 'n', ...after } };
      const source = applied(planOfChanges([made]), {
        tags: async (resource) => (resource === folder ? [TAG] : []),
      });
      return source.tags('//run.googleapis.com/projects/new-project/locations/us/services/web');
    };
    expect(await tagsOf({ folder_id: '7' })).toEqual([TAG]);
    expect(await tagsOf({ folder_id: '8' })).toEqual([]);
    expect(await tagsOf({})).toEqual([]);
    expect(await tagsOf({ folder_id: '7', tags: { '9/env': 'test' } })).toMatchObject({ unknown: true });
  });
});
