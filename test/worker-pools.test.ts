/** Worker pools as gcloud deploys them (v2 over gRPC) and shows them (v1), and the containers behind them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logged, pushDirect } from './support/deploys.js';
import { shellImage } from './support/images.js';
import { must, TestPlane } from './support/plane.js';
import { grant, newProject, newRepository, onAccount, onProject, onRepository } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { held, SOON } from './support/traces.js';
import { ALICE, OWNER, REGION } from './support/world.js';

const P = 'pools-project';
const OTHER = 'images-project';
const WORKER = `
trap 'echo "ending $CLOUD_RUN_WORKER_POOL_REVISION"; exit 0' TERM
echo "working as $CLOUD_RUN_WORKER_POOL $CLOUD_RUN_WORKER_POOL_REVISION $GREETING port=$PORT service=$K_SERVICE"
while [ ! -e /tmp/stop ]; do sleep 1; done
`;

describe.runIf(canRun('gcloud', 'crun'))('worker pools', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  let foreign: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    const worker = await shellImage(WORKER);
    for (const project of [P, OTHER]) {
      await newProject(plane, project, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
      await newRepository(plane, project, 'images');
      await pushDirect(rest, OWNER, worker, `${REGION}-docker.pkg.dev/${project}/images/worker:latest`);
    }
    image = `${REGION}-docker.pkg.dev/${P}/images/worker:latest`;
    foreign = `${REGION}-docker.pkg.dev/${OTHER}/images/worker:latest`;
  });
  afterAll(() => plane?.dispose());

  const pools = (line: string, member = OWNER) =>
    plane.gcloud(member, `beta run worker-pools ${line} --project ${P} --region ${REGION} --quiet`);
  const poolAt = (name: string) =>
    rest.ok(OWNER, 'GET', `run.googleapis.com/v2/projects/${P}/locations/${REGION}/workerPools/${name}`);
  const last = (name: unknown) => String(name).split('/').at(-1) ?? '';
  const latest = async (name: string) => last(at(await poolAt(name), 'latestReadyRevision'));
  /** The revisions of a pool's instances that run now, one each. */
  const running = (name: string) =>
    held(plane)
      .monitors.map(({ id }) => id.replace(/-[0-9a-f]{8}_.*$/, ''))
      .filter((id) => id.startsWith(`${name}-`))
      .sort();
  const runs = (name: string, expected: readonly string[]) =>
    vi.waitFor(() => expect(running(name)).toEqual([...expected].sort()), SOON);
  const lines = (text: string) =>
    logged(rest, P, `resource.type="cloud_run_worker_pool" AND textPayload:"${text}"`);

  it('are deployed, listed, described, updated and deleted by gcloud', async () => {
    const deployed = await must(pools(`deploy queue --image ${image} --set-env-vars GREETING=hello`));
    const first = await latest('queue');
    expect(first).toMatch(/^queue-00001-[a-z0-9]{3}$/);
    expect(deployed.stderr).toContain(`Worker pool [queue] revision [${first}] has been deployed.`);
    await runs('queue', [first]);
    await vi.waitFor(
      async () => expect(await lines(`working as queue ${first} hello port= service=`)).toHaveLength(1),
      SOON,
    );
    const listed = await must(pools('list --format=value(metadata.name)'));
    expect(listed.stdout.trim()).toBe('queue');
    const described = await must(pools('describe queue'));
    expect(described.stdout).toContain('WorkerPool queue in region asia-northeast1');
    expect(described.stdout).toContain('Manual (Instances: 1)');
    expect(described.stdout).toContain(image);
    const filter = 'resource.type="cloud_run_worker_pool" AND resource.labels.worker_pool_name="queue"';
    const read = await must(
      plane.gcloud(OWNER, ['logging', 'read', filter, '--project', P, '--format', 'value(textPayload)']),
    );
    expect(read.stdout).toContain(`working as queue ${first}`);

    await must(pools('update queue --update-env-vars GREETING=again --scaling 2'));
    const second = await latest('queue');
    expect(second).toMatch(/^queue-00002-/);
    await runs('queue', [second, second]);
    await vi.waitFor(async () => expect(await lines(`ending ${first}`)).toHaveLength(1), SOON);

    await must(pools(`update-instance-split queue --to-revisions ${first}=50,${second}=50`));
    await runs('queue', [first, second]);
    await must(pools('update-instance-split queue --to-latest'));
    await runs('queue', [second, second]);

    const revisions = await must(
      plane.gcloud(
        OWNER,
        `beta run worker-pools revisions list --worker-pool queue --project ${P} --region ${REGION} --format=value(metadata.name,active)`,
      ),
    );
    expect(revisions.stdout.trim().split('\n').sort()).toEqual([first, `${second}\tyes`]);
    await must(
      plane.gcloud(
        OWNER,
        `beta run worker-pools revisions describe ${second} --project ${P} --region ${REGION}`,
      ),
    );
    await must(
      plane.gcloud(
        OWNER,
        `beta run worker-pools revisions delete ${first} --worker-pool queue --project ${P} --region ${REGION} --quiet`,
      ),
    );

    await must(pools('update queue --scaling 0'));
    await runs('queue', []);
    const deleted = await must(pools('delete queue'));
    expect(deleted.stderr).toContain('Deleted worker pool [queue]');
    expect((await pools('describe queue')).stderr).toContain('Cannot find worker pool [queue]');
  });

  it('have an instance again that died, and come back with the plane', async () => {
    await must(pools(`deploy steady --image ${image}`));
    const revision = await latest('steady');
    await runs('steady', [revision]);
    const [before] = held(plane).monitors.filter(({ id }) => id.startsWith('steady-'));
    process.kill(before?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => {
      const now = held(plane).monitors.filter(({ id }) => id.startsWith('steady-'));
      expect(now.map(({ id }) => id)).not.toContain(before?.id);
      expect(now).toHaveLength(1);
    }, SOON);
    await plane.kill();
    await plane.restart();
    await runs('steady', [revision]);
    await must(pools('delete steady'));
    await runs('steady', []);
  });

  it('keep what runs when a new revision fails, and say why', async () => {
    await must(pools(`deploy kept --image ${image}`));
    const revision = await latest('kept');
    const failed = await pools('update kept --command /no/such/program');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('The user-provided container failed to start.');
    expect(await latest('kept')).toBe(revision);
    await runs('kept', [revision]);
    expect(at(await poolAt('kept'), 'terminalCondition', 'state')).toBe('CONDITION_FAILED');
    await must(pools('delete kept'));
  });

  it('need three grants of their deployer and one of the service agent, for an image of another project', async () => {
    const number = String(
      at(
        await rest.ok(OWNER, 'GET', `cloudresourcemanager.googleapis.com/v1/projects/${P}`),
        'projectNumber',
      ),
    );
    const runtime = `${number}-compute@developer.gserviceaccount.com`;
    const agent = `service-${number}@serverless-robot-prod.iam.gserviceaccount.com`;
    const deploy = () => pools(`deploy shared --image ${foreign}`, ALICE);
    const label = `projects/${P}/locations/${REGION}/workerPools/shared`;
    expect((await deploy()).stderr).toContain(
      `Permission 'run.workerpools.get' denied on resource '${label}' (or resource may not exist).`,
    );
    await grant(plane, onProject(P), `user:${ALICE}`, 'roles/run.developer');
    expect((await deploy()).stderr).toContain("Permission 'iam.serviceaccounts.actAs' denied");
    await grant(plane, onAccount(runtime, P), `user:${ALICE}`, 'roles/iam.serviceAccountUser');
    expect((await deploy()).stderr).toContain('User must have permission to read the image');
    expect((await rest.call(OWNER, 'GET', `run.googleapis.com/v2/${label}`)).status).toBe(404);
    const repository = onRepository(OTHER, 'images');
    await grant(plane, repository, `user:${ALICE}`, 'roles/artifactregistry.reader');
    const accepted = await deploy();
    expect(accepted.code).toBe(1);
    expect(accepted.stderr).toContain(
      `Google Cloud Run Service Agent ${agent} must have permission to read the image, ${foreign}.`,
    );
    expect(accepted.stderr).toContain(`Note that the image is from project [${OTHER}]`);
    await grant(plane, repository, `serviceAccount:${agent}`, 'roles/artifactregistry.reader');
    await must(deploy());
    await runs('shared', [await latest('shared')]);
    const events = await logged(rest, P, `protoPayload.resourceName="namespaces/${P}/workerpools/shared"`);
    const messages = events.map((entry) => String(at(entry, 'protoPayload', 'status', 'message')));
    expect(messages.some((message) => message.includes('Ready condition status changed to True'))).toBe(true);
    expect(listAt(await poolAt('shared'), 'conditions')).toHaveLength(2);
    await must(pools('delete shared'));
  });
});
