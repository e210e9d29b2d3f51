import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openSqlite, StorageFull, type Store, type Write } from '../../store/index.js';
import type { ExecutionRecord, OperationRecord, TaskRecord } from '../model.js';
import { CALL, JOB, type JobsFixture, openJobs, readyJob, TestStarter } from './testing-jobs.js';

/** A store that remembers what was committed, so that a test can put a plane back to any moment. */
function journal(): { store: Store; commits: (readonly Write[])[] } {
  const inner = openSqlite(':memory:');
  const commits: (readonly Write[])[] = [];
  const store: Store = {
    get: (key) => inner.get(key),
    list: (prefix, options) => inner.list(prefix, options),
    watch: (prefix, onChange) => inner.watch(prefix, onChange),
    close: () => inner.close(),
    commit: async (writes) => {
      const version = await inner.commit(writes);
      commits.push(writes);
      return version;
    },
  };
  return { store, commits };
}

/** The rows of a plane that was killed after so many commits. */
function rowsAfter(commits: readonly (readonly Write[])[], count: number): Write[] {
  const rows = new Map<string, Write>();
  for (const write of commits.slice(0, count).flat()) {
    if (write.op === 'put') rows.set(write.key, { op: 'put', key: write.key, value: write.value });
    if (write.op === 'delete') rows.delete(write.key);
  }
  return [...rows.values()];
}

async function operationsOf(store: Store): Promise<OperationRecord[]> {
  return (await store.list<OperationRecord>('run/operations/')).map(({ value }) => value);
}

/** Counts and tasks tell the same, and nothing is left to be done. */
async function expectSound(store: Store): Promise<void> {
  for (const { value } of await store.list<ExecutionRecord>('run/executions/')) {
    const tasks = await store.list<TaskRecord>(`run/tasks/${JOB.project}/${JOB.location}/${value.name}-task`);
    const count = (state: TaskRecord['state']) => tasks.filter((task) => task.value.state === state).length;
    expect(value.state).not.toBe('running');
    expect({
      running: value.runningCount,
      succeeded: value.succeededCount,
      failed: value.failedCount,
      cancelled: value.cancelledCount,
      retried: value.retriedCount,
    }).toEqual({
      running: 0,
      succeeded: count('succeeded'),
      failed: count('failed'),
      cancelled: count('cancelled'),
      retried: tasks.reduce((sum, task) => sum + task.value.retried, 0),
    });
    expect(count('waiting') + count('running')).toBe(0);
  }
  expect(await store.list('run/pending-')).toEqual([]);
}

/** What happens to the executions of the test, from first to last. */
type Story = (fixture: JobsFixture) => Promise<void>;

const stories: Readonly<Record<string, Story>> = {
  'of which a task fails twice': async ({ run, ended, starter }) => {
    starter.behave = (instance) => instance.end(instance.taskIndex === 1 ? 1 : 0);
    await ended((await run()).operation);
  },
  'that is cancelled': async ({ jobs, run, ended, starter }) => {
    const { execution, operation } = await run();
    (await starter.started(2))[0]?.end(0);
    await starter.started(3);
    await jobs.executions.cancel(execution, CALL);
    await ended(operation);
  },
  'that is removed while it runs': async ({ jobs, run, starter }) => {
    const { execution } = await run();
    (await starter.started(2))[0]?.end(0);
    await starter.started(3);
    await jobs.executions.remove(execution, CALL);
    await jobs.goneStopped();
  },
  'whose job is removed while it runs': async ({ jobs, run, starter }) => {
    await run();
    await starter.started(2);
    await jobs.remove(JOB, CALL);
    await jobs.goneStopped();
  },
};

describe.each(Object.keys(stories))('a plane that is killed under an execution %s', (name) => {
  it('ends it after the restart, wherever it was killed', async () => {
    const { store, commits } = journal();
    const job = readyJob({ taskCount: 3, parallelism: 2, task: { maxRetries: 1 } });
    const first = await openJobs(job, { store });
    await stories[name]?.(first);
    await expectSound(store);
    await first.close();
    for (let count = 1; count <= commits.length; count++) {
      const starter = new TestStarter();
      starter.behave = (instance) => instance.end(0);
      const again = await openJobs(undefined, { rows: rowsAfter(commits, count), starter });
      for (const operation of await operationsOf(again.store)) {
        const { result } = await again.ended(operation);
        expect(result).toBeDefined();
      }
      await again.jobs.goneStopped();
      await expectSound(again.store);
      await again.close();
    }
  });
});

describe('a plane that is stopped', () => {
  it('stops the tasks, and makes their attempts again without counting the lost ones', async () => {
    const { store, commits } = journal();
    const first = await openJobs(readyJob({ taskCount: 2 }), { store });
    const { operation } = await first.run();
    const lost = await first.starter.started(2);
    await first.close();
    expect(lost.map(({ stopped }) => stopped)).toEqual([10_000, 10_000]);
    const starter = new TestStarter();
    starter.behave = (instance) => instance.end(0);
    const again = await openJobs(undefined, { rows: rowsAfter(commits, commits.length), starter });
    const { subject } = await again.ended(operation);
    expect(subject).toMatchObject({ execution: { state: 'succeeded', retriedCount: 0, succeededCount: 2 } });
    expect(starter.instances.map(({ env }) => env.CLOUD_RUN_TASK_ATTEMPT)).toEqual(['0', '0']);
    await again.close();
  });
});

describe('an execution whose progress cannot be recorded', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('goes on once there is space again, without running anything twice', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { store } = journal();
    let full = false;
    const disk: Store = {
      get: (key) => store.get(key),
      list: (prefix, options) => store.list(prefix, options),
      watch: (prefix, onChange) => store.watch(prefix, onChange),
      close: () => store.close(),
      commit: (writes) => (full ? Promise.reject(new StorageFull('no space left')) : store.commit(writes)),
    };
    const fixture = await openJobs(readyJob({ taskCount: 2 }), { store: disk });
    const { operation } = await fixture.run();
    const instances = await fixture.starter.started(2);
    full = true;
    for (const instance of instances) instance.end(0);
    await vi.waitFor(() => expect(fixture.errors).not.toEqual([]));
    full = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await fixture.ended(operation)).toMatchObject({
      result: {},
      subject: { execution: { state: 'succeeded', succeededCount: 2 } },
    });
    expect(fixture.starter.instances).toHaveLength(2);
    await fixture.close();
  });
});

describe('any execution', () => {
  const outcome = fc.constantFrom('succeed', 'succeed', 'fail', 'out-of-memory', 'not-started');
  const scenario = fc.record({
    parallelism: fc.integer({ min: 0, max: 5 }),
    maxRetries: fc.integer({ min: 0, max: 3 }),
    slots: fc.integer({ min: 1, max: 6 }),
    /** By task, what its attempts come to; those that are not listed succeed. */
    outcomes: fc.array(fc.array(outcome, { maxLength: 5 }), { minLength: 1, maxLength: 9 }),
  });

  it('counts what its tasks came to, never runs more than it may, and succeeds when all of them did', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ parallelism, maxRetries, slots, outcomes }) => {
        const job = readyJob({ taskCount: outcomes.length, parallelism, task: { maxRetries } });
        const fixture = await openJobs(job, { slots });
        fixture.starter.behave = (instance) => {
          const attempt = Number(instance.env.CLOUD_RUN_TASK_ATTEMPT);
          const next = outcomes[instance.taskIndex]?.[attempt] ?? 'succeed';
          if (next === 'not-started') throw new Error('no luck');
          setImmediate(() => instance.end(next === 'succeed' ? 0 : 1, next === 'out-of-memory'));
        };
        const { operation, execution } = await fixture.run();
        const { result } = await fixture.ended(operation);
        await expectSound(fixture.store);
        const tasks = await fixture.tasks(execution.name);
        for (const [index, task] of tasks.entries()) {
          const wins = (outcomes[index] ?? []).indexOf('succeed');
          const failures = wins < 0 ? (outcomes[index] ?? []).length : wins;
          expect([task.state, task.retried]).toEqual(
            failures > maxRetries ? ['failed', maxRetries] : ['succeeded', failures],
          );
        }
        const allDid = tasks.every(({ state }) => state === 'succeeded');
        expect((await fixture.execution(execution.name)).state).toBe(allDid ? 'succeeded' : 'failed');
        expect(result?.error === undefined).toBe(allDid);
        expect(fixture.starter.most).toBeLessThanOrEqual(
          Math.min(parallelism || Number.POSITIVE_INFINITY, slots),
        );
        await fixture.close();
      }),
      { numRuns: 40 },
    );
  });
});
