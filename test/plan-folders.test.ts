/** Plans that make projects below folders, over what a running plane says of these. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkPlan, planeSource } from '../src/library/index.js';
import { startPlane, type TestPlane } from '../src/testing/index.js';

const ALICE = 'user:alice@example.com';
const APP = { project: 'myproject-app' };
const ESTATE = {
  organization: { id: '9' },
  folders: [
    {
      id: '8',
      parent: 'organizations/9',
      iam: [{ role: 'roles/artifactregistry.reader', members: [ALICE] }],
    },
    {
      ...{ id: '7', parent: 'folders/8' },
      denyPolicies: [
        {
          id: 'no-services',
          rules: [
            {
              deniedPrincipals: ['principal://goog/subject/alice@example.com'],
              deniedPermissions: ['run.googleapis.com/services.create'],
            },
          ],
        },
      ],
    },
  ],
};

const created = (type: string, after: object) => ({
  ...{ address: `${type}.x`, mode: 'managed', type, name: 'x' },
  change: { actions: ['create'], before: null, after, after_unknown: {} },
});
const planIn = (folder_id: string) =>
  JSON.stringify({
    format_version: '1.2',
    resource_changes: [
      created('google_project', { project_id: APP.project, name: 'app', folder_id }),
      created('google_project_service', { ...APP, service: 'run.googleapis.com' }),
      created('google_cloud_run_v2_service', {
        ...{ ...APP, name: 'web', location: 'us-central1' },
        template: [{ containers: [{ image: 'us-docker.pkg.dev/cloudrun/container/hello' }] }],
      }),
    ],
  });

let plane: TestPlane;
beforeAll(async () => {
  plane = await startPlane({ runtime: 'none', estate: [{ name: 'e', text: JSON.stringify(ESTATE) }] });
});
afterAll(() => plane?.stop());

it.each([
  ['folders/7', 'denied'],
  ['folders/8', 'granted'],
  ['folders/404', 'unknown'],
])('who applies a plan deploys in its project below %s: %s', async (folder, verdict) => {
  const source = await planeSource({ dataDir: plane.dataDir });
  const { checks } = await checkPlan({ plan: planIn(folder), as: 'alice@example.com' }, { source });
  const [only] = checks;
  expect(only?.requirements.find(({ id }) => id === 'deployer-deploys')?.verdict).toBe(verdict);
});
