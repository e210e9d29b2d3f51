/** For tests: the engine of jobs over a store in memory, whose instances do what the test says. */
import { setMaxListeners } from 'node:events';
import { openAccess } from '../../access/index.js';
import { openLog } from '../../audit/index.js';
import type { Call } from '../../google/index.js';
import { openIdentity } from '../../identity/index.js';
import { openSqlite, type Store, type Write } from '../../store/index.js';
import { setConditions } from '../conditions.js';
import type { InstanceEnd, InstanceRequest, RunningInstance } from '../instance/index.js';
import {
  collections,
  type ExecutionRecord,
  type JobRecord,
  type OperationRecord,
  type TaskRecord,
  type TaskTemplate,
} from '../model.js';
import { Operations } from '../operations.js';
import { defaultContainer } from '../template.js';
import { TestExecutor } from '../testing-executor.js';
import { Jobs, type JobsOptions } from './index.js';
import type { RunRequest } from './types.js';

export const NOW = new Date('2026-01-02T03:04:05.678Z');
export const JOB = { project: 'myproject-a', location: 'asia-northeast1', name: 'my-job' };
const IMAGE = 'asia-northeast1-docker.pkg.dev/myproject-a/images/job:latest';
export const IMPORTED = {
  'my-job-1': { digest: `${IMAGE}@sha256:0`, config: { config: {} }, layers: [] },
} as const;

const { signal } = new AbortController();
// Tests wait for many operations at once.
setMaxListeners(0, signal);

export const CALL: Call = {
  principal: { kind: 'user', email: 'owner@example.com' },
  time: NOW,
  host: 'run.googleapis.com',
  method: 'test',
  userAgent: 'test',
  callerIp: '127.0.0.1',
  signal,
  authorizations: [],
};

const plain = { labels: {}, annotations: {}, client: { name: '', version: '' } };

export interface Wanted {
  readonly taskCount?: number;
  readonly parallelism?: number;
  readonly task?: Partial<TaskTemplate>;
}

/** A job that is ready to be run. */
export function readyJob({ taskCount = 1, parallelism = 0, task = {} }: Wanted = {}): JobRecord {
  const time = NOW.toISOString();
  return {
    ...JOB,
    projectNumber: '891566352225',
    uid: 'job-uid',
    generation: 1,
    observedGeneration: 1,
    createTime: time,
    updateTime: time,
    creator: 'owner@example.com',
    lastModifier: 'owner@example.com',
    operationId: 'create',
    spec: {
      ...plain,
      launchStage: 'GA',
      template: {
        ...plain,
        taskCount,
        parallelism,
        task: {
          serviceAccount: 'runtime@myproject-a.iam.gserviceaccount.com',
          maxRetries: 0,
          timeoutSeconds: 600,
          containers: [defaultContainer('my-job-1', IMAGE)],
          volumes: [],
          ...task,
        },
      },
    },
    conditions: setConditions([], [{ type: 'Ready', status: 'True' }], NOW),
    imported: IMPORTED,
    executionCount: 0,
  };
}

/** An instance without a process: it ends when the test says so, or when it is stopped. */
export class TestInstance implements RunningInstance {
  readonly ready = true;
  readonly ended: Promise<InstanceEnd>;
  /** The grace period of a stop that was asked for. */
  stopped: number | undefined;
  #resolve: (end: InstanceEnd) => void = () => undefined;

  constructor(readonly request: InstanceRequest) {
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
  get id(): string {
    return this.request.id;
  }
  get env(): Readonly<Record<string, string>> {
    const [container] = this.request.template.containers;
    return container ? this.request.environment(container) : {};
  }
  get taskIndex(): number {
    return Number(this.env.CLOUD_RUN_TASK_INDEX);
  }
  onReady(): void {}
  connect(): Promise<never> {
    return Promise.reject(new Error('tasks take no connections'));
  }
  end(code: number, outOfMemory = false): void {
    const [container] = this.request.template.containers;
    this.#resolve({ container: container?.name ?? '', exit: { code, outOfMemory } });
  }
  async stop(graceMs: number): Promise<void> {
    this.stopped ??= graceMs;
    this.end(143);
  }
}

/** Starts instances, and keeps them. */
export class TestStarter {
  readonly instances: TestInstance[] = [];
  /** Instances that run now, and the most there were at a time. */
  running = 0;
  most = 0;
  /** Called with each instance; what it throws is the failure to start it. Left alone, instances run on. */
  behave: (instance: TestInstance) => void = () => undefined;
  #waiting: (() => void)[] = [];

  readonly start = async (request: InstanceRequest): Promise<TestInstance> => {
    const instance = new TestInstance(request);
    this.behave(instance);
    this.instances.push(instance);
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    void instance.ended.then(() => {
      this.running -= 1;
    });
    for (const wake of this.#waiting.splice(0)) wake();
    return instance;
  };

  /** Resolves with the instances once so many have been started, since the beginning. */
  async started(count: number): Promise<readonly TestInstance[]> {
    while (this.instances.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.instances;
  }
}

let accounts: Promise<JobsOptions['accounts']> | undefined;

/** Keys take a while to make, and nothing here is signed: once for all tests of a file. */
async function anyAccounts(): Promise<JobsOptions['accounts']> {
  return (await openIdentity({ store: openSqlite(':memory:'), clock: () => NOW })).accounts;
}

export interface JobsFixture {
  readonly jobs: Jobs;
  readonly store: Store;
  readonly starter: TestStarter;
  /** What went wrong in the background. */
  readonly errors: unknown[];
  /** What pulls come to. */
  pull: JobsOptions['puller']['pull'];
  run(request?: Partial<RunRequest>): Promise<{ execution: ExecutionRecord; operation: OperationRecord }>;
  /** Resolves with the operation once it has ended. */
  ended(operation: OperationRecord): Promise<OperationRecord>;
  execution(name: string): Promise<ExecutionRecord>;
  tasks(execution: string): Promise<TaskRecord[]>;
  close(): Promise<void>;
}

export interface FixtureOptions extends Partial<Pick<JobsOptions, 'slots' | 'keptExecutions' | 'clock'>> {
  readonly store?: Store;
  /** What is there before the engine starts. */
  readonly rows?: readonly Write[];
  readonly starter?: TestStarter;
}

/** Opens the engine; with a job that is ready, unless there are rows already. */
export async function openJobs(
  job: JobRecord | undefined,
  options: FixtureOptions = {},
): Promise<JobsFixture> {
  const { store = openSqlite(':memory:'), rows = [], starter = new TestStarter(), ...rest } = options;
  accounts ??= anyAccounts();
  const errors: unknown[] = [];
  const log = openLog(store);
  await store.commit([
    ...rows,
    ...(job ? [{ op: 'put', key: collections.jobs.at(job), value: job } as const] : []),
  ]);
  const fixture: Pick<JobsFixture, 'pull'> = {
    pull: async () => ({
      ok: true,
      image: { digest: 'sha256:1', manifestDigest: 'sha256:1', config: { config: {} }, layers: [] },
    }),
  };
  const jobs = new Jobs({
    store,
    log,
    access: openAccess({ store, accountExists: async () => true }),
    accounts: await accounts,
    puller: { pull: (...request) => fixture.pull(...request) },
    imageReadCheck: 'enforce',
    platform: 'linux/amd64',
    clock: () => NOW,
    views: { job: ({ name }) => ({ name }), execution: ({ name }) => ({ name }) },
    secrets: { access: async () => ({ ok: false, cause: 'missing' }) },
    executor: async () => new TestExecutor(),
    openBlob: () => () => {
      throw new Error('the image has no layers');
    },
    start: starter.start,
    onError: (error) => errors.push(error),
    ...rest,
  });
  await jobs.start();
  const operations = new Operations(store);
  return Object.assign(fixture, {
    jobs,
    store,
    starter,
    errors,
    run: async (request: Partial<RunRequest> = {}) => {
      const { value, operation } = await jobs.run(JOB, { dryRun: false, ...request }, CALL);
      return { execution: value, operation };
    },
    ended: (operation: OperationRecord) => operations.wait(operation, 2 ** 31 - 1, CALL.signal),
    execution: async (name: string) => (await jobs.executions.get({ ...JOB, name })).value,
    tasks: async (execution: string) =>
      (await jobs.tasks.list(JOB.project, JOB.location, execution)).map(({ value }) => value),
    close: async () => {
      await jobs.close();
      await log.flush();
      await store.close();
    },
  });
}
