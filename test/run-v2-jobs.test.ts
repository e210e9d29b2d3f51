/** Jobs and worker pools by Google's library for Node.js, over gRPC through the proxy and over REST. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushDirect } from './support/deploys.js';
import { shellImage } from './support/images.js';
import { must, ROOT, TestPlane } from './support/plane.js';
import { newProject, newRepository } from './support/policies.js';
import { recordCall } from './support/record.js';
import { Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { OWNER, REGION } from './support/world.js';

const PROJECT = 'library-jobs';
const PARENT = `projects/${PROJECT}/locations/${REGION}`;
const IMAGE = `${REGION}-docker.pkg.dev/${PROJECT}/images/work:latest`;
/** Ends as it is told to, at once or after a while, and early at SIGTERM. */
const WORK = `trap 'exit 143' TERM; sleep "$\{WAIT:-0}" & wait; exit "$\{CODE:-0}"`;
/** CONDITION_SUCCEEDED: the library gives the enums in an operation's response as numbers. */
const SUCCEEDED = 4;

interface Step {
  readonly library: string;
  readonly call: string;
  readonly answer?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: string };
}

describe.runIf(canRun('crun'))('@google-cloud/run on jobs and worker pools', () => {
  let plane: TestPlane;
  let rest: Rest;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    await newProject(plane, PROJECT, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
    await newRepository(plane, PROJECT, 'images');
    await pushDirect(rest, OWNER, await shellImage(WORK), IMAGE);
  });
  afterAll(() => plane.dispose());

  async function steps(...args: readonly string[]): Promise<Record<string, unknown>> {
    const script = path.join(ROOT, 'test/support/client-jobs.mjs');
    const { stdout } = await must(plane.as(OWNER, process.execPath, [script, PROJECT, IMAGE, ...args]));
    const made = JSON.parse(stdout) as Step[];
    for (const { library, call, error } of made) if (!error) recordCall(library, [call]);
    return Object.fromEntries(
      made.map(({ call, answer, error }) => [call.replace(/ \(.*\)$/, ''), error ?? answer]),
    );
  }

  const lives = (suffix: string) => {
    const job = `${PARENT}/jobs/job-${suffix}`;
    const pool = `${PARENT}/workerPools/pool-${suffix}`;
    return {
      createJob: { name: job, state: SUCCEEDED },
      updateJob: { parallelism: 1, labels: { team: 'ops' } },
      runJob: { succeededCount: 2, of: expect.stringContaining(`job-${suffix}`) },
      'runJob that fails': { message: expect.stringContaining('failed with exit code: 3') },
      listExecutions: 2,
      listTasks: { exitCode: 3, retried: 0 },
      cancelExecution: { same: true, done: 2 },
      deleteExecution: 2,
      listJobs: [job],
      deleteJob: job,
      'getJob of none': {
        message: expect.stringContaining(`Resource 'job-${suffix}' of kind 'JOB' in region '${REGION}'`),
      },
      createWorkerPool: { name: pool, state: SUCCEEDED },
      updateWorkerPool: { instances: 0 },
      getWorkerPool: { splits: 1, etag: true },
      'listRevisions of a pool': 1,
      listWorkerPools: [pool],
      deleteWorkerPool: pool,
    };
  };

  it('sees both through their lives over gRPC', async () => {
    const made = await steps('by-grpc');
    expect(made).toMatchObject(lives('by-grpc'));
    expect(made['getJob of none']).toMatchObject({ code: 5 });
  });

  it('sees both through their lives over REST', async () => {
    expect(await steps('by-rest', String(plane.port), await rest.token(OWNER))).toMatchObject(
      lives('by-rest'),
    );
  });
});
