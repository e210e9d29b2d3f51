/** Projects and their APIs from beginning to end: by gcloud, by the calls that Terraform makes, and through a crash. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appProject, deployed, onService, servicePath, urlOf } from './support/deploys.js';
import { type Printed, printed, stable, text } from './support/output.js';
import { must, ROOT, TestPlane } from './support/plane.js';
import { grant, newProject } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { visit } from './support/visit.js';
import { ALICE, OWNER, REGION } from './support/world.js';

const CRM = 'cloudresourcemanager.googleapis.com';
const USAGE = 'serviceusage.googleapis.com';
const P = 'gcloud-project';

describe.runIf(canRun('gcloud'))('gcloud', () => {
  let plane: TestPlane;
  let number = '';

  beforeAll(async () => {
    plane = await TestPlane.start({ args: ['--runtime', 'none', '--no-egress'] });
  });
  afterAll(() => plane?.dispose());

  const gcloud = async (line: string | readonly string[], as = OWNER): Promise<Printed> => {
    const result = printed(await plane.gcloud(as, line));
    expect(result.err).not.toMatch(/crashed|Traceback|WARNING/);
    return stable(result, number === '' ? {} : { [number]: '100000000001' });
  };
  const quiet = { code: 0, out: '', err: '' };
  const told = (err: string): Printed => ({ ...quiet, err });
  const failed = (err: string): Printed => ({ code: 1, out: '', err });
  const ended =
    'This command is authenticated as owner@example.com which is the active account specified by the [core/account] property';

  it('creates, renames and labels a project', async () => {
    const words = ['projects', 'create', P, '--name=First name', '--labels=team=web'];
    expect(await gcloud(words)).toEqual(
      told(text`
        Create in progress for [https://cloudresourcemanager.googleapis.com/v1/projects/gcloud-project].
        Waiting for [operations/cp.1] to finish...
        done.
        Enabling service [cloudapis.googleapis.com] on project [gcloud-project]...
      `),
    );
    const project = await plane.api(OWNER, 'GET', `${CRM}/v1/projects/${P}`);
    number = String(at(project.body, 'projectNumber'));
    expect(await gcloud(['projects', 'update', P, '--name=Second name'])).toEqual(
      told('Updated [https://cloudresourcemanager.googleapis.com/v1/projects/gcloud-project].'),
    );
    expect(await gcloud(`projects describe ${P}`)).toEqual({
      ...quiet,
      out: text`
        createTime: '2026-01-01T00:00:00.000Z'
        labels:
          team: web
        lifecycleState: ACTIVE
        name: Second name
        projectId: gcloud-project
        projectNumber: '100000000001'
      `,
    });
    expect(await gcloud(`projects get-ancestors ${P}`)).toEqual({
      ...quiet,
      out: text`
        ID              TYPE
        gcloud-project  project
      `,
    });
  });

  it('cannot take the last owner away', async () => {
    const binding = `${P} --member=user:${OWNER} --role=roles/owner`;
    expect(await gcloud(`projects remove-iam-policy-binding ${binding}`)).toEqual(
      failed(text`
        ERROR: (gcloud.projects.remove-iam-policy-binding) INVALID_ARGUMENT: Request contains an invalid argument.
        - '@type': type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError
          member: user:owner@example.com
          role: roles/owner
          type: SOLO_REQUIRE_TOS_ACCEPTOR
      `),
    );
  });

  it('enables APIs with what they need, and disables them when it is forced to', async () => {
    const services = 'run.googleapis.com compute.googleapis.com';
    expect(await gcloud(`services enable ${services} --project ${P}`)).toEqual(quiet);
    expect(await gcloud(`services disable oslogin.googleapis.com --project ${P}`)).toEqual(
      failed(text`
        Provide the --force flag if you wish to force disable services.
        ERROR: (gcloud.services.disable) FAILED_PRECONDITION: The service oslogin.googleapis.com is depended on by the following active service(s): compute.googleapis.com; Please specify disable_dependent_services=true if you want to proceed with disabling all services.
        - '@type': type.googleapis.com/google.rpc.PreconditionFailure
          violations:
          - subject: ?error_code=100001&service_name=oslogin.googleapis.com&services=compute.googleapis.com
            type: googleapis.com
        - '@type': type.googleapis.com/google.rpc.ErrorInfo
          domain: serviceusage.googleapis.com
          metadata:
            service_name: oslogin.googleapis.com
            services: compute.googleapis.com
          reason: COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES
      `),
    );
    const used = await gcloud(`services disable run.googleapis.com --project ${P}`);
    expect(used.code).toBe(1);
    expect(used.err).toContain('reason: COMMON_SU_SERVICE_HAS_USAGE');
    expect(await gcloud(`services disable oslogin.googleapis.com --force --project ${P}`)).toEqual(quiet);
    const { out } = await gcloud(`services list --project ${P} --format=value(config.name)`);
    expect(out.split('\n')).toContain('run.googleapis.com');
    expect(out).not.toMatch(/compute|oslogin/);
  });

  it.each([
    ['run', 'service-100000000001@serverless-robot-prod.iam.gserviceaccount.com'],
    ['firebaseapphosting', 'service-100000000001@gcp-sa-firebaseapphosting.iam.gserviceaccount.com'],
  ])('creates the service identity of %s', async (short, email) => {
    const service = `--service=${short}.googleapis.com --project ${P}`;
    expect(await gcloud(`beta services identity create ${service}`)).toEqual(
      told(`Service identity created: ${email}`),
    );
  });

  it('deletes the project, in which nothing can be reached then', async () => {
    expect(await gcloud(`projects delete ${P} --quiet`)).toEqual(
      told(text`
        Deleted [https://cloudresourcemanager.googleapis.com/v1/projects/gcloud-project].

        You can undo this operation for a limited period by running the command below.
            $ gcloud projects undelete gcloud-project

        See https://cloud.google.com/resource-manager/docs/creating-managing-projects for information on shutting down projects.
      `),
    );
    expect(await gcloud(`projects delete ${P} --quiet`)).toEqual(
      failed(
        `ERROR: (gcloud.projects.delete) [owner@example.com] does not have permission to access projects instance [gcloud-project] (or it may not exist): Cannot delete an inactive project. ${ended}.`,
      ),
    );
    expect(await gcloud('projects list')).toEqual(told('Listed 0 items.'));
    expect(await gcloud('projects list --filter=lifecycleState:DELETE_REQUESTED')).toEqual({
      ...quiet,
      out: text`
        PROJECT_ID      NAME         PROJECT_NUMBER
        gcloud-project  Second name  100000000001
      `,
    });
    expect(await gcloud(`run services list --project ${P} --region ${REGION}`)).toEqual(
      failed(text`
        ERROR: (gcloud.run.services.list) [owner@example.com] does not have permission to access namespaces instance [gcloud-project] (or it may not exist): Project #100000000001 has been deleted. This command is authenticated as owner@example.com which is the active account specified by the [core/account] property.
        Project #100000000001 has been deleted.
        Google developers console
        https://console.developers.google.com
        - '@type': type.googleapis.com/google.rpc.ErrorInfo
          domain: googleapis.com
          metadata:
            consumer: projects/100000000001
            containerInfo: '100000000001'
            service: run.googleapis.com
          reason: CONSUMER_INVALID
      `),
    );
    expect(await gcloud(`projects create ${P}`, ALICE)).toEqual(
      failed(
        'ERROR: (gcloud.projects.create) Project creation failed. The project ID you specified is already in use by another project. Please try an alternative ID.',
      ),
    );
  });

  it('restores it, for those alone who may', async () => {
    const stranger = await gcloud(`projects undelete ${P}`, ALICE);
    expect(stranger).toMatchObject({ code: 1, err: expect.stringContaining('The caller does not have') });
    expect(await gcloud(`projects undelete ${P}`)).toEqual(
      told('Restored project [https://cloudresourcemanager.googleapis.com/v1/projects/gcloud-project].'),
    );
    const state = `projects describe ${P} --format=value(lifecycleState)`;
    expect(await gcloud(state)).toEqual({ ...quiet, out: 'ACTIVE' });
    await must(plane.gcloud(OWNER, `run services list --project ${P} --region ${REGION}`));
  });

  it('made the plane complain about nothing', () => {
    expect(plane.stderr).toBe('');
  });
});

/** google_project and google_project_service, call by call (hashicorp/terraform-provider-google). */
describe('Terraform and libraries', () => {
  let plane: TestPlane;
  let rest: Rest;
  const T = 'terraform-project';

  beforeAll(async () => {
    plane = await TestPlane.start({ args: ['--runtime', 'none', '--no-egress'] });
    rest = new Rest(plane);
  });
  afterAll(() => plane?.dispose());

  const ok = (verb: string, target: string, body?: unknown) => rest.ok(OWNER, verb, target, body);
  const enabled = async (): Promise<readonly unknown[]> => {
    const list = await ok('GET', `${USAGE}/v1/projects/${T}/services?filter=state:ENABLED&pageSize=200`);
    return listAt(list, 'services').map((service) => at(service, 'config', 'name'));
  };

  it('applies a project and its APIs', async () => {
    const created = await ok('POST', `${CRM}/v1/projects`, { projectId: T, name: 'Terraformed' });
    const operation = await ok('GET', `${CRM}/v1/${String(at(created, 'name'))}`);
    expect(at(operation, 'response', 'projectId')).toBe(T);
    const batch = { serviceIds: ['run.googleapis.com', 'artifactregistry.googleapis.com'] };
    const enabling = await ok('POST', `${USAGE}/v1/projects/${T}/services:batchEnable`, batch);
    expect(await ok('GET', `${USAGE}/v1/${String(at(enabling, 'name'))}`)).toEqual(enabling);
    expect(await enabled()).toEqual(expect.arrayContaining(batch.serviceIds));
    // A second apply finds nothing to do.
    expect(await ok('POST', `${USAGE}/v1/projects/${T}/services:batchEnable`, batch)).toMatchObject({
      name: 'operations/noop.DONE_OPERATION',
      done: true,
    });
    await ok('PUT', `${CRM}/v1/projects/${T}`, { name: 'Terraformed', labels: { by: 'terraform' } });
    const found = await ok('GET', `${CRM}/v3/projects:search?query=labels.by:terraform`);
    expect(listAt(found, 'projects').map((project) => at(project, 'projectId'))).toEqual([T]);
  });

  it('finds the same projects as Google’s own library, over gRPC', async () => {
    const script = path.join(ROOT, 'test/support/client-projects.mjs');
    const { stdout } = await must(plane.as(OWNER, process.execPath, [script, 'library-project']));
    expect(JSON.parse(stdout)).toEqual([
      ['createProject', 'operations/cp.N', 'ACTIVE', 'By library', true],
      ['updateProject', 'operations/up.N', 'ACTIVE', 'Renamed', null],
      [10, 'The etag does not match the current state of the project.'],
      ['deleteProject', 'operations/dp.N', 'DELETE_REQUESTED', 'Renamed', null],
      ['library-project'],
      ['undeleteProject', 'operations/udp.N', 'ACTIVE', 'Renamed', null],
      [9, 'Cannot restore an active project.'],
    ]);
    expect(await ok('GET', `${CRM}/v1/projects/library-project`)).toMatchObject({ name: 'Renamed' });
  });

  it('keeps all of it through a crash', async () => {
    const before = await enabled();
    const deleting = await ok('DELETE', `${CRM}/v3/projects/${T}`);
    await plane.kill();
    await plane.restart({ args: ['--runtime', 'none', '--no-egress'] });
    expect(await ok('GET', `${CRM}/v3/${String(at(deleting, 'name'))}`)).toEqual(deleting);
    expect(await ok('GET', `${CRM}/v1/projects/${T}`)).toMatchObject({
      lifecycleState: 'DELETE_REQUESTED',
      labels: { by: 'terraform' },
    });
    await ok('POST', `${CRM}/v3/projects/${T}:undelete`, {});
    expect(await enabled()).toEqual(before);
  });

  it('destroys them', async () => {
    const run = `${USAGE}/v1/projects/${T}/services/run.googleapis.com`;
    const disabling = await ok('POST', `${run}:disable`, { disableDependentServices: true });
    expect(await ok('GET', `${USAGE}/v1/${String(at(disabling, 'name'))}`)).toEqual(disabling);
    expect(at(await ok('GET', run), 'state')).toBe('DISABLED');
    expect(await ok('DELETE', `${CRM}/v1/projects/${T}`)).toEqual({});
  });
});

describe.runIf(canRun('crun'))('a running service', () => {
  let plane: TestPlane;
  let rest: Rest;
  let url: string;
  let image: string;
  const S = 'served-project';
  const IMAGES = 'image-project';

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = await appProject(rest, IMAGES);
    const number = await newProject(plane, S, ['run.googleapis.com']);
    const agent = `serviceAccount:service-${number}@serverless-robot-prod.iam.gserviceaccount.com`;
    const onImages = { url: `${CRM}/v1/projects/${IMAGES}`, read: 'POST' } as const;
    await grant(plane, onImages, agent, 'roles/artifactregistry.reader');
    const { service, ready, message } = await deployed(rest, { project: S, name: 'web', image });
    expect({ ready, message }).toMatchObject({ ready: true });
    await grant(plane, onService(S, 'web'), 'allUsers', 'roles/run.invoker');
    url = urlOf(service);
  });
  afterAll(() => plane?.dispose());

  const status = async () => (await visit(plane, url)).status;
  const destroy = (project: string) => rest.ok(OWNER, 'DELETE', `${CRM}/v1/projects/${project}`);
  const restore = (project: string) => rest.ok(OWNER, 'POST', `${CRM}/v1/projects/${project}:undelete`, {});

  it('goes with its project and comes back with it', async () => {
    expect(await status()).toBe(200);
    await destroy(S);
    expect(await status()).toBe(404);
    const get = await rest.call(OWNER, 'GET', servicePath(S, 'web'));
    expect(at(get.body, 'error', 'message')).toMatch(/^Project #\d+ has been deleted\.$/);
    await restore(S);
    expect(await status()).toBe(200);
  });

  it('outlives the project of its image, which nothing new is deployed from', async () => {
    await destroy(IMAGES);
    expect(await status()).toBe(200);
    const pull = await rest.call(
      OWNER,
      'GET',
      `${REGION}-docker.pkg.dev/v2/${IMAGES}/images/app/manifests/latest`,
    );
    expect(pull.status).toBe(403);
    const api = await rest.call(
      OWNER,
      'GET',
      `artifactregistry.googleapis.com/v1/projects/${IMAGES}/locations/${REGION}/repositories/images`,
    );
    expect(at(api.body, 'error', 'message')).toMatch(/^Project #\d+ has been deleted\.$/);
    await restore(IMAGES);
    expect((await deployed(rest, { project: S, name: 'web', image })).ready).toBe(true);
  });

  it('stops when the API is disabled, and serves again when it is enabled', async () => {
    const run = `${USAGE}/v1/projects/${S}/services/run.googleapis.com`;
    await rest.ok(OWNER, 'POST', `${run}:disable`, {});
    expect(await status()).toBe(404);
    const get = await rest.call(OWNER, 'GET', servicePath(S, 'web'));
    expect(at(get.body, 'error', 'details', 0, 'reason')).toBe('SERVICE_DISABLED');
    await rest.ok(OWNER, 'POST', `${run}:enable`, {});
    expect(await status()).toBe(200);
  });
});
