/** gcloud's own output against a plane: every command that a plane serves, as it looks on Google Cloud. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELLO, nodeImage, push } from './support/images.js';
import { type Printed, printed, stable, text } from './support/output.js';
import { must, TestPlane } from './support/plane.js';
import { grant, onProject } from './support/policies.js';
import { canRun } from './support/tools.js';
import { A, ALICE, B, OWNER, REGION } from './support/world.js';

const HELLO_IMAGE = 'us-docker.pkg.dev/cloudrun/container/hello';
const REPOSITORY = `${REGION}-docker.pkg.dev/${A}/docker-repo`;

describe.runIf(canRun('gcloud', 'skopeo', 'crun', 'curl'))('gcloud', () => {
  let plane: TestPlane;
  const numbers: Record<string, string> = {};

  beforeAll(async () => {
    plane = await TestPlane.start();
  });

  afterAll(async () => {
    await plane?.dispose();
  });

  /** Runs a command line, or words where one has blanks, and makes what it printed comparable. */
  const gcloud = async (
    line: string | readonly string[],
    { as = OWNER, input = '' }: { as?: string; input?: string } = {},
  ): Promise<Printed> => {
    const result = printed(await plane.gcloud(as, line, { input }));
    expect(result.err).not.toMatch(/crashed|Traceback|WARNING/);
    return stable(result, numbers);
  };
  const quiet = { code: 0, out: '', err: '' };
  const inRun = `--project ${A} --region ${REGION}`;

  describe('projects', () => {
    it('create', async () => {
      expect(await gcloud(['projects', 'create', A, '--name=Project A'])).toEqual({
        ...quiet,
        err: text`
          Create in progress for [https://cloudresourcemanager.googleapis.com/v1/projects/myproject-a].
          Waiting for [operations/cp.1] to finish...
          done.
          Enabling service [cloudapis.googleapis.com] on project [myproject-a]...
        `,
      });
      expect((await gcloud(`projects create ${B}`)).code).toBe(0);
      expect(await gcloud(`projects create ${A}`)).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.projects.create) Project creation failed. The project ID you specified is already in use by another project. Please try an alternative ID.',
      });
      for (const [project, by] of [
        [A, '100000000001'],
        [B, '100000000002'],
      ] as const) {
        const number = await must(
          plane.gcloud(OWNER, `projects describe ${project} --format=value(projectNumber)`),
        );
        expect(number.stdout.trim()).toMatch(/^\d{12}$/);
        numbers[number.stdout.trim()] = by;
      }
    });

    it('list and describe', async () => {
      expect(await gcloud('projects list')).toEqual({
        ...quiet,
        out: text`
          PROJECT_ID   NAME         PROJECT_NUMBER
          myproject-a  Project A    100000000001
          myproject-b  myproject-b  100000000002
        `,
      });
      expect(await gcloud(`projects describe ${A}`)).toEqual({
        ...quiet,
        out: text`
          createTime: '2026-01-01T00:00:00.000Z'
          lifecycleState: ACTIVE
          name: Project A
          projectId: myproject-a
          projectNumber: '100000000001'
        `,
      });
      expect(await gcloud(`projects describe ${A}`, { as: ALICE })).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.projects.describe) [alice@example.com] does not have permission to access projects instance [myproject-a] (or it may not exist): The caller does not have permission. This command is authenticated as alice@example.com which is the active account specified by the [core/account] property',
      });
    });

    it('get, add to and remove from the policy', async () => {
      expect(await gcloud(`projects get-iam-policy ${A}`)).toEqual({
        ...quiet,
        out: text`
          bindings:
          - members:
            - user:owner@example.com
            role: roles/owner
          etag: ETAG
          version: 1
        `,
      });
      const binding = `${A} --member=user:alice@example.com --role=roles/run.viewer`;
      expect(await gcloud(`projects add-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for project [myproject-a].',
        out: text`
          bindings:
          - members:
            - user:owner@example.com
            role: roles/owner
          - members:
            - user:alice@example.com
            role: roles/run.viewer
          etag: ETAG
          version: 1
        `,
      });
      expect(await gcloud(`projects remove-iam-policy-binding ${binding}`)).toMatchObject({
        code: 0,
        err: 'Updated IAM policy for project [myproject-a].',
      });
      expect(await gcloud(`projects get-iam-policy ${A} --format=value(bindings.role)`)).toEqual({
        ...quiet,
        out: 'roles/owner',
      });
      expect(await gcloud(`projects add-iam-policy-binding ${binding}`, { as: ALICE })).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.projects.add-iam-policy-binding) [alice@example.com] does not have permission to access projects instance [myproject-a:getIamPolicy] (or it may not exist): The caller does not have permission. This command is authenticated as alice@example.com which is the active account specified by the [core/account] property',
      });
      expect(
        await gcloud(
          `projects add-iam-policy-binding ${A} --member=user:a@example.com --role=roles/run.nope`,
        ),
      ).toEqual({
        code: 1,
        out: '',
        err: text`
          ERROR: Policy modification failed. For a binding with condition, run "gcloud alpha iam policies lint-condition" to identify issues in condition.
          ERROR: (gcloud.projects.add-iam-policy-binding) INVALID_ARGUMENT: Role roles/run.nope is not supported for this resource.
        `,
      });
    });
  });

  describe('services', () => {
    it('enable one and several, and list what is enabled', async () => {
      expect(await gcloud(`services enable run.googleapis.com --project ${A}`)).toEqual(quiet);
      expect(
        await gcloud(
          `services enable run.googleapis.com artifactregistry.googleapis.com cloudbuild.googleapis.com --project ${A}`,
        ),
      ).toEqual(quiet);
      const { code, out, err } = await gcloud(`services list --project ${A}`);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.split('\n').slice(0, 2)).toEqual([
        'NAME                              TITLE',
        'artifactregistry.googleapis.com   Artifact Registry API',
      ]);
      expect(out).toMatch(/^run\.googleapis\.com {15} Cloud Run Admin API$/m);
      expect(out).not.toContain('secretmanager.googleapis.com');
      expect((await gcloud(`services list --available --project ${A}`)).out).toMatch(
        /^secretmanager\.googleapis\.com\s+Secret Manager API$/m,
      );
    });

    it('give the project its service agents, with their roles', async () => {
      const { out } = await gcloud(`projects get-iam-policy ${A}`);
      expect(out).toBe(text`
        bindings:
        - members:
          - serviceAccount:100000000001@cloudbuild.gserviceaccount.com
          role: roles/cloudbuild.builds.builder
        - members:
          - serviceAccount:service-100000000001@gcp-sa-cloudbuild.iam.gserviceaccount.com
          role: roles/cloudbuild.serviceAgent
        - members:
          - serviceAccount:100000000001-compute@developer.gserviceaccount.com
          role: roles/editor
        - members:
          - user:owner@example.com
          role: roles/owner
        - members:
          - serviceAccount:service-100000000001@serverless-robot-prod.iam.gserviceaccount.com
          role: roles/run.serviceAgent
        etag: ETAG
        version: 1
      `);
    });

    it('create a service identity', async () => {
      expect(
        await gcloud(`beta services identity create --service=run.googleapis.com --project ${B}`),
      ).toEqual({
        ...quiet,
        err: 'Service identity created: service-100000000002@serverless-robot-prod.iam.gserviceaccount.com',
      });
    });

    it('refuse those who may not', async () => {
      expect(await gcloud(`services enable run.googleapis.com --project ${A}`, { as: ALICE })).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.services.enable) PERMISSION_DENIED: Permission denied to enable service [run.googleapis.com]. This command is authenticated as alice@example.com which is the active account specified by the [core/account] property',
      });
    });

    it('are named, with where to enable them, by the API that is not enabled', async () => {
      expect(await gcloud(`run services list --project ${B}`)).toEqual({
        code: 1,
        out: '',
        err: text`
          API [run.googleapis.com] not enabled on project [100000000002]. Would you like
          to enable and retry (this will take a few minutes)? (y/N)?
          ERROR: (gcloud.run.services.list) PERMISSION_DENIED: Cloud Run Admin API has not been used in project 100000000002 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=100000000002 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry. This command is authenticated as owner@example.com which is the active account specified by the [core/account] property.
          Cloud Run Admin API has not been used in project 100000000002 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=100000000002 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.
          Google developers console API activation
          https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=100000000002
          - '@type': type.googleapis.com/google.rpc.ErrorInfo
            domain: googleapis.com
            metadata:
              activationUrl: https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=100000000002
              consumer: projects/100000000002
              containerInfo: '100000000002'
              service: run.googleapis.com
              serviceTitle: Cloud Run Admin API
            reason: SERVICE_DISABLED
        `,
      });
    });
  });

  describe('iam', () => {
    const account = `runtime@${A}.iam.gserviceaccount.com`;

    it('create, list and describe service accounts', async () => {
      const create = ['iam', 'service-accounts', 'create', 'runtime', '--display-name=My runtime'];
      expect(await gcloud([...create, '--project', A])).toEqual({
        ...quiet,
        err: 'Created service account [runtime].',
      });
      expect(await gcloud([...create, '--project', A])).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.iam.service-accounts.create) Resource in projects [myproject-a] is the subject of a conflict: Service account runtime already exists within project projects/myproject-a.',
      });
      expect(await gcloud(`iam service-accounts list --project ${A}`)).toEqual({
        ...quiet,
        out: text`
          DISPLAY NAME                     EMAIL                                               DISABLED
          Default compute service account  100000000001-compute@developer.gserviceaccount.com  False
          My runtime                       runtime@myproject-a.iam.gserviceaccount.com         False
        `,
      });
      expect(await gcloud(`iam service-accounts describe ${account} --project ${A}`)).toEqual({
        ...quiet,
        out: text`
          displayName: My runtime
          email: runtime@myproject-a.iam.gserviceaccount.com
          etag: ETAG
          name: projects/myproject-a/serviceAccounts/runtime@myproject-a.iam.gserviceaccount.com
          oauth2ClientId: '100000000000000000001'
          projectId: myproject-a
          uniqueId: '100000000000000000001'
        `,
      });
    });

    it('get, add to and remove from their policies', async () => {
      const binding = `${account} --project ${A} --member=user:alice@example.com --role=roles/iam.serviceAccountUser`;
      expect(await gcloud(`iam service-accounts get-iam-policy ${account} --project ${A}`)).toEqual({
        ...quiet,
        out: 'etag: ACAB',
      });
      expect(await gcloud(`iam service-accounts add-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for serviceAccount [runtime@myproject-a.iam.gserviceaccount.com].',
        out: text`
          bindings:
          - members:
            - user:alice@example.com
            role: roles/iam.serviceAccountUser
          etag: ETAG
          version: 1
        `,
      });
      expect(await gcloud(`iam service-accounts remove-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for serviceAccount [runtime@myproject-a.iam.gserviceaccount.com].',
        out: text`
          etag: ETAG
          version: 1
        `,
      });
    });

    it('describe and list roles', async () => {
      expect(await gcloud('iam roles describe roles/run.invoker')).toEqual({
        ...quiet,
        out: text`
          description: Can invoke Cloud Run services, instances and execute Cloud Run jobs.
          etag: AA==
          includedPermissions:
          - run.instances.invoke
          - run.jobs.run
          - run.routes.invoke
          name: roles/run.invoker
          stage: GA
          title: Cloud Run Invoker
        `,
      });
      const { out } = await gcloud('iam roles list --filter=name:roles/artifactregistry.reader');
      expect(out).toBe(text`
        ---
        description: Access to read repository items.
        etag: AA==
        name: roles/artifactregistry.reader
        stage: GA
        title: Artifact Registry Reader
      `);
      expect((await gcloud('iam roles describe roles/run.nope')).err).toBe(
        'ERROR: (gcloud.iam.roles.describe) Roles instance [run.nope] not found: The role named roles/run.nope was not found. This command is authenticated as owner@example.com which is the active account specified by the [core/account] property.',
      );
    });
  });

  describe('artifacts', () => {
    const where = `--location=${REGION} --project=${A}`;

    it('create, list and describe repositories', async () => {
      const create = `artifacts repositories create docker-repo --repository-format=docker ${where}`;
      expect(await gcloud(create)).toEqual({
        ...quiet,
        err: text`
          Create request issued for: [docker-repo]
          Waiting for operation [projects/myproject-a/locations/asia-northeast1/operations/UUID] to complete...
          done.
          Created repository [docker-repo].
        `,
      });
      expect(await gcloud(create)).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.artifacts.repositories.create) ALREADY_EXISTS: the repository already exists',
      });
      const table = text`
                                                                           ARTIFACT_REGISTRY
        REPOSITORY   FORMAT  MODE                 DESCRIPTION  LOCATION         LABELS  ENCRYPTION          CREATE_TIME          UPDATE_TIME          SIZE (MB)
        docker-repo  DOCKER  STANDARD_REPOSITORY               asia-northeast1          Google-managed key  2026-01-01T00:00:00  2026-01-01T00:00:00  0
      `;
      expect(await gcloud(`artifacts repositories list --project=${A}`)).toEqual({
        code: 0,
        out: table,
        err: 'Listing items under project myproject-a, across all locations.',
      });
      expect(await gcloud(`artifacts repositories list ${where}`)).toEqual({
        code: 0,
        out: table,
        err: 'Listing items under project myproject-a, location asia-northeast1.',
      });
      expect(await gcloud(`artifacts repositories describe docker-repo ${where}`)).toEqual({
        code: 0,
        err: text`
          Encryption: Google-managed key
          Repository Size: 0.000MB
        `,
        out: text`
          createTime: '2026-01-01T00:00:00.000Z'
          format: DOCKER
          mode: STANDARD_REPOSITORY
          name: projects/myproject-a/locations/asia-northeast1/repositories/docker-repo
          registryUri: asia-northeast1-docker.pkg.dev/myproject-a/docker-repo
          satisfiesPzi: true
          updateTime: '2026-01-01T00:00:00.000Z'
          vulnerabilityScanningConfig:
            enablementState: SCANNING_DISABLED
            enablementStateReason: API containerscanning.googleapis.com is not enabled.
        `,
      });
    });

    it('get, add to and remove from their policies', async () => {
      const binding = `docker-repo ${where} --member=user:alice@example.com --role=roles/artifactregistry.reader`;
      expect(await gcloud(`artifacts repositories add-iam-policy-binding ${binding}`)).toEqual({
        code: 0,
        err: 'Updated IAM policy for repository [docker-repo].',
        out: text`
          bindings:
          - members:
            - user:alice@example.com
            role: roles/artifactregistry.reader
          etag: ETAG
          version: 1
        `,
      });
      expect((await gcloud(`artifacts repositories remove-iam-policy-binding ${binding}`)).code).toBe(0);
      expect((await gcloud(`artifacts repositories get-iam-policy docker-repo ${where}`)).out).toBe(text`
        etag: ETAG
        version: 1
      `);
    });

    it('list and describe images and tags', async () => {
      await push(plane, OWNER, await nodeImage(HELLO), `${REPOSITORY}/web:v1`);
      await must(
        plane.as(OWNER, 'skopeo', [
          'copy',
          '--quiet',
          `docker://${REPOSITORY}/web:v1`,
          `docker://${REPOSITORY}/web:latest`,
        ]),
      );
      const images = await gcloud(`artifacts docker images list ${REPOSITORY} --include-tags`);
      expect(images.err).toBe(
        'Listing items under project myproject-a, location asia-northeast1, repository docker-repo.',
      );
      const digest = `sha256:${'0'.repeat(64)}`;
      const [header, row, ...more] = images.out.split('\n').map((line) => line.split(/ {2,}/));
      expect(header).toEqual(['IMAGE', 'DIGEST', 'TAGS', 'CREATE_TIME', 'UPDATE_TIME', 'SIZE']);
      expect(row).toEqual([
        `${REPOSITORY}/web`,
        digest,
        'latest,v1',
        '2026-01-01T00:00:00',
        '2026-01-01T00:00:00',
        expect.stringMatching(/^\d+$/),
      ]);
      expect(more).toEqual([]);
      const ofImage = await gcloud(`artifacts docker images list ${REPOSITORY}/web`);
      expect(ofImage.out.split('\n')[1]).toContain(`${REPOSITORY}/web  ${digest}`);
      expect((await gcloud(`artifacts docker tags list ${REPOSITORY}/web`)).out).toBe(text`
        TAG     IMAGE                                                       DIGEST
        latest  asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/web  sha256:0000000000000000000000000000000000000000000000000000000000000000
        v1      asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/web  sha256:0000000000000000000000000000000000000000000000000000000000000000
      `);
      expect((await gcloud(`artifacts docker images describe ${REPOSITORY}/web:latest`)).out).toBe(text`
        image_summary:
          digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
          fully_qualified_digest: asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/web@sha256:0000000000000000000000000000000000000000000000000000000000000000
          registry: asia-northeast1-docker.pkg.dev
          repository: docker-repo
          slsa_build_level: unknown
      `);
    });

    it('delete repositories', async () => {
      await gcloud(`artifacts repositories create gone --repository-format=docker ${where}`);
      expect(await gcloud(`artifacts repositories delete gone --quiet ${where}`)).toEqual({
        ...quiet,
        err: text`
          Delete request issued for: [gone]
          Deleted repository [gone].
        `,
      });
      expect(await gcloud(`artifacts repositories describe gone ${where}`)).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.artifacts.repositories.describe) NOT_FOUND: Requested entity was not found. This command is authenticated as owner@example.com which is the active account specified by the [core/account] property.',
      });
    });
  });

  describe('run', () => {
    it('deploys a new service, and asks whether it is public', async () => {
      const answered = (service: string) => `run deploy ${service} ${inRun} --image ${HELLO_IMAGE}`;
      expect(await gcloud(answered('public'), { input: 'y\n' })).toEqual({
        ...quiet,
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
        ...quiet,
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
      expect(await gcloud(`run services get-iam-policy public ${inRun}`)).toEqual({
        ...quiet,
        out: text`
          bindings:
          - members:
            - allUsers
            role: roles/run.invoker
          etag: ETAG
          version: 1
        `,
      });
      expect((await gcloud(`run services get-iam-policy private ${inRun}`)).out).toBe('etag: ACAB');
      const [number] = Object.keys(numbers);
      const page = await must(
        plane.as(ALICE, 'curl', ['-sS', `https://public-${number}.${REGION}.run.app/`]),
      );
      expect(page.stdout).toContain("<title>It's running!</title>");
    });

    it('deploys over an existing service', async () => {
      expect(await gcloud(`run deploy private ${inRun} --image ${HELLO_IMAGE}`)).toEqual({
        ...quiet,
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
      await grant(plane, onProject(A), `user:${ALICE}`, 'roles/run.developer');
      await grant(plane, onProject(A), `user:${ALICE}`, 'roles/iam.serviceAccountUser');
      expect(
        await gcloud(`run deploy warned ${inRun} --image ${HELLO_IMAGE} --allow-unauthenticated`, {
          as: ALICE,
        }),
      ).toEqual({
        ...quiet,
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
        ...quiet,
        out: text`
             SERVICE  REGION           URL                                                   LAST DEPLOYED BY   LAST DEPLOYED AT
          ✔  private  asia-northeast1  https://private-100000000001.asia-northeast1.run.app  owner@example.com  2026-01-01T00:00:00.000Z
          ✔  public   asia-northeast1  https://public-100000000001.asia-northeast1.run.app   owner@example.com  2026-01-01T00:00:00.000Z
          ✔  warned   asia-northeast1  https://warned-100000000001.asia-northeast1.run.app   alice@example.com  2026-01-01T00:00:00.000Z
        `,
      };
      expect(await gcloud(`run services list --project ${A}`)).toEqual(table);
      expect(await gcloud(`run services list ${inRun}`)).toEqual(table);
      expect(await gcloud(`run services list --project ${A} --region us-central1`)).toEqual({
        ...quiet,
        err: 'Listed 0 items.',
      });
    });

    it('describes a service', async () => {
      expect(await gcloud(`run services describe private ${inRun}`)).toEqual({
        ...quiet,
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
      expect(await gcloud(`run services describe nothing ${inRun}`)).toEqual({
        code: 1,
        out: '',
        err: 'ERROR: (gcloud.run.services.describe) Cannot find service [nothing]',
      });
    });

    it('lists revisions, of all services and of one', async () => {
      const { code, out, err } = await gcloud(`run revisions list ${inRun}`);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(
        '✔  public-00001-xyz   yes     public   2026-01-01 00:00:00 UTC  owner@example.com',
      );
      expect(out.split('\n')).toHaveLength(5);
      expect(await gcloud(`run revisions list ${inRun} --service private`)).toEqual({
        ...quiet,
        out: text`
             REVISION           ACTIVE  SERVICE  DEPLOYED                 DEPLOYED BY
          ✔  private-00002-xyz  yes     private  2026-01-01 00:00:00 UTC  owner@example.com
          ✔  private-00001-xyz          private  2026-01-01 00:00:00 UTC  owner@example.com
        `,
      });
    });

    it("adds to and removes from a service's policy", async () => {
      const binding = `private ${inRun} --member=user:bob@example.com --role=roles/run.invoker`;
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
      const { code, out, err } = await gcloud(`run services logs read public ${inRun}`);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.split('\n')).toEqual([
        '2026-01-01 00:00:00 Hello from public, listening on port 8080',
        '2026-01-01 00:00:00 GET 200 https://public-100000000001.asia-northeast1.run.app/',
      ]);
    });

    it('deletes a service', async () => {
      expect(await gcloud(`run services delete warned ${inRun} --quiet`)).toEqual({
        ...quiet,
        err: text`
          Deleting [warned]...
          done.
          Deleted service [warned].
        `,
      });
      expect(await gcloud(`run services delete warned ${inRun} --quiet`)).toEqual({
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

  describe('run, with flags', () => {
    const image = `${REPOSITORY}/web:v1`;
    const account = `runtime@${A}.iam.gserviceaccount.com`;

    it('deploys what they say', async () => {
      const { code, err } = await gcloud([
        ...`run deploy flagged ${inRun} --image ${image} --service-account ${account}`.split(' '),
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
      expect((await gcloud(`run services describe flagged ${inRun}`)).out).toBe(text`
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
      const { stdout } = await plane.as(ALICE, 'curl', [
        ...['-sS', '-o', '/dev/null', '-w', '%{http_code}'],
        `https://flagged-${number}.${REGION}.run.app/`,
      ]);
      expect(stdout).toBe('404');
    });

    it('updates the environment, and the container sees it', async () => {
      expect(
        await gcloud(`run services update flagged ${inRun} --update-env-vars E=f --ingress all`),
      ).toEqual({
        ...quiet,
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
      const { stdout: token } = await must(plane.gcloud(OWNER, 'auth print-identity-token'));
      const { stdout } = await must(
        plane.as(OWNER, 'curl', [
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
        `run services describe flagged ${inRun} --format=value(spec.template.spec.containers[0].image)`,
      );
      expect(out).toBe(`${REPOSITORY}/web@sha256:${'0'.repeat(64)}`);
    });

    it('deploys under a tag without traffic, and moves the traffic', async () => {
      expect(await gcloud(`run deploy flagged ${inRun} --image ${image} --no-traffic --tag green`)).toEqual({
        ...quiet,
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
      expect(await gcloud(`run services update-traffic flagged ${inRun} --to-tags green=50`)).toEqual({
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
      expect((await gcloud(`run services update-traffic flagged ${inRun} --to-latest`)).out).toBe(text`
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
      const { code, err } = await gcloud(`run deploy refused ${inRun} ${flags} --no-allow-unauthenticated`);
      expect(err.split('\n').at(-1)).toBe(`ERROR: (gcloud.run.deploy) ${message}`);
      expect(code).toBe(1);
    });
  });

  describe('logging', () => {
    it('writes entries and reads them', async () => {
      expect(
        await gcloud(['logging', 'write', 'my-log', 'hello there', '--severity=WARNING', '--project', A]),
      ).toEqual({ ...quiet, err: 'Created log entry.' });
      expect(
        await gcloud([
          ...['logging', 'write', 'my-log', '{"a": 1, "message": "structured"}'],
          ...['--payload-type=json', '--project', A],
        ]),
      ).toEqual({ ...quiet, err: 'Created log entry.' });
      expect(await gcloud(['logging', 'read', 'logName:my-log', '--project', A])).toEqual({
        ...quiet,
        out: text`
          ---
          insertId: ID
          jsonPayload:
            a: 1
            message: structured
          logName: projects/myproject-a/logs/my-log
          receiveTimestamp: '2026-01-01T00:00:00.000Z'
          resource:
            labels:
              project_id: myproject-a
            type: global
          timestamp: '2026-01-01T00:00:00.000Z'
          ---
          insertId: ID
          logName: projects/myproject-a/logs/my-log
          receiveTimestamp: '2026-01-01T00:00:00.000Z'
          resource:
            labels:
              project_id: myproject-a
            type: global
          severity: WARNING
          textPayload: hello there
          timestamp: '2026-01-01T00:00:00.000Z'
        `,
      });
      expect(await gcloud(['logging', 'read', 'logName:nothing', '--project', A])).toEqual(quiet);
      expect(await gcloud(['logging', 'read', 'severity>=(', '--project', A])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^ERROR: \(gcloud\.logging\.read\) INVALID_ARGUMENT: /),
      });
    });
  });

  describe('config', () => {
    it('sets a project that the member may see', async () => {
      const as = 'carol@example.com';
      await grant(plane, onProject(A), `user:${as}`, 'roles/viewer');
      expect(await gcloud(`config set project ${A}`, { as })).toEqual({
        ...quiet,
        err: 'Updated property [core/project].',
      });
      expect(await gcloud('config get-value project', { as })).toEqual({ ...quiet, out: A });
      expect((await gcloud(`run services list --region ${REGION}`, { as })).out).toContain('public');
    });
  });

  it('made the plane complain about nothing', () => {
    expect(plane.stderr).toBe('');
  });
});
