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
