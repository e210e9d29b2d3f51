/** Services of Cloud Run, as gcloud prints them. */
import { describe, expect, it } from 'vitest';
import { text } from '../support/output.js';
import { must } from '../support/plane.js';
import { grant, onProject } from '../support/policies.js';
import { A, ALICE, REGION } from '../support/world.js';
import { HELLO_IMAGE, IN_RUN, QUIET, type Session } from './session.js';

export function run(session: Session): void {
  const { gcloud, numbers } = session;
  describe('run', () => {
    it('deploys a new service, and asks whether it is public', async () => {
      const answered = (service: string) => `run deploy ${service} ${IN_RUN} --image ${HELLO_IMAGE}`;
      expect(await gcloud(answered('public'), { input: 'y\n' })).toEqual({
        ...QUIET,
        err: text`
          Allow unauthenticated invocations to [public] (y/N)?
          Deploying container to Cloud Run service [public] in project [myproject-a] region [asia-northeast1]
          Deploying new service...
          Setting IAM Policy...done
          Creating Revision...done
          Routing traffic...done
          Done.
          Service [public] revision [public-00001-xyz] has been deployed and is serving 100 percent of traffic.
          Service URL: https://public-100000000001.asia-northeast1.run.app
        `,
      });
      expect(await gcloud(answered('private'), { input: 'n\n' })).toEqual({
        ...QUIET,
        err: text`
          Allow unauthenticated invocations to [private] (y/N)?
          Deploying container to Cloud Run service [private] in project [myproject-a] region [asia-northeast1]
          Deploying new service...
          Creating Revision...done
          Routing traffic...done
          Done.
          Service [private] revision [private-00001-xyz] has been deployed and is serving 100 percent of traffic.
          Service URL: https://private-100000000001.asia-northeast1.run.app
        `,
      });
    });

    it('made public what was to be', async () => {
      expect(await gcloud(`run services get-iam-policy public ${IN_RUN}`)).toEqual({
        ...QUIET,
        out: text`
          bindings:
          - members:
            - allUsers
            role: roles/run.invoker
          etag: ETAG
          version: 1
        `,
      });
      expect((await gcloud(`run services get-iam-policy private ${IN_RUN}`)).out).toBe('etag: ACAB');
      const [number] = Object.keys(numbers);
      const page = await must(
        session.plane.as(ALICE, 'curl', ['-sS', `https://public-${number}.${REGION}.run.app/`]),
      );
      expect(page.stdout).toContain("<title>It's running!</title>");
    });

    it('deploys over an existing service', async () => {
      expect(await gcloud(`run deploy private ${IN_RUN} --image ${HELLO_IMAGE}`)).toEqual({
        ...QUIET,
        err: text`
          Deploying container to Cloud Run service [private] in project [myproject-a] region [asia-northeast1]
          Deploying...
          Creating Revision...done
          Routing traffic...done
          Done.
          Service [private] revision [private-00002-xyz] has been deployed and is serving 100 percent of traffic.
          Service URL: https://private-100000000001.asia-northeast1.run.app
        `,
      });
    });

    it('deploys with a warning when the policy step is refused', async () => {
      await grant(session.plane, onProject(A), `user:${ALICE}`, 'roles/run.developer');
      await grant(session.plane, onProject(A), `user:${ALICE}`, 'roles/iam.serviceAccountUser');
      expect(
        await gcloud(`run deploy warned ${IN_RUN} --image ${HELLO_IMAGE} --allow-unauthenticated`, {
          as: ALICE,
        }),
      ).toEqual({
        ...QUIET,
        err: text`
          Deploying container to Cloud Run service [warned] in project [myproject-a] region [asia-northeast1]
          Deploying new service...
          Setting IAM Policy...warning
          Creating Revision...done
          Routing traffic...done
          Completed with warnings:
            Setting IAM policy failed, try "gcloud beta run services add-iam-policy-binding --region=asia-northeast1 --member=allUsers --role=roles/run.invoker warned"
          Service [warned] revision [warned-00001-xyz] has been deployed and is serving 100 percent of traffic.
          Service URL: https://warned-100000000001.asia-northeast1.run.app
        `,
      });
    });

    it('lists services, everywhere and in a region', async () => {
      const table = {
        ...QUIET,
        out: text`
             SERVICE  REGION           URL                                                   LAST DEPLOYED BY   LAST DEPLOYED AT
          ✔  private  asia-northeast1  https://private-100000000001.asia-northeast1.run.app  owner@example.com  2026-01-01T00:00:00.000Z
          ✔  public   asia-northeast1  https://public-100000000001.asia-northeast1.run.app   owner@example.com  2026-01-01T00:00:00.000Z
          ✔  warned   asia-northeast1  https://warned-100000000001.asia-northeast1.run.app   alice@example.com  2026-01-01T00:00:00.000Z
        `,
      };
      expect(await gcloud(`run services list --project ${A}`)).toEqual(table);
      expect(await gcloud(`run services list ${IN_RUN}`)).toEqual(table);
      expect(await gcloud(`run services list --project ${A} --region us-central1`)).toEqual({
        ...QUIET,
        err: 'Listed 0 items.',
      });
    });

    it('describes a service', async () => {
      expect(await gcloud(`run services describe private ${IN_RUN}`)).toEqual({
        ...QUIET,
        out: text`
          ✔ Service private in region asia-northeast1

          URL:     https://private-100000000001.asia-northeast1.run.app
          Ingress: all
          Traffic:
            100% LATEST (currently private-00002-xyz)

          Scaling: Auto (Min: 0)

          Last updated on 2026-01-01T00:00:00.000Z by owner@example.com:
            Revision private-00002-xyz
            Container private-1
              Image:           us-docker.pkg.dev/cloudrun/container/hello
              Port:            8080
              Memory:          512Mi
              CPU:             1000m
              Startup Probe:
                TCP every 240s
                Port:          8080
                Initial delay: 0s
                Timeout:       240s
                Failure threshold: 1
                Type:          Default
            Service account:   100000000001-compute@developer.gserviceaccount.com
            Concurrency:       80
            Max instances:     100
            Timeout:           300s
        `,
      });
      expect(await gcloud(`run services describe nothing ${IN_RUN}`)).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.run.services.describe) Cannot find service [nothing]',
      });
    });

    it('lists revisions, of all services and of one', async () => {
      const { code, out, err } = await gcloud(`run revisions list ${IN_RUN}`);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(
        '✔  public-00001-xyz   yes     public   2026-01-01 00:00:00 UTC  owner@example.com',
      );
      expect(out.split('\n')).toHaveLength(5);
      expect(await gcloud(`run revisions list ${IN_RUN} --service private`)).toEqual({
        ...QUIET,
        out: text`
             REVISION           ACTIVE  SERVICE  DEPLOYED                 DEPLOYED BY
          ✔  private-00002-xyz  yes     private  2026-01-01 00:00:00 UTC  owner@example.com
          ✔  private-00001-xyz          private  2026-01-01 00:00:00 UTC  owner@example.com
        `,
      });
    });

    it("adds to and removes from a service's policy", async () => {
      const binding = `private ${IN_RUN} --member=user:bob@example.com --role=roles/run.invoker`;
      expect(await gcloud(`run services add-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for service [private].',
        out: text`
          bindings:
          - members:
            - user:bob@example.com
            role: roles/run.invoker
          etag: ETAG
          version: 1
        `,
      });
      expect(await gcloud(`run services remove-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for service [private].',
        out: text`
          etag: ETAG
          version: 1
        `,
      });
      expect(await gcloud(`run services add-iam-policy-binding ${binding}`, { as: ALICE })).toEqual({
        code: 1,
        out: '',
        err: "ERROR: (gcloud.run.services.add-iam-policy-binding) PERMISSION_DENIED: Permission 'run.services.setIamPolicy' denied on resource 'projects/myproject-a/locations/asia-northeast1/services/private' (or resource may not exist). This command is authenticated as alice@example.com which is the active account specified by the [core/account] property.",
      });
    });

    it('reads what a service logged', async () => {
      const { code, out, err } = await gcloud(`run services logs read public ${IN_RUN}`);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.split('\n')).toEqual([
        '2026-01-01 00:00:00 Hello from public, listening on port 8080',
        '2026-01-01 00:00:00 GET 200 https://public-100000000001.asia-northeast1.run.app/',
      ]);
    });

    it('deletes a service', async () => {
      expect(await gcloud(`run services delete warned ${IN_RUN} --quiet`)).toEqual({
        ...QUIET,
        err: text`
          Deleting [warned]...
          done.
          Deleted service [warned].
        `,
      });
      expect(await gcloud(`run services delete warned ${IN_RUN} --quiet`)).toEqual({
        code: 1,
        out: '',
        err: text`
          Deleting [warned]...
          failed.
          ERROR: (gcloud.run.services.delete) Service [warned] could not be found.
        `,
      });
    });

    it('explains a region that there is none', async () => {
      const { code, err } = await gcloud(
        `run deploy lost --project ${A} --region mars-north1 --image ${HELLO_IMAGE} --no-allow-unauthenticated`,
      );
      expect(code).toBe(1);
      expect(err).toContain(text`
        ERROR: (gcloud.run.deploy) Deployment endpoint was not found. The provided region was invalid. Pass the \`--region\` flag or set the \`run/region\` property to a valid region and retry.
        Available regions:
        * africa-south1
        * asia-east1
      `);
    });

    it('lists the regions', async () => {
      const { out } = await gcloud(`run regions list --project ${A}`);
      expect(out.split('\n')).toEqual(
        expect.arrayContaining(['NAME', 'asia-northeast1', 'europe-west1', 'us-central1']),
      );
    });
  });
}
