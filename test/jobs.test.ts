/** Jobs as gcloud drives them: deployed from another project's image once each grant is there, run, listed, cancelled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushDirect } from './support/deploys.js';
import { shellImage } from './support/images.js';
import { printed, stable } from './support/output.js';
import { must, TestPlane } from './support/plane.js';
import {
  grant,
  newProject,
  newRepository,
  onAccount,
  onProject,
  onRepository,
  revoke,
} from './support/policies.js';
import { Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { A, ALICE, B, OWNER, REGION } from './support/world.js';

const IMAGE = `${REGION}-docker.pkg.dev/${B}/myrepo/job:latest`;
const alice = `user:${ALICE}`;

describe.runIf(canRun('gcloud', 'crun'))('gcloud run jobs', () => {
  let plane: TestPlane;
  let rest: Rest;
  let number: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    number = await newProject(plane, A, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
    await newProject(plane, B, ['artifactregistry.googleapis.com']);
    await newRepository(plane, B, 'myrepo');
    await pushDirect(rest, OWNER, await shellImage('eval "$SCRIPT"'), IMAGE);
  });
  afterAll(() => plane?.dispose());

  const jobs = (line: string, member = ALICE) =>
    plane.gcloud(member, `run jobs ${line} --project ${A} --region ${REGION}`);
  const shown = async (line: string, member = ALICE) =>
    stable(printed(await jobs(line, member)), { [number]: 'NUMBER' });
  const agent = () => `service-${number}@serverless-robot-prod.iam.gserviceaccount.com`;
  const runtime = () => `${number}-compute@developer.gserviceaccount.com`;
  const deploy = () => jobs(`deploy my-job --image ${IMAGE} --max-retries 0 --set-env-vars SCRIPT=true`);

  describe("of another project's image", () => {
    it('are refused, one missing grant after the other, in the words of services', async () => {
      const refusals: string[] = [];
      const attempt = async () => {
        const { code, stderr } = await deploy();
        expect(code).toBe(1);
        refusals.push(stderr);
      };
      await attempt();
      await grant(plane, onProject(A), alice, 'roles/run.developer');
      await attempt();
      await grant(plane, onAccount(runtime(), A), alice, 'roles/iam.serviceAccountUser');
      await attempt();
      expect(refusals).toEqual([
        expect.stringContaining(
          `Permission 'run.jobs.get' denied on resource 'namespaces/${A}/jobs/my-job' (or resource may not exist).`,
        ),
        expect.stringContaining(
          `Permission 'iam.serviceaccounts.actAs' denied on service account ${runtime()} (or it may not exist).`,
        ),
        expect.stringContaining(`User must have permission to read the image, ${IMAGE}.`),
      ]);
      expect(printed(await jobs('list'))).toMatchObject({ out: '' });
    });

    it('are made, but not ready, while the service agent may not pull: the deploy itself fails', async () => {
      await grant(plane, onRepository(B, 'myrepo'), alice, 'roles/artifactregistry.reader');
      const { code, stderr } = await deploy();
      expect(code).toBe(1);
      expect(stderr).toContain(
        `ERROR: (gcloud.run.jobs.deploy) Google Cloud Run Service Agent ${agent()} must have permission to read the image, ${IMAGE}.`,
      );
      const { code: run, stderr: why } = await jobs('execute my-job');
      expect(run).toBe(1);
      expect(why).toContain("Job 'my-job' is not ready and cannot be run.");
    });

    it('work once it may, and executions go on working when the grant is gone', async () => {
      const mayPull = [
        onRepository(B, 'myrepo'),
        `serviceAccount:${agent()}`,
        'roles/artifactregistry.reader',
      ] as const;
      await grant(plane, ...mayPull);
      await must(deploy());
      await revoke(plane, ...mayPull);
      const { code, err } = await shown('execute my-job --wait');
      expect(code).toBe(0);
      expect(err).toMatch(/Execution \[my-job-[b-z2-9]{5}\] has successfully completed\./);
    });
  });
});
