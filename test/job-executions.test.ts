/** Tasks in real containers: how they end, how many run, what stops them, and what a killed plane makes of them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logged, operationEnded, operationOf, pushDirect } from './support/deploys.js';
import { shellImage } from './support/images.js';
import { TestPlane } from './support/plane.js';
import { newProject, newRepository } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { held, SOON } from './support/traces.js';
import { OWNER, REGION } from './support/world.js';

const P = 'executions';
const RUN = `${REGION}-run.googleapis.com/apis/run.googleapis.com/v1/namespaces/${P}`;
const IMAGE = `${REGION}-docker.pkg.dev/${P}/images/shell`;

interface Wanted {
  readonly tasks?: number;
  readonly retries?: number;
  readonly timeout?: number;
}

describe.runIf(canRun('crun'))('the tasks of a job', () => {
  let plane: TestPlane;
  let rest: Rest;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    await newProject(plane, P, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
    await newRepository(plane, P, 'images');
    await pushDirect(rest, OWNER, await shellImage('eval "$SCRIPT"'), `${IMAGE}:latest`);
  });
  afterAll(() => plane.dispose());

  /** Makes a job that runs a script, and runs it. @returns the execution as it began */
  async function run(name: string, script: string, wanted: Wanted = {}): Promise<unknown> {
    const { tasks = 1, retries = 0, timeout = 600 } = wanted;
    const container = {
      image: `${IMAGE}:latest`,
      env: [{ name: 'SCRIPT', value: script }],
    };
    const task = { containers: [container], maxRetries: retries, timeoutSeconds: String(timeout) };
    const created = await rest.ok(OWNER, 'POST', `${RUN}/jobs`, {
      apiVersion: 'run.googleapis.com/v1',
      kind: 'Job',
      metadata: { name, namespace: P },
      spec: { template: { spec: { taskCount: tasks, template: { spec: task } } } },
    });
    await operationEnded(rest, P, operationOf(created));
    return rest.ok(OWNER, 'POST', `${RUN}/jobs/${name}:run`, {});
  }

  const nameOf = (object: unknown) => String(at(object, 'metadata', 'name'));
  const execution = (name: string) => rest.ok(OWNER, 'GET', `${RUN}/executions/${name}`);
  const tasksOf = async (name: string) =>
    listAt(
      await rest.ok(
        OWNER,
        'GET',
        `${RUN}/tasks?labelSelector=${encodeURIComponent(`run.googleapis.com/execution = ${name}`)}`,
      ),
      'items',
    );
  const completed = (object: unknown) =>
    listAt(object, 'status', 'conditions').find((condition) => at(condition, 'type') === 'Completed');

  /** Resolves with the execution once it has ended. */
  async function ended(begun: unknown): Promise<unknown> {
    await operationEnded(rest, P, operationOf(begun));
    return execution(nameOf(begun));
  }

  const running = (name: string, count: number) =>
    vi.waitFor(async () => expect(at(await execution(name), 'status', 'runningCount')).toBe(count), SOON);

  it('end with their exit codes, and are tried again with the number of the attempt', async () => {
    const begun = await run('exits', 'echo "attempt $CLOUD_RUN_TASK_ATTEMPT"; exit $CLOUD_RUN_TASK_INDEX', {
      tasks: 2,
      retries: 1,
    });
    const after = await ended(begun);
    expect(at(after, 'status')).toMatchObject({ succeededCount: 1, failedCount: 1, retriedCount: 1 });
    expect(completed(after)).toMatchObject({
      status: 'False',
      reason: 'NonZeroExitCode',
      message: `Task ${nameOf(begun)}-task1 failed with exit code: 1 and message: The container exited with an error.`,
    });
    const lines = await logged(
      rest,
      P,
      `resource.type="cloud_run_job" AND labels."run.googleapis.com/task_index"="1" AND textPayload:"attempt"`,
    );
    expect(lines.map((line) => at(line, 'textPayload')).sort()).toEqual(['attempt 0', 'attempt 1']);
    const [event] = await logged(rest, P, 'protoPayload.methodName="/Jobs.RunJob"');
    expect(at(event, 'protoPayload', 'status')).toEqual({
      code: 10,
      message: `Execution ${nameOf(begun)} has failed to complete, 1/2 tasks were a success.`,
    });
  });

  it('are ended by the timeout, and by too much memory', async () => {
    const late = await run('late', 'trap "exit 0" TERM; sleep 600 & wait', { timeout: 1 });
    const large = await run('large', 'x=0123456789abcdef; while true; do x="$x$x"; done');
    expect(at(completed(await ended(late)), 'message')).toBe(
      `Task ${nameOf(late)}-task0 failed with exit code: 0 and message: The configured timeout was reached.`,
    );
    expect(at(completed(await ended(large)), 'message')).toBe(
      `Task ${nameOf(large)}-task0 failed with exit code: 0 and message: The configured memory limit was reached.`,
    );
  });

  it('run many at a time, and all are counted', async () => {
    const begun = await run('many', 'exit 0', { tasks: 40 });
    expect(at(await ended(begun), 'status', 'succeededCount')).toBe(40);
    expect(held(plane)).toMatchObject({ monitors: [], contained: [] });
  });

  it('stop when the execution is cancelled, or the job deleted, and leave nothing behind', async () => {
    const script = 'trap "exit 0" TERM; sleep 600 & wait';
    const cancelled = await run('cancelled', script, { tasks: 2 });
    const deleted = await run('deleted', script, { tasks: 2 });
    await running(nameOf(cancelled), 2);
    await running(nameOf(deleted), 2);
    await rest.ok(OWNER, 'POST', `${RUN}/executions/${nameOf(cancelled)}:cancel`, {});
    await rest.ok(OWNER, 'DELETE', `${RUN}/jobs/deleted`);
    const after = await ended(cancelled);
    expect(completed(after)).toMatchObject({ reason: 'Cancelled', message: 'Cancelled by user.' });
    expect(at(after, 'status', 'cancelledCount')).toBe(2);
    await vi.waitFor(
      () => expect(held(plane)).toMatchObject({ monitors: [], contained: [], mounts: [] }),
      SOON,
    );
  });

  it('are made again after the plane was killed, without counting what was lost', async () => {
    const begun = await run('lost', 'sleep 2', { tasks: 2 });
    await running(nameOf(begun), 2);
    await plane.kill();
    await plane.restart();
    const after = await ended(begun);
    expect(at(after, 'status')).toMatchObject({ succeededCount: 2 });
    expect(at(after, 'status', 'retriedCount') ?? 0).toBe(0);
    expect((await tasksOf(nameOf(begun))).map((task) => at(task, 'status', 'retried') ?? 0)).toEqual([0, 0]);
    expect(held(plane)).toMatchObject({ monitors: [], contained: [] });
  });
});
