import { afterEach, describe, expect, it } from 'vitest';
import { defaultContainer } from '../template.js';
import { overridden } from './overrides.js';
import { CALL, IMPORTED, JOB, type JobsFixture, openJobs, readyJob } from './testing-jobs.js';

let fixture: JobsFixture | undefined;

afterEach(async () => {
  await fixture?.close();
  fixture = undefined;
});

describe('running a job', () => {
  it('is refused while it is not ready, with the reason', async () => {
    const { imported: _, ...job } = readyJob();
    fixture = await openJobs({ ...job, error: { code: 5, message: "Image 'x' not found." } });
    await expect(fixture.run()).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: "Job 'my-job' is not ready and cannot be run. Image 'x' not found.",
    });
  });

  it('makes nothing when it is only to be validated', async () => {
    fixture = await openJobs(readyJob());
    const { execution } = await fixture.run({ dryRun: true });
    expect(execution.template.taskCount).toBe(1);
    expect(await fixture.jobs.executions.list(JOB.project)).toEqual([]);
    expect((await fixture.jobs.get(JOB)).value.executionCount).toBe(0);
  });

  it('says that there is no such job', async () => {
    fixture = await openJobs(readyJob());
    const run = fixture.jobs.run({ ...JOB, name: 'other' }, { dryRun: false }, CALL);
    await expect(run).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });

  it('pulls nothing: it starts from what was imported', async () => {
    fixture = await openJobs(readyJob());
    fixture.pull = () => Promise.reject(new Error('nobody pulls'));
    fixture.starter.behave = (instance) => instance.end(0);
    const { operation } = await fixture.run();
    expect((await fixture.ended(operation)).result).toEqual({});
    expect(fixture.starter.instances[0]?.request.imported).toEqual(IMPORTED);
  });

  it('runs with the overrides, and with the next ones without them', async () => {
    fixture = await openJobs(readyJob());
    fixture.starter.behave = (instance) => instance.end(0);
    const containerOverrides = [{ args: ['--all'], env: [{ name: 'A', value: '1' }] }];
    const first = await fixture.run({ overrides: { containerOverrides, taskCount: 2, timeoutSeconds: 5 } });
    await fixture.ended(first.operation);
    await fixture.ended((await fixture.run()).operation);
    const requests = fixture.starter.instances.map(({ request }) => request.template);
    expect(requests.map(({ containers }) => containers[0]?.args)).toEqual([['--all'], ['--all'], []]);
    expect(first.execution.template).toMatchObject({ taskCount: 2, task: { timeoutSeconds: 5 } });
  });
});

describe('overrides', () => {
  const template = (names: readonly string[]) =>
    readyJob({
      taskCount: 4,
      task: {
        containers: names.map((name) => ({
          ...defaultContainer(name, 'image'),
          args: ['a'],
          env: [
            { name: 'KEPT', value: '1' },
            { name: 'REPLACED', value: '2' },
          ],
        })),
      },
    }).spec.template;

  it('replace arguments, drop them, and win over the environment', () => {
    const { task } = overridden(template(['main', 'side']), {
      containerOverrides: [
        { name: 'main', args: ['b'], env: [{ name: 'REPLACED', value: '3' }] },
        { name: 'side', clearArgs: true },
      ],
    });
    expect(task.containers[0]).toMatchObject({
      args: ['b'],
      env: [
        { name: 'KEPT', value: '1' },
        { name: 'REPLACED', value: '3' },
      ],
    });
    expect(task.containers[1]?.args).toEqual([]);
  });

  it('mean the only container, whatever they call it', () => {
    const { task } = overridden(template(['main']), { containerOverrides: [{ args: ['b'] }] });
    expect(task.containers[0]?.args).toEqual(['b']);
  });

  it('are refused for a container that the job does not have', () => {
    const bad = () => overridden(template(['main', 'side']), { containerOverrides: [{ name: 'other' }] });
    expect(bad).toThrow("The job has no container 'other'.");
  });

  it('leave as many tasks at a time as there are where the job does not say', () => {
    expect(overridden(template(['main'])).parallelism).toBe(4);
    expect(overridden(template(['main']), { containerOverrides: [], taskCount: 9 }).parallelism).toBe(9);
    expect(overridden({ ...template(['main']), parallelism: 2 }).parallelism).toBe(2);
  });
});
