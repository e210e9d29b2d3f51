/**
 * Another project's image, step by step: what each missing permission looks like in gcloud, that a refusal leaves
 * nothing behind, that `sekisho check` said so before and its printed commands mend it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELLO, nodeImage, push } from './support/images.js';
import { printed } from './support/output.js';
import { must, run, TestPlane } from './support/plane.js';
import {
  bindingsOf,
  grant,
  newRepository,
  onAccount,
  onProject,
  onRepository,
  type PolicyTarget,
  revoke,
} from './support/policies.js';
import { canRun } from './support/tools.js';
import { A, ALICE, B, deploy, IMAGE, OWNER, REGION, twoProjects } from './support/world.js';

const SERVICE = 'my-cloud-run-app';
const AS_ALICE =
  'This command is authenticated as alice@example.com which is the active account specified by the [core/account] property';

/** What the check's JSON tells, as far as this story needs it. */
interface Report {
  readonly verdict: string;
  readonly requirements: readonly {
    readonly id: string;
    readonly effect: string;
    readonly verdict: string;
    readonly message?: string;
  }[];
  readonly fixes: readonly {
    readonly member: string;
    readonly role: string;
    readonly resource: string;
    readonly gcloud: string;
  }[];
}

describe.runIf(canRun('gcloud', 'skopeo', 'crun', 'curl'))("a deploy of another project's image", () => {
  let plane: TestPlane;
  let number: string;
  let agent: string;
  let runtime: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    ({ numberA: number, agent, runtime } = await twoProjects(plane));
  });

  afterAll(async () => {
    await plane?.dispose();
  });

  // The texts, as Cloud Run says them.
  const mayNot = (permission: string, service = SERVICE) =>
    `Permission '${permission}' denied on resource 'namespaces/myproject-a/services/${service}' (or resource may not exist).`;
  const mayNotActAs = () =>
    `Permission 'iam.serviceaccounts.actAs' denied on service account ${runtime} (or it may not exist).`;
  const mayNotRead = (image: string) =>
    `User must have permission to read the image, ${image}. Ensure that the provided container image URL is correct and that the above account has permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate. Note that the image is from project [myproject-b], which is not the same as this project [myproject-a]. Permission must be granted to the User from this project. See https://cloud.google.com/run/docs/deploying#other-projects
 Cause: 403 Forbidden
GET https://asia-northeast1-docker.pkg.dev/v2/myproject-b/myrepo/my-cloud-run-app/manifests/latest
{"errors":[{"code":"DENIED","message":"Permission \\"artifactregistry.repositories.downloadArtifacts\\" denied on resource \\"projects/myproject-b/locations/asia-northeast1/repositories/myrepo\\" (or it may not exist)"}]}`;
  const agentMayNotPull = (image: string) =>
    `Google Cloud Run Service Agent ${agent} must have permission to read the image, ${image}. Ensure that the provided container image URL is correct and that the above account has permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate. Note that the image is from project [myproject-b], which is not the same as this project [myproject-a]. Permission must be granted to the Google Cloud Run Service Agent ${agent} from this project. See https://cloud.google.com/run/docs/deploying#other-projects Cause: 403 Forbidden GET https://asia-northeast1-docker.pkg.dev/v2/myproject-b/myrepo/my-cloud-run-app/manifests/latest {"errors":[{"code":"DENIED","message":"Permission \\"artifactregistry.repositories.downloadArtifacts\\" denied on resource \\"projects/myproject-b/locations/asia-northeast1/repositories/myrepo\\" (or it may not exist)"}]}`;
  const agentMayNotMint = () =>
    `Google Cloud Run Service Agent does not have permission to get access tokens for the service account ${runtime}. Please give ${agent} permission iam.serviceAccounts.getAccessToken on the service account. Alternatively, if the service account is unspecified or in the same project you are deploying in, ensure that the Service Agent is assigned the Google Cloud Run Service Agent role roles/run.serviceAgent.`;

  /** How gcloud prints a create that was rejected. */
  const rejected = (message: string, service = SERVICE) =>
    [
      'This service will require authentication to be invoked.',
      `Deploying container to Cloud Run service [${service}] in project [myproject-a] region [asia-northeast1]`,
      'Deploying new service...',
      'failed',
      'Deployment failed',
      `ERROR: (gcloud.run.deploy) [alice@example.com] does not have permission to access namespaces instance [myproject-a] (or it may not exist): ${message}`,
    ].join('\n');
  /** gcloud ends a sentence before its own; after anything else it puts the full stop itself, and none at the end. */
  const namingAlice = (message: string) =>
    message.endsWith('.') ? `${message} ${AS_ALICE}.` : `${message}. ${AS_ALICE}`;

  const check = async (service = SERVICE, image = IMAGE, as = ALICE) => {
    const target = ['--project', A, '--region', REGION, '--image', image, '--as', as];
    const { code, stdout } = await plane.sekisho([
      ...['check', 'run', 'service', service],
      ...target,
      ...['--format', 'json'],
    ]);
    const report: Report = JSON.parse(stdout);
    const first = report.requirements.find(
      ({ verdict, effect }) => verdict === 'denied' && effect !== 'warns',
    );
    return { code, verdict: report.verdict, first, message: first?.message, fixes: report.fixes };
  };

  /** The owner runs a printed command as it stands: its words are separated by blanks and need no quotes. */
  const mend = async (command: string | undefined) => {
    const [program = '', ...words] = (command ?? '').split(' ');
    await must(plane.as(OWNER, program, words));
  };

  const services = async () => {
    const { body } = await plane.api(
      OWNER,
      'GET',
      `run.googleapis.com/v1/projects/${A}/locations/-/services`,
    );
    return (body as { items: readonly { metadata: { name: string } }[] }).items.map(
      ({ metadata }) => metadata.name,
    );
  };

  const get = async (url: string, ...args: readonly string[]) => {
    const result = await plane.as(ALICE, 'curl', ['-sS', '-w', '\n%{http_code}', ...args, url]);
    const at = result.stdout.lastIndexOf('\n');
    return { status: Number(result.stdout.slice(at)), body: result.stdout.slice(0, at) || result.stderr };
  };
  const url = () => `https://${SERVICE}-${number}.${REGION}.run.app`;
  const alice = `user:${ALICE}`;

  describe('is refused, and leaves nothing behind,', () => {
    it('to somebody without any Cloud Run role', async () => {
      const before = await plane.stored();
      const prediction = await check();
      expect(prediction).toMatchObject({ code: 1, verdict: 'denied', message: mayNot('run.services.get') });

      expect(printed(await deploy(plane, ALICE, SERVICE, IMAGE))).toEqual({
        code: 1,
        out: '',
        err: `ERROR: (gcloud.run.deploy) PERMISSION_DENIED: ${namingAlice(mayNot('run.services.get'))}`,
      });
      expect(await plane.changedSince(before)).toEqual([]);
      expect(await services()).toEqual([]);
      expect(prediction.fixes.map(({ member, role, resource }) => [member, role, resource])).toEqual([
        [alice, 'roles/run.developer', '//cloudresourcemanager.googleapis.com/projects/myproject-a'],
        [
          alice,
          'roles/iam.serviceAccountUser',
          `//iam.googleapis.com/projects/myproject-a/serviceAccounts/${runtime}`,
        ],
        [
          alice,
          'roles/artifactregistry.reader',
          '//artifactregistry.googleapis.com/projects/myproject-b/locations/asia-northeast1/repositories/myrepo',
        ],
        [
          `serviceAccount:${agent}`,
          'roles/artifactregistry.reader',
          '//artifactregistry.googleapis.com/projects/myproject-b/locations/asia-northeast1/repositories/myrepo',
        ],
      ]);
    });

    /** One step: the prediction, the refusal, that nothing came of it, and the first printed command. */
    const refused = async (message: string) => {
      const before = await plane.stored();
      const prediction = await check();
      expect(prediction).toMatchObject({ code: 1, verdict: 'denied', message });
      expect(printed(await deploy(plane, ALICE, SERVICE, IMAGE))).toEqual({
        code: 1,
        out: '',
        err: rejected(namingAlice(message)),
      });
      expect(await plane.changedSince(before)).toEqual([]);
      expect(await services()).toEqual([]);
      await mend(prediction.fixes[0]?.gcloud);
    };

    it('to a viewer', async () => {
      await grant(plane, onProject(A), alice, 'roles/run.viewer');
      await refused(mayNot('run.services.create'));
      await revoke(plane, onProject(A), alice, 'roles/run.viewer');
    });

    it('to a developer who may not act as the runtime account', async () => {
      expect(await bindingsOf(plane, onProject(A))).toContainEqual({
        role: 'roles/run.developer',
        members: [alice],
      });
      await refused(mayNotActAs());
    });

    it('to a developer who may not read the image', async () => {
      expect(await bindingsOf(plane, onAccount(runtime))).toEqual([
        { role: 'roles/iam.serviceAccountUser', members: [alice] },
      ]);
      await refused(mayNotRead(IMAGE));
      expect(await bindingsOf(plane, onRepository(B, 'myrepo'))).toEqual([
        { role: 'roles/artifactregistry.reader', members: [alice] },
      ]);
    });
  });

  it('is accepted, and then fails, when the service agent may not pull', async () => {
    const prediction = await check();
    expect(prediction).toMatchObject({ code: 1, first: { id: 'agent-pulls-image', effect: 'fails' } });
    expect(prediction.message).toBe(agentMayNotPull(IMAGE));
    expect(prediction.fixes.map(({ gcloud }) => gcloud)).toEqual([
      `gcloud artifacts repositories add-iam-policy-binding myrepo --project=myproject-b --location=asia-northeast1 --member=serviceAccount:${agent} --role=roles/artifactregistry.reader --condition=None`,
    ]);

    const before = await plane.stored();
    expect(printed(await deploy(plane, ALICE, SERVICE, IMAGE))).toEqual({
      code: 1,
      out: '',
      err: [
        'This service will require authentication to be invoked.',
        'Deploying container to Cloud Run service [my-cloud-run-app] in project [myproject-a] region [asia-northeast1]',
        'Deploying new service...',
        'Creating Revision...failed',
        'Deployment failed',
        `ERROR: (gcloud.run.deploy) ${agentMayNotPull(IMAGE)}`,
      ].join('\n'),
    });
    expect(await services()).toEqual([SERVICE]);
    expect((await plane.changedSince(before)).map((key) => key.split('/', 2).join('/')).sort()).toEqual([
      'run/operations',
      'run/revisions',
      'run/services',
    ]);
    await mend(prediction.fixes[0]?.gcloud);
  });

  it('left an audit entry for each write that was refused, and those of the failed revision', async () => {
    const read = await must(
      plane.gcloud(OWNER, [
        'logging',
        'read',
        'severity=ERROR',
        '--project=myproject-a',
        '--order=asc',
        '--format=csv[no-heading,separator=" | "](protoPayload.methodName,protoPayload.status.code)',
      ]),
    );
    expect(read.stdout.trim().split('\n')).toEqual([
      'google.cloud.run.v1.Services.CreateService | 7',
      'google.cloud.run.v1.Services.CreateService | 7',
      'google.cloud.run.v1.Services.CreateService | 7',
      '/Services.CreateService | 9',
      '/Services.CreateService | 9',
    ]);
  });

  it('succeeds with everything granted', async () => {
    expect(await check()).toMatchObject({ code: 0, verdict: 'granted', fixes: [] });
    const { code, out, err } = printed(await deploy(plane, ALICE, SERVICE, IMAGE));
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toMatch(
      new RegExp(
        `^${[
          'Deploying container to Cloud Run service \\[my-cloud-run-app\\] in project \\[myproject-a\\] region \\[asia-northeast1\\]',
          'Deploying\\.\\.\\.',
          'Creating Revision\\.\\.\\.done',
          'Routing traffic\\.\\.\\.done',
          'Done\\.',
          'Service \\[my-cloud-run-app\\] revision \\[my-cloud-run-app-00002-[a-z0-9]{3}\\] has been deployed and is serving 100 percent of traffic\\.',
          `Service URL: https://my-cloud-run-app-${number}\\.asia-northeast1\\.run\\.app`,
        ].join('\\n')}$`,
      ),
    );
  });

  it('answers only those who may invoke it, until allUsers may', async () => {
    const stranger = await get(`${url()}/private?x=1`);
    expect(stranger.status).toBe(403);
    expect(stranger.body).toContain(
      '<h2>Your client does not have permission to get URL <code>/private</code> from this server.</h2>',
    );

    const { stdout } = await must(plane.gcloud(ALICE, 'auth print-identity-token'));
    const invited = await get(url(), '-H', `Authorization: Bearer ${stdout.trim()}`);
    expect(invited).toEqual({
      status: 200,
      body: expect.stringMatching(/^Hello from my-cloud-run-app my-cloud-run-app-00002-/),
    });
    expect((await get(url(), '-H', 'Authorization: Bearer nonsense')).status).toBe(401);

    await must(
      plane.gcloud(
        OWNER,
        `run services add-iam-policy-binding ${SERVICE} --project=${A} --region=${REGION} --member=allUsers --role=roles/run.invoker`,
      ),
    );
    expect(await get(url())).toMatchObject({
      status: 200,
      body: expect.stringContaining('Hello from my-cloud-run-app'),
    });
  });

  it('answers under localhost, for browsers that know no proxy', async () => {
    const local = `http://${SERVICE}-${number}.${REGION}.run.app.localhost:${plane.port}/`;
    const { stdout } = await must(run('curl', ['-sS', '--noproxy', '*', local]));
    expect(stdout).toContain('Hello from my-cloud-run-app');
  });

  describe('with one of the three grants taken away again', () => {
    const image = `${IMAGE}:latest`;
    const cases: readonly [string, () => PolicyTarget, string, () => string][] = [
      [
        'Cloud Run',
        () => onProject(A),
        'roles/run.developer',
        () =>
          `ERROR: (gcloud.run.deploy) PERMISSION_DENIED: ${namingAlice(mayNot('run.services.get', 'another'))}`,
      ],
      [
        'the runtime account',
        () => onAccount(runtime),
        'roles/iam.serviceAccountUser',
        () => rejected(namingAlice(mayNotActAs()), 'another'),
      ],
      [
        'the image',
        () => onRepository(B, 'myrepo'),
        'roles/artifactregistry.reader',
        () => rejected(namingAlice(mayNotRead(image)), 'another'),
      ],
    ];

    it.each(cases)('a new service is refused: %s', async (_, target, role, err) => {
      await revoke(plane, target(), alice, role);
      const before = await plane.stored();
      expect(printed(await deploy(plane, ALICE, 'another', image))).toEqual({ code: 1, out: '', err: err() });
      expect(await plane.changedSince(before)).toEqual([]);
      await grant(plane, target(), alice, role);
    });

    it('an update is refused, in the words for updates, and changes nothing', async () => {
      await revoke(plane, onAccount(runtime), alice, 'roles/iam.serviceAccountUser');
      const before = await plane.stored();
      expect(await check(SERVICE, image)).toMatchObject({ code: 1, message: mayNotActAs() });
      expect(printed(await deploy(plane, ALICE, SERVICE, image))).toEqual({
        code: 1,
        out: '',
        err: [
          'Deploying container to Cloud Run service [my-cloud-run-app] in project [myproject-a] region [asia-northeast1]',
          'Deploying...',
          'failed',
          'Deployment failed',
          `ERROR: (gcloud.run.deploy) PERMISSION_DENIED: ${namingAlice(mayNotActAs())}`,
        ].join('\n'),
      });
      expect(await plane.changedSince(before)).toEqual([]);
      await grant(plane, onAccount(runtime), alice, 'roles/iam.serviceAccountUser');
    });
  });

  it('needs no second check: the commands that one prints mend everything at once', async () => {
    const { code, fixes } = await check('another', IMAGE, 'bob@example.com');
    expect(code).toBe(1);
    expect(fixes.map(({ role }) => role)).toEqual([
      'roles/run.developer',
      'roles/iam.serviceAccountUser',
      'roles/artifactregistry.reader',
    ]);
    for (const { gcloud } of fixes) await mend(gcloud);
    expect(await check('another', IMAGE, 'bob@example.com')).toMatchObject({ code: 0, fixes: [] });
  });

  it("is refused when the service agent has lost its role, and the check's command gives it back", async () => {
    await revoke(plane, onProject(A), `serviceAccount:${agent}`, 'roles/run.serviceAgent');
    const before = await plane.stored();
    const prediction = await check('another');
    expect(prediction).toMatchObject({ code: 1, message: agentMayNotMint() });
    expect(printed(await deploy(plane, ALICE, 'another', IMAGE))).toEqual({
      code: 1,
      out: '',
      err: rejected(namingAlice(agentMayNotMint()), 'another'),
    });
    expect(await plane.changedSince(before)).toEqual([]);
    expect(prediction.fixes.map(({ member, role }) => [member, role])).toEqual([
      [`serviceAccount:${agent}`, 'roles/run.serviceAgent'],
    ]);
    await mend(prediction.fixes[0]?.gcloud);
    expect(await check('another')).toMatchObject({ code: 0, verdict: 'granted' });
  });

  it('keeps serving after the agent has lost its grant, the image is gone and the plane was killed', async () => {
    await revoke(
      plane,
      onRepository(B, 'myrepo'),
      `serviceAccount:${agent}`,
      'roles/artifactregistry.reader',
    );
    const again = printed(await deploy(plane, ALICE, SERVICE, `${IMAGE}:latest`));
    expect(again.code).toBe(1);
    expect(again.err).toContain(`ERROR: (gcloud.run.deploy) ${agentMayNotPull(`${IMAGE}:latest`)}`);
    expect((await get(url())).body).toMatch(/^Hello from my-cloud-run-app my-cloud-run-app-00002-/);

    const list = await must(plane.gcloud(OWNER, `run services list --project=${A}`));
    expect(list.stdout).toMatch(/^!\s+my-cloud-run-app\s+asia-northeast1\s/m);

    await must(plane.as(OWNER, 'skopeo', ['delete', `docker://${IMAGE}:latest`]));
    await plane.kill();
    await plane.restart();
    expect(await get(url())).toMatchObject({
      status: 200,
      body: expect.stringMatching(/^Hello from my-cloud-run-app my-cloud-run-app-00002-/),
    });
  });

  describe("by the project's owner or editor", () => {
    const own = `${REGION}-docker.pkg.dev/${A}/docker-repo/my-cloud-run-app`;

    beforeAll(async () => {
      await must(plane.gcloud(OWNER, `services enable artifactregistry.googleapis.com --project=${A}`));
      await newRepository(plane, A, 'docker-repo');
      await push(plane, OWNER, await nodeImage(HELLO), `${own}:latest`);
      await grant(plane, onProject(A), 'user:carol@example.com', 'roles/owner');
      await grant(plane, onProject(A), 'user:erin@example.com', 'roles/editor');
    });

    it.each([
      ['owner', 'carol@example.com'],
      ['editor', 'erin@example.com'],
    ])('needs nothing besides for an image of the same project: %s', async (role, member) => {
      expect(await check(`by-${role}`, own, member)).toMatchObject({ code: 0, verdict: 'granted' });
      const { code, err } = printed(await deploy(plane, member, `by-${role}`, own));
      expect(err).toContain(`Service URL: https://by-${role}-${number}.asia-northeast1.run.app`);
      expect(code).toBe(0);
    });

    it("is refused for another project's image all the same", async () => {
      const before = await plane.stored();
      const { code, err } = printed(await deploy(plane, 'carol@example.com', 'foreign', IMAGE));
      expect(code).toBe(1);
      expect(err).toContain(
        `[carol@example.com] does not have permission to access namespaces instance [myproject-a] (or it may not exist): ${mayNotRead(IMAGE)}`,
      );
      expect(await plane.changedSince(before)).toEqual([]);
    });
  });

  it('made the plane complain about nothing', () => {
    expect(plane.stderr).toBe('');
  });
});
