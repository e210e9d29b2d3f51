// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL's templates
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../checkpoint/cases/estate.js';
import { faultsOf } from './faults.js';
import { ALICE, ESTATE, planNamed, planOfChanges, TIME } from './testing-plans.js';

const faultsIn = (name: string, directory?: string) =>
  faultsOf(planNamed(name, directory), sourceOf(ESTATE), { as: ALICE, time: TIME });

describe('faults of a plan', () => {
  it('finds a service that waits for nothing that it needs', async () => {
    const faults = await faultsIn('no-edge');
    expect(faults.map(({ id, severity, address }) => [id, severity, address])).toEqual([
      ['no-edge', 'error', 'google_cloud_run_v2_service.web'],
    ]);
    expect(faults[0]?.mend).toBe(
      [
        'resource "google_cloud_run_v2_service" "web" {',
        '  # …',
        '  depends_on = [',
        '    google_service_account_iam_member.deployer,',
        '    google_artifact_registry_repository_iam_member.agent,',
        '    google_secret_manager_secret_iam_member.runtime,',
        '    google_secret_manager_secret_version.password,',
        '  ]',
        '}',
      ].join('\n'),
    );
    expect(faults[0]?.message).toContain(
      'google_service_account_iam_member.deployer: user:alice@example.com needs iam.serviceAccounts.actAs on iam.googleapis.com/',
    );
  });

  it('finds the edge that a module lacks, and says to which block it belongs', async () => {
    const faults = await faultsIn('module-no-edge');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ id: 'no-edge', address: 'module.app.google_cloud_run_v2_service.web' });
    expect(faults[0]?.mend).toBe(
      'module "app" {\n  # …\n  depends_on = [google_artifact_registry_repository_iam_member.agent]\n}',
    );
  });

  it('finds a grant to a service agent whose API is enabled at any time in the same plan', async () => {
    const faults = await faultsIn('agent-before-api');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ id: 'agent-before-api', severity: 'error' });
    expect(faults[0]?.mend).toContain('depends_on = [google_project_service.run]');
  });

  it('finds a grant to a service agent whose API nothing enables', async () => {
    const faults = await faultsIn('agent-without-api');
    expect(faults.map(({ id }) => id)).toEqual(['agent-before-api']);
    expect(faults[0]?.message).toContain('nothing enables run.googleapis.com there');
    expect(faults[0]?.mend).toContain('resource "google_project_service" "myproject_c_run" {');
  });

  it('finds a policy that drops the service agent and whoever applies it', async () => {
    const faults = await faultsIn('authoritative-policy');
    expect(faults.map(({ id, severity }) => [id, severity])).toEqual([['authoritative-policy', 'error']]);
    expect(faults[0]?.message).toContain(
      'roles/run.serviceAgent from serviceAccount:service-111@serverless-robot-prod.iam.gserviceaccount.com',
    );
    expect(faults[0]?.message).toContain('roles/run.admin from user:alice@example.com');
  });

  it("finds a binding that owns the service agent's role and leaves it out", async () => {
    const faults = await faultsIn('authoritative-binding');
    expect(faults.map(({ id, severity }) => [id, severity])).toEqual([['authoritative-policy', 'error']]);
  });

  it('finds resources that undo each other', async () => {
    const faults = await faultsIn('authoritative-contested');
    expect(faults.map(({ id, severity }) => [id, severity])).toEqual([['authoritative-policy', 'warning']]);
    expect(faults[0]?.message).toContain('google_project_iam_member.carol');
  });

  it('says which grant a project needs that has no number yet', async () => {
    const faults = await faultsIn('ephemeral-project');
    expect(faults.map(({ id, severity, address }) => [id, severity, address])).toEqual([
      ['not-known-until-apply', 'warning', 'google_cloud_run_v2_job.web'],
    ]);
    expect(faults[0]?.mend).toBe(
      [
        'resource "google_artifact_registry_repository_iam_member" "agent_reads_myrepo" {',
        '  project    = "myproject-b"',
        '  location   = "asia-northeast1"',
        '  repository = "myrepo"',
        '  role       = "roles/artifactregistry.reader"',
        '  member     = "serviceAccount:service-${google_project.job.number}@serverless-robot-prod.iam.gserviceaccount.com"',
        '  depends_on = [google_project_service.run]',
        '}',
        '',
        'resource "google_cloud_run_v2_job" "web" {',
        '  # …',
        '  depends_on = [google_artifact_registry_repository_iam_member.agent_reads_myrepo]',
        '}',
      ].join('\n'),
    );
  });

  it('finds an API that is enabled at any time in the same plan', async () => {
    const service = {
      type: 'google_cloud_run_v2_service',
      after: {
        name: 'web',
        location: 'us-central1',
        project: 'myproject-c',
        template: [{ containers: [{ image: 'nginx' }] }],
      },
    };
    const api = {
      type: 'google_project_service',
      after: { project: 'myproject-c', service: 'run.googleapis.com' },
    };
    const faults = await faultsOf(planOfChanges([service, api]), sourceOf(ESTATE), { as: ALICE, time: TIME });
    expect(faults.map(({ id, address }) => [id, address])).toEqual([
      ['no-edge', 'google_cloud_run_v2_service.x'],
    ]);
    expect(faults[0]?.mend).toContain('depends_on = [google_project_service.x]');
  });

  it('says where the block stands', async () => {
    const faults = await faultsIn('ephemeral-project', 'ephemeral-project');
    expect(faults[0]?.place).toMatchObject({ line: 20, column: 1 });
    expect(faults[0]?.place?.file).toMatch(/ephemeral-project\/main\.tf$/);
  });

  it.each([
    'no-edge-mended',
    'module-edge',
    'agent-before-api-mended',
    'agent-by-identity',
    'authoritative-binding-mended',
    'ephemeral-project-granted',
    'job',
    'worker-pool',
  ])('finds nothing in %s', async (name) => {
    expect(await faultsIn(name)).toEqual([]);
  });
});
