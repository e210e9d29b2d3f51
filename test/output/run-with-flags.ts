/** Deploys with flags, as gcloud prints them. */
import { describe, expect, it } from 'vitest';
import { text } from '../support/output.js';
import { must } from '../support/plane.js';
import { A, ALICE, OWNER, REGION } from '../support/world.js';
import { HELLO_IMAGE, IN_RUN, QUIET, REPOSITORY, type Session } from './session.js';

export function runWithFlags(session: Session): void {
  const { gcloud, numbers } = session;
  describe('run, with flags', () => {
    const image = `${REPOSITORY}/web:v1`;
    const account = `runtime@${A}.iam.gserviceaccount.com`;

    it('deploys what they say', async () => {
      const { code, err } = await gcloud([
        ...`run deploy flagged ${IN_RUN} --image ${image} --service-account ${account}`.split(' '),
        ...'--memory 256Mi --cpu 2 --concurrency 20 --timeout 60 --port 9090'.split(' '),
        ...'--set-env-vars A=b,C=d --labels team=blue --min-instances 1 --max-instances 3'.split(' '),
        ...'--command /usr/local/bin/node --args /app/server.mjs,one'.split(' '),
        ...'--ingress internal --no-allow-unauthenticated'.split(' '),
        ...['--description', 'With everything'],
      ]);
      expect({ code, err }).toEqual({
        code: 0,
        err: text`
          Deploying container to Cloud Run service [flagged] in project [myproject-a] region [asia-northeast1]
          Deploying new service...
          Creating Revision...done
          Routing traffic...done
          Done.
          Service [flagged] revision [flagged-00001-xyz] has been deployed and is serving 100 percent of traffic.
          Service URL: https://flagged-100000000001.asia-northeast1.run.app
        `,
      });
      expect((await gcloud(`run services describe flagged ${IN_RUN}`)).out).toBe(text`
        ✔ Service flagged in region asia-northeast1
        team:blue

        URL:     https://flagged-100000000001.asia-northeast1.run.app
        Ingress: internal
        Traffic:
          100% LATEST (currently flagged-00001-xyz)

        Scaling:     Auto (Min: 0)
        Description: With everything

        Last updated on 2026-01-01T00:00:00.000Z by owner@example.com:
          Revision flagged-00001-xyz
          team:blue
          Container flagged-1
            Image:           asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/web:v1
            Command:         /usr/local/bin/node
            Args:            /app/server.mjs one
            Port:            9090
            Memory:          256Mi
            CPU:             2
            Env vars:
              A              b
              C              d
            Startup Probe:
              TCP every 240s
              Port:          9090
              Initial delay: 0s
              Timeout:       240s
              Failure threshold: 1
              Type:          Default
          Service account:   runtime@myproject-a.iam.gserviceaccount.com
          Concurrency:       20
          Min instances:     1
          Max instances:     3
          Timeout:           60s
      `);
    });

    it('lets nobody in from outside while ingress is internal', async () => {
      const [number] = Object.keys(numbers);
      const { stdout } = await session.plane.as(ALICE, 'curl', [
        ...['-sS', '-o', '/dev/null', '-w', '%{http_code}'],
        `https://flagged-${number}.${REGION}.run.app/`,
      ]);
      expect(stdout).toBe('404');
    });

    it('updates the environment, and the container sees it', async () => {
      expect(
        await gcloud(`run services update flagged ${IN_RUN} --update-env-vars E=f --ingress all`),
      ).toEqual({
        ...QUIET,
        err: text`
          Deploying...
          Creating Revision...done
          Routing traffic...done
          Done.
          Service [flagged] revision [flagged-00002-xyz] has been deployed and is serving 100 percent of traffic.
          Service URL: https://flagged-100000000001.asia-northeast1.run.app
        `,
      });
      const [number] = Object.keys(numbers);
      const { stdout: token } = await must(session.plane.gcloud(OWNER, 'auth print-identity-token'));
      const { stdout } = await must(
        session.plane.as(OWNER, 'curl', [
          ...['-sS', '-H', `Authorization: Bearer ${token.trim()}`],
          `https://flagged-${number}.${REGION}.run.app/echo`,
        ]),
      );
      const { env } = JSON.parse(stdout) as { env: Record<string, string> };
      expect(env).toMatchObject({
        A: 'b',
        C: 'd',
        E: 'f',
        PORT: '9090',
        K_SERVICE: 'flagged',
        K_CONFIGURATION: 'flagged',
        K_REVISION: expect.stringMatching(/^flagged-00002-/),
      });
    });

    it('pins the image of an update that names none to the digest that runs', async () => {
      const { out } = await gcloud(
        `run services describe flagged ${IN_RUN} --format=value(spec.template.spec.containers[0].image)`,
      );
      expect(out).toBe(`${REPOSITORY}/web@sha256:${'0'.repeat(64)}`);
    });

    it('deploys under a tag without traffic, and moves the traffic', async () => {
      expect(await gcloud(`run deploy flagged ${IN_RUN} --image ${image} --no-traffic --tag green`)).toEqual({
        ...QUIET,
        err: text`
          Deploying container to Cloud Run service [flagged] in project [myproject-a] region [asia-northeast1]
          Deploying...
          Creating Revision...done
          Routing traffic...done
          Done.
          Service [flagged] revision [flagged-00003-xyz] has been deployed and is serving 0 percent of traffic.
          The revision can be reached directly at https://green---flagged-hashhashha-an.a.run.app
        `,
      });
      expect(await gcloud(`run services update-traffic flagged ${IN_RUN} --to-tags green=50`)).toEqual({
        code: 0,
        err: text`
          Updating traffic...
          Routing traffic...done
          Done.
        `,
        out: text`
          URL: https://flagged-hashhashha-an.a.run.app
          Traffic:
            50% flagged-00002-xyz
            50% flagged-00003-xyz
                  green: https://green---flagged-hashhashha-an.a.run.app
        `,
      });
      expect((await gcloud(`run services update-traffic flagged ${IN_RUN} --to-latest`)).out).toBe(text`
        URL: https://flagged-hashhashha-an.a.run.app
        Traffic:
          0%   flagged-00003-xyz
                 green: https://green---flagged-hashhashha-an.a.run.app
          100% LATEST (currently flagged-00003-xyz)
      `);
    });

    it.each([
      [
        'an image that is not there',
        `--image ${REPOSITORY}/web:nope`,
        `Image '${REPOSITORY}/web:nope' not found.`,
      ],
      [
        'a reserved variable',
        `--image ${HELLO_IMAGE} --set-env-vars PORT=1`,
        'spec.template.spec.containers[0].env: The following reserved env names were provided: PORT. These values are automatically set by the system.',
      ],
      [
        'a registry that Cloud Run does not pull from',
        '--image ghcr.io/x/y:latest',
        'spec.template.spec.containers[0].image: Expected an image path like [host/]repo-path[:tag and/or @digest], where host is one of [region.]gcr.io, [region-]docker.pkg.dev or docker.io but obtained ghcr.io/x/y:latest. To deploy container images from other public or private registries, set up an Artifact Registry remote repository. See https://cloud.google.com/artifact-registry/docs/repositories/remote-repo.',
      ],
    ])('refuses %s, in the words of Cloud Run', async (_, flags, message) => {
      const { code, err } = await gcloud(`run deploy refused ${IN_RUN} ${flags} --no-allow-unauthenticated`);
      expect(err.split('\n').at(-1)).toBe(`ERROR: (gcloud.run.deploy) ${message}`);
      expect(code).toBe(1);
    });
  });
}
