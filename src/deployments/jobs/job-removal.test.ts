import { afterEach, describe, expect, it } from 'vitest';
import { collections, keys, type TaskRecord } from '../model.js';
import { CALL, JOB, type JobsFixture, openJobs, readyJob, type Wanted } from './testing-jobs.js';

let fixture: JobsFixture;

async function open(wanted: Wanted = {}, options: Parameters<typeof openJobs>[1] = {}) {
  fixture = await openJobs(readyJob(wanted), options);
  return fixture;
}

afterEach(async () => {
  await fixture.close();
});

describe('removing a job', () => {
  it('takes its executions and their tasks with it, and stops what runs', async () => {
    const { jobs, store, run, ended, starter } = await open({ taskCount: 2 });
    const { execution, operation } = await run();
    const instances = await starter.started(2);
    const removal = await jobs.remove(JOB, CALL);
    expect(removal).toMatchObject({ kind: 'delete', result: {}, subject: { kind: 'job' } });
    await jobs.goneStopped();
    expect(instances.map(({ stopped }) => stopped)).toEqual([10_000, 10_000]);
    await expect(jobs.get(JOB)).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: `Resource 'my-job' of kind 'JOB' in region '${JOB.location}' in project '${JOB.project}' does not exist.`,
    });
    expect(await jobs.executions.list(JOB.project)).toEqual([]);
    expect(await store.list(collections.tasks.all)).toEqual([]);
    expect((await ended(operation)).subject).toMatchObject({
      execution: { name: execution.name, state: 'cancelled', cancelledCount: 2 },
    });
    expect((await jobs.listDeleted(JOB.project, undefined, CALL.time)).map(({ name }) => name)).toEqual([
      'my-job',
    ]);
    const deleted = await jobs.executions.listDeleted(JOB.project, JOB.location, CALL.time, 'my-job');
    expect(deleted).toMatchObject([{ name: execution.name, imported: {} }]);
  });

  it('leaves alone the executions of a job whose name begins alike', async () => {
    const { jobs, store, run, starter } = await open();
    const other = { ...readyJob(), name: 'my-job-twin', uid: 'twin' };
    await store.commit([{ op: 'put', key: collections.jobs.at(other), value: other }]);
    starter.behave = (instance) => instance.end(0);
    const { value } = await jobs.run(other, { dryRun: false }, CALL);
    await run();
    await jobs.remove(JOB, CALL);
    expect((await jobs.executions.list(JOB.project, JOB.location)).map((row) => row.value.name)).toEqual([
      value.name,
    ]);
    expect(await jobs.executions.list(JOB.project, JOB.location, 'my-job')).toEqual([]);
    expect(await jobs.tasks.list(JOB.project)).toHaveLength(1);
  });

  it('says that there is none, and writes nothing when it is only to be validated', async () => {
    const { jobs } = await open();
    await jobs.remove(JOB, CALL, { dryRun: true });
    expect((await jobs.get(JOB)).value.name).toBe('my-job');
    await expect(jobs.remove({ ...JOB, name: 'other' }, CALL)).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });
});

describe('removing an execution', () => {
  it('stops what runs, and tells the job', async () => {
    const { jobs, run, ended, starter } = await open();
    const { execution, operation } = await run();
    const [instance] = await starter.started(1);
    const removal = await jobs.executions.remove(execution, CALL);
    expect(removal.subject).toMatchObject({ execution: { state: 'cancelled', deletion: {} } });
    await jobs.goneStopped();
    expect(instance?.stopped).toBe(10_000);
    expect((await ended(operation)).result).toEqual({});
    expect((await jobs.get(JOB)).value.latestCreatedExecution).toMatchObject({
      name: execution.name,
      deleteTime: CALL.time.toISOString(),
    });
    await expect(jobs.executions.get(execution)).rejects.toMatchObject({
      message: `Resource '${execution.name}' of kind 'EXECUTION' in region '${JOB.location}' in project '${JOB.project}' does not exist.`,
    });
    await expect(jobs.tasks.get({ ...JOB, name: `${execution.name}-task0` })).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
  });

  it('is refused where the client has read an older one', async () => {
    const { jobs, run, ended, starter } = await open();
    starter.behave = (instance) => instance.end(0);
    const { execution, operation } = await run();
    await ended(operation);
    const stale = new Error('stale');
    const check = () => {
      throw stale;
    };
    await expect(jobs.executions.remove(execution, CALL, { check })).rejects.toBe(stale);
    expect((await jobs.executions.get(execution)).value.state).toBe('succeeded');
  });
});

describe('the executions of a job', () => {
  it('are kept up to a number, the newest, and those that run', async () => {
    const { jobs, store, run, ended, starter } = await open({}, { keptExecutions: 3 });
    const running = await run();
    await starter.started(1);
    starter.behave = (instance) => instance.end(0);
    const names: string[] = [];
    for (let count = 0; count < 4; count++) {
      const { execution, operation } = await run();
      names.push(execution.name);
      await ended(operation);
    }
    const kept = (await jobs.executions.list(JOB.project, JOB.location, 'my-job')).map(
      (row) => row.value.name,
    );
    expect(kept).toHaveLength(3);
    expect(kept).toContain(running.execution.name);
    expect(kept).toContain(names.at(-1));
    expect(await store.list<TaskRecord>(collections.tasks.all)).toHaveLength(3);
    expect((await jobs.get(JOB)).value.executionCount).toBe(5);
  });

  it('begin at the same time without losing one', async () => {
    const { jobs, run, ended, starter } = await open({ taskCount: 2 });
    starter.behave = (instance) => instance.end(0);
    const begun = await Promise.all(Array.from({ length: 20 }, () => run()));
    await Promise.all(begun.map(({ operation }) => ended(operation)));
    expect((await jobs.get(JOB)).value.executionCount).toBe(20);
    const states = (await jobs.executions.list(JOB.project)).map(({ value }) => value.state);
    expect(states).toEqual(Array.from({ length: 20 }, () => 'succeeded'));
  });

  it('go on when a client has deleted their operation', async () => {
    const { store, run, starter, jobs } = await open();
    const { execution, operation } = await run();
    const [instance] = await starter.started(1);
    await store.commit([{ op: 'delete', key: keys.operation(JOB.project, JOB.location, operation.id) }]);
    const pending = keys.pendingOfExecution(execution);
    const over = new Promise<void>((resolve) => {
      store.watch(pending, () => resolve());
    });
    instance?.end(0);
    await over;
    expect((await jobs.executions.get(execution)).value.state).toBe('succeeded');
  });
});
