/**
 * The check of the deployer's image read that Cloud Run announced in 2024 and enforces since 2025-01-15: the three
 * modes, one plane, an image of the same project, and a deployer who never needed to read it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELLO, nodeImage, push } from './support/images.js';
import { printed } from './support/output.js';
import { must, TestPlane } from './support/plane.js';
import {
  enable,
  grant,
  newAccount,
  newProject,
  newRepository,
  onAccount,
  onProject,
  onRepository,
  revoke,
} from './support/policies.js';
import { canRun } from './support/tools.js';
import { A, ALICE, deploy, OWNER, REGION } from './support/world.js';

const SERVICE = 'my-cloud-run-app';
const IMAGE = `${REGION}-docker.pkg.dev/${A}/docker-repo/my-cloud-run-app:latest`;
/** The query that Google mailed to project owners, line by line. */
const ANNOUNCED = `resource.type = "cloud_run_revision"
severity=ERROR
"User does not have access to image"`;
const WARNING = `Cloud Run API check failed. Requests will be rejected after January 2025 hard enforcement deadline. User does not have access to image ${IMAGE}`;
const REFUSAL = `User must have permission to read the image, ${IMAGE}. Ensure that the provided container image URL is correct and that the above account has permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate. See https://cloud.google.com/run/docs/deploying#other-projects
 Cause: 403 Forbidden
GET https://asia-northeast1-docker.pkg.dev/v2/myproject-a/docker-repo/my-cloud-run-app/manifests/latest
{"errors":[{"code":"DENIED","message":"Permission \\"artifactregistry.repositories.downloadArtifacts\\" denied on resource \\"projects/myproject-a/locations/asia-northeast1/repositories/docker-repo\\" (or it may not exist)"}]}`;

interface Entry {
  readonly logName: string;
  readonly severity: string;
  readonly resource: { readonly type: string; readonly labels: Record<string, string> };
  readonly protoPayload: {
    readonly methodName: string;
    readonly resourceName: string;
    readonly status?: { readonly code: number; readonly message: string };
    readonly authenticationInfo?: { readonly principalEmail: string };
  };
}

describe.runIf(canRun('gcloud', 'skopeo', 'crun', 'curl'))("the check of the deployer's image read", () => {
  let plane: TestPlane;
  let number: string;
  const alice = `user:${ALICE}`;

  beforeAll(async () => {
    plane = await TestPlane.start({ args: ['--image-read-check', 'warn'] });
    number = await newProject(plane, A, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
    await newRepository(plane, A, 'docker-repo');
    await push(plane, OWNER, await nodeImage(HELLO), IMAGE);
    await grant(plane, onProject(A), alice, 'roles/run.admin');
    await grant(
      plane,
      onAccount(`${number}-compute@developer.gserviceaccount.com`),
      alice,
      'roles/iam.serviceAccountUser',
    );
  });

  afterAll(async () => {
    await plane?.dispose();
  });

  const read = async (query: string): Promise<readonly Entry[]> => {
    const words = ['logging', 'read', query, `--project=${A}`, '--format=json'];
    return JSON.parse((await must(plane.gcloud(OWNER, words))).stdout) as Entry[];
  };
  const announced = () => read(ANNOUNCED);

  /** gcloud's usual output for a new service; an administrator is asked about public access and does not answer. */
  const deployed = (service: string) =>
    new RegExp(
      `^${[
        `Allow unauthenticated invocations to \\[${service}\\] \\(y/N\\)\\?`,
        `Deploying container to Cloud Run service \\[${service}\\] in project \\[myproject-a\\] region \\[asia-northeast1\\]`,
        'Deploying new service\\.\\.\\.',
        'Creating Revision\\.\\.\\.done',
        'Routing traffic\\.\\.\\.done',
        'Done\\.',
        `Service \\[${service}\\] revision \\[${service}-00001-[a-z0-9]{3}\\] has been deployed and is serving 100 percent of traffic\\.`,
        `Service URL: https://${service}-${number}\\.asia-northeast1\\.run\\.app`,
      ].join('\\n')}$`,
    );

  const serves = async (service: string) => {
    const token = await plane.token(ALICE, `https://${service}-${number}.${REGION}.run.app`);
    const url = `https://${service}-${number}.${REGION}.run.app/`;
    const { stdout } = await must(
      plane.as(ALICE, 'curl', ['-sS', '-H', `Authorization: Bearer ${token}`, url]),
    );
    return stdout;
  };

  const check = async (member: string, service = 'checked') => {
    const { code, stdout } = await plane.sekisho(
      `check run service ${service} --project ${A} --region ${REGION} --image ${IMAGE} --as ${member} --format json`.split(
        ' ',
      ),
    );
    const { verdict, requirements } = JSON.parse(stdout) as {
      verdict: string;
      requirements: readonly { id: string; effect: string; verdict: string; message?: string }[];
    };
    return { code, verdict, image: requirements.find(({ id }) => id === 'deployer-reads-image') };
  };

  describe('before the deadline (warn)', () => {
    it('lets the deploy through', async () => {
      expect(await check(ALICE, SERVICE)).toMatchObject({
        code: 1,
        image: { effect: 'warns', verdict: 'denied', message: WARNING },
      });
      const { code, out, err } = printed(await deploy(plane, ALICE, SERVICE, IMAGE));
      expect(err).toMatch(deployed(SERVICE));
      expect({ code, out }).toEqual({ code: 0, out: '' });
      expect(await serves(SERVICE)).toMatch(/^Hello from my-cloud-run-app /);
    });

    it('leaves exactly one entry for the announced query', async () => {
      const entries = await announced();
      expect(entries).toHaveLength(1);
      expect(entries[0]).toMatchObject({
        logName: 'projects/myproject-a/logs/cloudaudit.googleapis.com%2Factivity',
        severity: 'ERROR',
        resource: {
          type: 'cloud_run_revision',
          labels: { project_id: A, location: REGION, service_name: SERVICE },
        },
        protoPayload: {
          resourceName: `namespaces/${A}/services/${SERVICE}`,
          status: { code: 403, message: WARNING },
          authenticationInfo: { principalEmail: ALICE },
        },
      });
    });

    it('logs the call itself as it logs every deploy', async () => {
      const [entry, ...others] = await read(
        'protoPayload.methodName="google.cloud.run.v1.Services.CreateService" severity=NOTICE',
      );
      expect(others).toEqual([]);
      expect(entry?.protoPayload).not.toHaveProperty('status');
    });

    it('adds no entry for who may read the image', async () => {
      await grant(plane, onRepository(A, 'docker-repo'), alice, 'roles/artifactregistry.reader');
      const { code, err } = printed(await deploy(plane, ALICE, `${SERVICE}-2`, IMAGE));
      expect(err).toMatch(deployed(`${SERVICE}-2`));
      expect(code).toBe(0);
      expect(await announced()).toHaveLength(1);
      await revoke(plane, onRepository(A, 'docker-repo'), alice, 'roles/artifactregistry.reader');
    });

    it.each([
      ['owner', 'carol@example.com'],
      ['editor', 'erin@example.com'],
    ])("adds no entry for the project's %s", async (role, member) => {
      await grant(plane, onProject(A), `user:${member}`, `roles/${role}`);
      const { code } = printed(await deploy(plane, member, `by-${role}`, IMAGE));
      expect(code).toBe(0);
      expect(await announced()).toHaveLength(1);
    });
  });

  describe('after the deadline (enforce)', () => {
    beforeAll(async () => {
      await plane.stop();
      await plane.restart({ args: ['--image-read-check', 'enforce'] });
    });

    it('refuses a new service', async () => {
      expect(await check(ALICE)).toMatchObject({
        code: 1,
        verdict: 'denied',
        image: { effect: 'refuses', verdict: 'denied', message: REFUSAL },
      });
      const before = await plane.stored();
      expect(printed(await deploy(plane, ALICE, 'refused', IMAGE))).toEqual({
        code: 1,
        out: '',
        err: [
          'Allow unauthenticated invocations to [refused] (y/N)?',
          'Deploying container to Cloud Run service [refused] in project [myproject-a] region [asia-northeast1]',
          'Deploying new service...',
          'failed',
          'Deployment failed',
          `ERROR: (gcloud.run.deploy) [alice@example.com] does not have permission to access namespaces instance [myproject-a] (or it may not exist): ${REFUSAL}. This command is authenticated as alice@example.com which is the active account specified by the [core/account] property`,
        ].join('\n'),
      });
      expect(await plane.changedSince(before)).toEqual([]);
    });

    it('refuses an update, and the service keeps serving what it served', async () => {
      const before = await plane.stored();
      expect(printed(await deploy(plane, ALICE, SERVICE, IMAGE))).toEqual({
        code: 1,
        out: '',
        err: [
          'Deploying container to Cloud Run service [my-cloud-run-app] in project [myproject-a] region [asia-northeast1]',
          'Deploying...',
          'failed',
          'Deployment failed',
          `ERROR: (gcloud.run.deploy) PERMISSION_DENIED: ${REFUSAL}. This command is authenticated as alice@example.com which is the active account specified by the [core/account] property`,
        ].join('\n'),
      });
      expect(await plane.changedSince(before)).toEqual([]);
      expect(await serves(SERVICE)).toMatch(/^Hello from my-cloud-run-app my-cloud-run-app-00001-/);
    });

    it('logs refusals as refusals, which the announced query does not find', async () => {
      expect(await announced()).toHaveLength(1);
      const refusals = await read('severity=ERROR protoPayload.status.code=7');
      expect(refusals.map(({ protoPayload: { methodName, status } }) => [methodName, status])).toEqual([
        ['google.cloud.run.v1.Services.ReplaceService', { code: 7, message: REFUSAL }],
        ['google.cloud.run.v1.Services.CreateService', { code: 7, message: REFUSAL }],
      ]);
    });

    it('still lets traffic be moved, which makes no revision', async () => {
      const moved = await plane.gcloud(
        ALICE,
        `run services update-traffic ${SERVICE} --to-latest --project=${A} --region=${REGION}`,
      );
      expect(moved.stderr).toContain('Done.');
      expect(moved.code).toBe(0);
    });

    it.each([
      ['owner', 'carol@example.com'],
      ['editor', 'erin@example.com'],
    ])("does not concern the project's %s", async (role, member) => {
      const { code, err } = printed(await deploy(plane, member, `by-${role}`, IMAGE));
      expect(err).toContain(`Service URL: https://by-${role}-${number}.asia-northeast1.run.app`);
      expect(code).toBe(0);
    });

    describe('judges by what they may do', () => {
      const account = (id: string) => `serviceAccount:${id}@${A}.iam.gserviceaccount.com`;
      const functionsAgent = () => `serviceAccount:service-${number}@gcf-admin-robot.iam.gserviceaccount.com`;

      beforeAll(async () => {
        await enable(plane, A, ['cloudfunctions.googleapis.com']);
        for (const id of ['build-trigger', 'app-hosting']) await newAccount(plane, A, id);
      });

      /** The announcement names features; what exempts them are the roles of the accounts that deploy for them. */
      it.each<[string, () => string, readonly string[], 'granted' | 'denied']>([
        [
          'who can already pull',
          () => 'user:dan@example.com',
          ['roles/run.admin', 'roles/artifactregistry.writer'],
          'granted',
        ],
        ['source deploys', () => 'user:sue@example.com', ['roles/run.sourceDeveloper'], 'granted'],
        [
          'a Cloud Build trigger of the project',
          () => account('build-trigger'),
          ['roles/run.admin', 'roles/cloudbuild.builds.builder'],
          'granted',
        ],
        [
          'App Hosting',
          () => account('app-hosting'),
          ['roles/run.admin', 'roles/firebaseapphosting.serviceAgent'],
          'granted',
        ],
        ["Cloud Functions' own agent", functionsAgent, ['roles/run.admin'], 'granted'],
        [
          'a viewer of the whole project',
          () => 'user:vic@example.com',
          ['roles/run.developer', 'roles/viewer'],
          'granted',
        ],
        ['a Cloud Run viewer', () => 'user:val@example.com', ['roles/run.viewer'], 'denied'],
        ['a Cloud Run administrator', () => 'user:ada@example.com', ['roles/run.admin'], 'denied'],
      ])('%s', async (_, member, roles, verdict) => {
        for (const role of [...roles, 'roles/iam.serviceAccountUser'])
          await grant(plane, onProject(A), member(), role);
        expect(await check(member())).toMatchObject({
          code: verdict === 'granted' ? 0 : 1,
          verdict,
          image: { verdict },
        });
      });
    });

    it('refuses a viewer before it looks at the image', async () => {
      const { code, err } = printed(await deploy(plane, 'val@example.com', 'refused', IMAGE));
      expect(code).toBe(1);
      expect(err).toContain(
        "Permission 'run.services.create' denied on resource 'namespaces/myproject-a/services/refused' (or resource may not exist).",
      );
    });
  });

  describe('before the announcement (off)', () => {
    beforeAll(async () => {
      await plane.stop();
      await plane.restart({ args: ['--image-read-check', 'off'] });
    });

    it('neither refuses nor logs', async () => {
      expect((await check(ALICE)).image).toBeUndefined();
      const { code, err } = printed(await deploy(plane, ALICE, 'silent', IMAGE));
      expect(err).toMatch(deployed('silent'));
      expect(code).toBe(0);
      expect(await announced()).toHaveLength(1);
    });

    it('serves what the other modes let through', async () => {
      expect(await serves(SERVICE)).toMatch(/^Hello from my-cloud-run-app my-cloud-run-app-00001-/);
      expect(await serves(`${SERVICE}-2`)).toMatch(/^Hello from my-cloud-run-app-2 /);
    });
  });

  it('made the plane complain about nothing', () => {
    expect(plane.stderr).toBe('');
  });
});
