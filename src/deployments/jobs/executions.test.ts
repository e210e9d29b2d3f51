import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InstanceFailure } from '../instance/index.js';
import {
  CALL,
  JOB,
  type JobsFixture,
  openJobs,
  readyJob,
  type TestInstance,
  type Wanted,
} from './testing-jobs.js';

let fixture: JobsFixture;

async function open(wanted: Wanted = {}, options: Parameters<typeof openJobs>[1] = {}) {
  fixture = await openJobs(readyJob(wanted), options);
  return fixture;
}

afterEach(async () => {
  await fixture.close();
});

const condition = (conditions: readonly { type: string }[], type: string) =>
  conditions.find((each) => each.type === type);

/** Each instance ends at once, with what its task's next attempt is to come to. */
const exits =
  (...codes: number[]) =>
  (instance: TestInstance) =>
    instance.end(codes[instance.taskIndex] ?? 0);

describe('an execution', () => {
  it('succeeds when all of its tasks have', async () => {
    const { run, ended, starter, tasks } = await open({ taskCount: 3 });
    starter.behave = exits(0, 0, 0);
    const { operation, execution } = await run();
    const { subject, result } = await ended(operation);
    expect(execution.name).toMatch(/^my-job-[a-z0-9]{5}$/);
    expect(result).toEqual({});
    expect(subject).toMatchObject({
      kind: 'execution',
      execution: { state: 'succeeded', succeededCount: 3, runningCount: 0, failedCount: 0, retriedCount: 0 },
    });
    const after = await tasks(execution.name);
    expect(after.map(({ name, state }) => [name, state])).toEqual(
      [0, 1, 2].map((index) => [`${execution.name}-task${index}`, 'succeeded']),
    );
    expect(after[0]?.lastAttempt).toEqual({ exitCode: 0, status: { code: 0, message: '' } });
  });

  it('tells its conditions in the words of Cloud Run', async () => {
    const { run, ended, starter, execution } = await open();
    starter.behave = exits(0);
    const { operation, execution: begun } = await run();
    expect(begun.conditions.map(({ type, status }) => [type, status])).toEqual([
      ['Completed', 'Unknown'],
      ['ResourcesAvailable', 'Unknown'],
      ['Started', 'Unknown'],
      ['ContainerReady', 'True'],
    ]);
    await ended(operation);
    const { conditions } = await execution(begun.name);
    expect(conditions.map(({ type, status, message }) => [type, status, message])).toEqual([
      ['Completed', 'True', 'Execution completed successfully in 0s.'],
      ['ResourcesAvailable', 'True', 'Provisioned imported containers.'],
      ['Started', 'True', 'Started deployed execution in 0s.'],
      ['ContainerReady', 'True', 'Imported container image.'],
    ]);
  });

  it('fails with the exit code of the task that failed first, once all have been tried', async () => {
    const { run, ended, starter, execution } = await open({ taskCount: 3, parallelism: 1 });
    starter.behave = exits(0, 7, 3);
    const { operation, execution: begun } = await run();
    const { result } = await ended(operation);
    const message = `Task ${begun.name}-task1 failed with exit code: 7 and message: The container exited with an error.`;
    expect(result).toEqual({ error: { code: 10, message } });
    const after = await execution(begun.name);
    expect(after).toMatchObject({ state: 'failed', succeededCount: 1, failedCount: 2 });
    expect(condition(after.conditions, 'Completed')).toMatchObject({
      status: 'False',
      reason: 'NonZeroExitCode',
      message,
    });
    expect(condition(after.conditions, 'Retry')).toMatchObject({
      reason: 'ImmediateRetry',
      severity: 'Info',
    });
  });

  it('tries a task again as often as the job says, and tells each attempt its number', async () => {
    const { run, ended, starter, tasks } = await open({ task: { maxRetries: 2 } });
    starter.behave = (instance) => instance.end(1);
    const { operation, execution } = await run();
    const { result, subject } = await ended(operation);
    expect(starter.instances.map(({ env }) => env.CLOUD_RUN_TASK_ATTEMPT)).toEqual(['0', '1', '2']);
    expect(result?.error?.code).toBe(10);
    expect(subject).toMatchObject({ execution: { retriedCount: 2, failedCount: 1 } });
    expect(await tasks(execution.name)).toMatchObject([{ retried: 2, state: 'failed' }]);
  });

  it('succeeds when a later attempt does', async () => {
    const { run, ended, starter } = await open({ task: { maxRetries: 3 } });
    starter.behave = (instance) => instance.end(starter.instances.length < 2 ? 1 : 0);
    const { operation } = await run();
    expect(await ended(operation)).toMatchObject({
      result: {},
      subject: { execution: { state: 'succeeded', retriedCount: 2 } },
    });
  });

  it('says what a container has no exit code for', async () => {
    const { run, ended, starter, tasks } = await open({ taskCount: 1 });
    starter.behave = (instance) => instance.end(137, true);
    const { operation, execution } = await run();
    const { result } = await ended(operation);
    expect(result?.error?.message).toBe(
      `Task ${execution.name}-task0 failed with exit code: 0 and message: The configured memory limit was reached.`,
    );
    expect((await tasks(execution.name))[0]?.lastAttempt).toMatchObject({ termSignal: 9 });
  });

  it('says why a container could not be started', async () => {
    const { run, ended, starter, execution } = await open();
    starter.behave = () => {
      throw new InstanceFailure('no such file or directory: /app', { cause: 'start' });
    };
    const { operation, execution: begun } = await run();
    const message = `Task ${begun.name}-task0 failed with exit code: 0 and message: no such file or directory: /app`;
    expect((await ended(operation)).result).toEqual({ error: { code: 9, message } });
    expect(condition((await execution(begun.name)).conditions, 'Started')).toMatchObject({
      status: 'False',
      message,
    });
  });

  it('ends a task that fails for reasons nobody foresaw, and reports them', async () => {
    const { run, ended, starter, errors } = await open();
    const cause = new Error('out of luck');
    starter.behave = () => {
      throw cause;
    };
    const { operation } = await run();
    expect((await ended(operation)).result?.error?.code).toBe(13);
    expect(errors).toEqual([cause]);
  });

  it('gives a container the environment of its task', async () => {
    const { run, ended, starter } = await open({ taskCount: 2, parallelism: 1 });
    starter.behave = exits(0, 0);
    const { operation, execution } = await run();
    await ended(operation);
    expect(starter.instances.map(({ env }) => env)).toEqual(
      ['0', '1'].map((index) => ({
        CLOUD_RUN_JOB: 'my-job',
        CLOUD_RUN_EXECUTION: execution.name,
        CLOUD_RUN_TASK_INDEX: index,
        CLOUD_RUN_TASK_ATTEMPT: '0',
        CLOUD_RUN_TASK_COUNT: '2',
      })),
    );
    expect(starter.instances[0]?.request.owner).toEqual({
      kind: 'job',
      project: JOB.project,
      location: JOB.location,
      job: 'my-job',
      execution: execution.name,
      taskIndex: 0,
      taskAttempt: 0,
    });
  });

  it('waits for a free place on this machine', async () => {
    const { run, ended, starter } = await open({ taskCount: 5 }, { slots: 2 });
    const { operation } = await run();
    for (let count = 1; count <= 5; count++) (await starter.started(count))[count - 1]?.end(0);
    await ended(operation);
    expect(starter.most).toBeLessThanOrEqual(2);
  });

  it('is told of by its job, which counts it', async () => {
    const { jobs, run, ended, starter } = await open();
    const { operation, execution } = await run();
    const { name, createTime } = execution;
    expect((await jobs.get(JOB)).value).toMatchObject({
      executionCount: 1,
      latestCreatedExecution: { name, createTime, state: 'running' },
    });
    (await starter.started(1))[0]?.end(0);
    await ended(operation);
    expect((await jobs.get(JOB)).value.latestCreatedExecution).toMatchObject({ name, state: 'succeeded' });
  });
});

describe('the timeout of a task', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends the attempt with SIGTERM and ten seconds, and counts as a failure', async () => {
    const { run, ended, starter, tasks } = await open({ task: { timeoutSeconds: 30, maxRetries: 1 } });
    const { operation, execution } = await run();
    const [first] = await starter.started(1);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(first?.stopped).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(first?.stopped).toBe(10_000);
    await starter.started(2);
    await vi.advanceTimersByTimeAsync(30_000);
    const message = 'The configured timeout was reached.';
    expect((await ended(operation)).result).toEqual({
      error: {
        code: 4,
        message: `Task ${execution.name}-task0 failed with exit code: 0 and message: ${message}`,
      },
    });
    expect((await tasks(execution.name))[0]?.lastAttempt).toEqual({ status: { code: 4, message } });
  });
});

describe('cancelling an execution', () => {
  it('stops what runs, starts nothing more, and then ends it', async () => {
    const { jobs, run, ended, starter, tasks } = await open({ taskCount: 4, parallelism: 2 });
    const { operation, execution } = await run();
    const [first, second] = await starter.started(2);
    first?.end(0);
    const third = (await starter.started(3))[2];
    const cancel = await jobs.executions.cancel(execution, CALL);
    expect(condition(cancel.value.conditions, 'Completed')).toMatchObject({
      status: 'Unknown',
      reason: 'Cancelling',
    });
    const end = await ended(cancel.operation);
    expect(end.subject).toMatchObject({
      execution: { state: 'cancelled', succeededCount: 1, cancelledCount: 3, runningCount: 0 },
    });
    expect((await ended(operation)).result).toEqual({});
    expect([second?.stopped, third?.stopped, starter.instances.length]).toEqual([10_000, 10_000, 3]);
    expect((await tasks(execution.name)).map(({ state }) => state)).toEqual([
      'succeeded',
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
  });

  it('is refused the second time, and once it has ended', async () => {
    const { jobs, run, ended, starter } = await open();
    const { operation, execution } = await run();
    const refusal = {
      status: 'FAILED_PRECONDITION',
      message: `Execution '${execution.name}' cannot be cancelled because it is not running.`,
    };
    await starter.started(1);
    await jobs.executions.cancel(execution, CALL);
    await expect(jobs.executions.cancel(execution, CALL)).rejects.toMatchObject(refusal);
    await ended(operation);
    await expect(jobs.executions.cancel(execution, CALL)).rejects.toMatchObject(refusal);
  });

  it('writes nothing when it is only to be validated', async () => {
    const { jobs, run, starter, execution } = await open();
    const { execution: begun } = await run();
    await starter.started(1);
    await jobs.executions.cancel(begun, CALL, { dryRun: true });
    expect((await execution(begun.name)).cancelRequestTime).toBeUndefined();
  });

  it('leaves its tasks as they ended when that was faster', async () => {
    const { jobs, run, ended, starter } = await open({ taskCount: 2 });
    const { operation, execution } = await run();
    const instances = await starter.started(2);
    for (const instance of instances) instance.end(instance.taskIndex);
    await Promise.allSettled([jobs.executions.cancel(execution, CALL), ended(operation)]);
    const { value } = await jobs.executions.get(execution);
    const { succeededCount, failedCount, cancelledCount, state } = value;
    expect(succeededCount + failedCount + cancelledCount).toBe(2);
    expect(state).toBe(cancelledCount > 0 ? 'cancelled' : 'failed');
  });
});
