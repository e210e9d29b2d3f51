// @google-cloud/run: the lives of a job and of a worker pool, over gRPC through the proxy, or over REST to the plane.
import {
  ExecutionsClient,
  JobsClient,
  RevisionsClient,
  TasksClient,
  WorkerPoolsClient,
} from '@google-cloud/run';
import { connection, ended } from './client-run-options.mjs';
import { report, step } from './client-steps.mjs';

const [project, image, suffix, port, token] = process.argv.slice(2);
const way = port === undefined ? 'gRPC' : 'REST';
const parent = `projects/${project}/locations/asia-northeast1`;
const options = connection(port, token);
const jobs = new JobsClient(options);
const executions = new ExecutionsClient(options);
const tasks = new TasksClient(options);
const pools = new WorkerPoolsClient(options);
const revisions = new RevisionsClient(options);
const call = (what, make) => step('@google-cloud/run', `${what} (${way})`, make);

const jobId = `job-${suffix}`;
const job = `${parent}/jobs/${jobId}`;
const task = { containers: [{ image }], maxRetries: 0 };

await call('createJob', async () => {
  const created = await ended(
    jobs.createJob({
      parent,
      jobId,
      job: { template: { taskCount: 2, template: task }, labels: { team: 'ops' } },
    }),
  );
  return { name: created.name, state: created.terminalCondition.state };
});
await call('updateJob', async () => {
  const [read] = await jobs.getJob({ name: job });
  read.template.parallelism = 1;
  const updated = await ended(jobs.updateJob({ job: read }));
  return { parallelism: updated.template.parallelism, labels: updated.labels };
});
await call('runJob', async () => {
  const { succeededCount, job: of } = await ended(jobs.runJob({ name: job }));
  return { succeededCount, of };
});
await call('runJob that fails', () =>
  ended(
    jobs.runJob({
      name: job,
      overrides: { taskCount: 1, containerOverrides: [{ env: [{ name: 'CODE', value: '3' }] }] },
    }),
  ),
);
await call('listExecutions', async () => (await executions.listExecutions({ parent: job }))[0].length);
await call('listTasks', async () => {
  const [[newest]] = await executions.listExecutions({ parent: job });
  const [[failed]] = await tasks.listTasks({ parent: newest.name });
  const [got] = await tasks.getTask({ name: failed.name });
  return { exitCode: got.lastAttemptResult.exitCode, retried: got.retried };
});
await call('cancelExecution', async () => {
  const [run] = await jobs.runJob({
    name: job,
    overrides: { containerOverrides: [{ env: [{ name: 'WAIT', value: '600' }] }] },
  });
  const { name } = run.metadata;
  const cancelled = await ended(executions.cancelExecution({ name }));
  await run.promise();
  return { same: cancelled.name === name, done: (await executions.getExecution({ name }))[0].cancelledCount };
});
await call('deleteExecution', async () => {
  const [[newest]] = await executions.listExecutions({ parent: job });
  await ended(executions.deleteExecution({ name: newest.name }));
  return (await executions.listExecutions({ parent: job }))[0].length;
});
await call('listJobs', async () => (await jobs.listJobs({ parent }))[0].map(({ name }) => name));
await call('deleteJob', async () => (await ended(jobs.deleteJob({ name: job }))).name);
await call('getJob of none', () => jobs.getJob({ name: job }));

const workerPoolId = `pool-${suffix}`;
const pool = `${parent}/workerPools/${workerPoolId}`;

await call('createWorkerPool', async () => {
  const workerPool = {
    template: { containers: [{ image, env: [{ name: 'WAIT', value: '600' }] }] },
    scaling: { manualInstanceCount: 2 },
  };
  const created = await ended(pools.createWorkerPool({ parent, workerPoolId, workerPool }));
  return { name: created.name, state: created.terminalCondition.state };
});
await call('updateWorkerPool', async () => {
  const workerPool = { name: pool, scaling: { manualInstanceCount: 0 } };
  const updateMask = { paths: ['scaling.manual_instance_count'] };
  const updated = await ended(pools.updateWorkerPool({ workerPool, updateMask }));
  return { instances: updated.scaling.manualInstanceCount };
});
await call('getWorkerPool', async () => {
  const [got] = await pools.getWorkerPool({ name: pool });
  return { splits: got.instanceSplitStatuses.length, etag: got.etag.startsWith('"') };
});
await call(
  'listRevisions of a pool',
  async () => (await revisions.listRevisions({ parent: pool }))[0].length,
);
await call('listWorkerPools', async () =>
  (await pools.listWorkerPools({ parent }))[0].map(({ name }) => name),
);
await call('deleteWorkerPool', async () => (await ended(pools.deleteWorkerPool({ name: pool }))).name);

report();
