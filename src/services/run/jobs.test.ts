/** Jobs in both versions: one object, two spellings; what their executions look like; what is refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../google/index.js';
import {
  IMAGE,
  LOCATION,
  NUMBER,
  OWNER,
  openRun,
  PROJECT,
  type RunFixture,
  STRANGER,
} from './test-fixture.js';

const V1 = `/apis/run.googleapis.com/v1/namespaces/${PROJECT}`;
const V2 = `/v2/${LOCATION}/jobs`;

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
});
afterEach(() => run.close());

const JOB: JsonObject = { template: { template: { containers: [{ image: IMAGE }] } } };

/** A v1 Job with these fields of its task's, execution's and job's spec. */
function objectWith(task: JsonObject, execution: JsonObject = {}, job: JsonObject = {}): JsonObject {
  const spec = { template: { spec: { containers: [{ image: IMAGE }], ...task } }, ...execution };
  return {
    apiVersion: 'run.googleapis.com/v1',
    kind: 'Job',
    metadata: { name: 'batch', namespace: PROJECT },
    spec: { template: { spec }, ...job },
  };
}

const refusal = (status: string, message: string | RegExp) =>
  expect.objectContaining({
    status,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
const create = () => run.done('POST', `${V2}?jobId=batch`, JOB);
/** Runs the job, and waits for the execution's end. */
const ended = async (body: JsonObject = {}) => {
  const { response } = await run.done('POST', `${V2}/batch:run`, body);
  if (!isJsonObject(response)) throw new Error('the run failed');
  return response;
};

describe('a job', () => {
  it('that v1 has written is in v2 what v1 said, and goes back as it came', async () => {
    await run.owner('POST', `${V1}/jobs`, objectWith({ maxRetries: 1 }, { taskCount: 5, parallelism: 2 }));
    const job = await run.owner('GET', `${V2}/batch`);
    expect(job).toMatchObject({
      name: `${LOCATION}/jobs/batch`,
      generation: '1',
      template: { taskCount: 5, parallelism: 2, template: { maxRetries: 1, timeout: '600s' } },
    });
    const { etag: _, ...sent } = job;
    const operation = await run.done('PATCH', `${V2}/batch`, sent);
    expect(operation).toMatchObject({
      done: true,
      response: { '@type': 'type.googleapis.com/google.cloud.run.v2.Job', template: job.template },
    });
    const shown = await run.owner('GET', `${V1}/jobs/batch`);
    const again = await run.owner('PUT', `${V1}/jobs/batch`, shown);
    expect(again).toMatchObject({ spec: shown.spec, metadata: { generation: 3 } });
  });

  it('is refused with a count, a retry or a timeout out of bounds, naming the field', async () => {
    const v1 = 'spec.template.spec';
    const cases: readonly (readonly [JsonObject, string])[] = [
      [objectWith({}, { taskCount: 10_001 }), `${v1}.taskCount: Invalid value 10001`],
      [objectWith({}, { taskCount: 2, parallelism: 3 }), `${v1}.parallelism: Invalid value 3`],
      [objectWith({ maxRetries: 11 }), `${v1}.template.spec.maxRetries: Invalid value 11`],
      [objectWith({ timeoutSeconds: '604801' }), `${v1}.template.spec.timeoutSeconds: Invalid value 604801`],
      [
        objectWith({}, {}, { runExecutionToken: 'x' }),
        'spec.runExecutionToken: This field is not supported.',
      ],
      [objectWith({}, { colour: 'red' }), `${v1}.colour: Invalid JSON payload received.`],
      [
        objectWith({ containers: [{ image: IMAGE, env: [{ name: 'CLOUD_RUN_JOB', value: 'x' }] }] }),
        /reserved env names were provided: CLOUD_RUN_JOB/.source,
      ],
    ];
    for (const [body, message] of cases) {
      await expect(run.owner('POST', `${V1}/jobs`, body)).rejects.toEqual(
        refusal('INVALID_ARGUMENT', new RegExp(message.replace(/[.[\]()]/g, '\\$&'))),
      );
    }
    await expect(
      run.owner('POST', `${V2}?jobId=batch`, {
        template: { template: { containers: [{ image: IMAGE }], timeout: '604801s' } },
      }),
    ).rejects.toEqual(
      refusal(
        'INVALID_ARGUMENT',
        'Violation in CreateJobRequest.job.template.template.timeout: maximum allowed time is 168 hours.',
      ),
    );
    expect(await run.owner('GET', V2)).toEqual({});
  });

  it('is only written with the version that was read', async () => {
    await create();
    const { metadata, ...job } = await run.owner('GET', `${V1}/jobs/batch`);
    await run.owner('PUT', `${V1}/jobs/batch`, { ...job, metadata: metadata ?? {} });
    await expect(run.owner('PUT', `${V1}/jobs/batch`, { ...job, metadata: metadata ?? {} })).rejects.toEqual(
      refusal('ABORTED', /^Conflict for resource 'batch'/),
    );
  });

  it('that is not there is told of in the words of its kind', async () => {
    const message = `Resource 'none' of kind 'JOB' in region 'asia-northeast1' in project '${PROJECT}' does not exist.`;
    for (const url of [`${V1}/jobs/none`, `${V2}/none`, `${V2}/none/executions`])
      await expect(run.owner('GET', url)).rejects.toEqual(refusal('NOT_FOUND', message));
    await expect(run.owner('POST', `${V1}/jobs/none:run`, {})).rejects.toEqual(refusal('NOT_FOUND', message));
  });
});

describe('an execution', () => {
  beforeEach(async () => {
    await create();
  });

  it('that succeeds is the same in both versions, with its tasks', async () => {
    run.exit = 0;
    const execution = await ended({ overrides: { taskCount: 2 } });
    expect(execution).toMatchObject({ taskCount: 2, succeededCount: 2 });
    const name = String(execution.name).split('/').at(-1) ?? '';
    const shown = await run.owner('GET', `${V1}/executions/${name}`);
    expect(shown).toMatchObject({
      kind: 'Execution',
      metadata: { namespace: NUMBER, labels: { 'run.googleapis.com/job': 'batch' } },
      spec: { taskCount: 2 },
      status: { succeededCount: 2 },
    });
    const selector = encodeURIComponent(`run.googleapis.com/execution = ${name}`);
    const { items } = await run.owner('GET', `${V1}/tasks?limit=100&labelSelector=${selector}`);
    expect(items).toEqual(
      [0, 1].map((index) =>
        expect.objectContaining({
          metadata: expect.objectContaining({ name: `${name}-task${index}` }),
          status: expect.objectContaining({ index, lastAttemptResult: { exitCode: 0, status: {} } }),
        }),
      ),
    );
    const { tasks } = await run.owner('GET', `/v2/${String(execution.name)}/tasks?pageSize=1`);
    expect(tasks).toEqual([expect.objectContaining({ execution: name, job: 'batch' })]);
    expect(await run.owner('GET', `${V1}/jobs/batch`)).toMatchObject({
      status: {
        executionCount: 1,
        latestCreatedExecution: { name, completionStatus: 'EXECUTION_SUCCEEDED' },
      },
    });
  });

  it('that fails says why: in v2 by a reason of executions', async () => {
    run.exit = 3;
    const { error } = await run.done('POST', `${V2}/batch:run`, {});
    expect(error).toMatchObject({ message: expect.stringContaining('exit code: 3') });
    const { executions } = await run.owner('GET', `${V2}/batch/executions`);
    expect(executions).toEqual([
      expect.objectContaining({
        failedCount: 1,
        conditions: expect.arrayContaining([
          expect.objectContaining({
            type: 'Completed',
            state: 'CONDITION_FAILED',
            executionReason: 'NON_ZERO_EXIT_CODE',
          }),
        ]),
      }),
    ]);
  });

  it('is cancelled once, and removed with its tasks', async () => {
    const begun = await run.owner('POST', `${V1}/jobs/batch:run`, {});
    const name = isJsonObject(begun.metadata) ? String(begun.metadata.name) : '';
    await run.done('POST', `${V2}/batch/executions/${name}:cancel`, {});
    await expect(run.owner('POST', `${V1}/executions/${name}:cancel`, {})).rejects.toEqual(
      refusal('FAILED_PRECONDITION', `Execution '${name}' cannot be cancelled because it is not running.`),
    );
    await run.owner('DELETE', `${V1}/executions/${name}`);
    await expect(run.owner('GET', `${V2}/batch/executions/${name}`)).rejects.toEqual(
      refusal('NOT_FOUND', /kind 'EXECUTION'/),
    );
    expect(await run.owner('GET', `${V1}/tasks`)).toMatchObject({ items: [] });
  });

  it('with overrides asks for a permission of its own, in both versions', async () => {
    const asked = async (url: string, body: JsonObject) =>
      (await run.call(OWNER, 'POST', url, body)).authorizations.map(({ permission }) => permission);
    expect(await asked(`${V2}/batch:run`, {})).toEqual(['run.jobs.run']);
    expect(await asked(`${V1}/jobs/batch:run`, {})).toEqual(['run.jobs.run']);
    const overrides = { containerOverrides: [{ args: ['x'] }] };
    const both = ['run.jobs.run', 'run.jobs.runWithOverrides'];
    expect(await asked(`${V2}/batch:run`, { overrides })).toEqual(both);
    expect(await asked(`${V1}/jobs/batch:run`, { overrides })).toEqual(both);
  });

  it('is refused overrides that contradict each other, or that nothing is known of', async () => {
    const refused = (overrides: JsonObject) =>
      expect(run.owner('POST', `${V1}/jobs/batch:run`, { overrides })).rejects;
    await refused({ containerOverrides: [{ args: ['x'], clearArgs: true }] }).toEqual(
      refusal('INVALID_ARGUMENT', /Must be empty if clear_args is set to true\.$/),
    );
    await refused({ colour: 'red' }).toEqual(refusal('INVALID_ARGUMENT', /^overrides\.colour: /));
  });

  it('asks a stranger for permissions on the job', async () => {
    run.exit = 0;
    const { name } = await ended();
    const short = String(name).split('/').at(-1) ?? '';
    await expect(run.call(STRANGER, 'GET', `/v2/${String(name)}`)).rejects.toEqual(
      refusal(
        'PERMISSION_DENIED',
        `Permission 'run.executions.get' denied on resource '${String(name)}' (or resource may not exist).`,
      ),
    );
    await expect(run.call(STRANGER, 'GET', `${V1}/executions/${short}`)).rejects.toEqual(
      refusal(
        'PERMISSION_DENIED',
        `Permission 'run.executions.get' denied on resource 'namespaces/${PROJECT}/executions/${short}' (or resource may not exist).`,
      ),
    );
  });
});

describe("a job's audit entries", () => {
  it('are about the job, whichever version was called', async () => {
    const created = await run.call(OWNER, 'POST', `${V1}/jobs`, objectWith({}));
    await run.done('PATCH', `${V2}/batch`, JOB);
    const ran = await run.call(OWNER, 'POST', `${V2}/batch:run`, { validateOnly: true });
    const monitored = {
      type: 'cloud_run_job',
      labels: { project_id: PROJECT, location: 'asia-northeast1', job_name: 'batch' },
    };
    expect(await created.audit).toMatchObject({
      methodName: 'google.cloud.run.v1.Jobs.CreateJob',
      resourceName: `namespaces/${PROJECT}/jobs/batch`,
      resource: monitored,
      request: { '@type': 'type.googleapis.com/google.cloud.run.v1.CreateJobRequest' },
    });
    expect(await ran.audit).toMatchObject({
      methodName: 'google.cloud.run.v2.Jobs.RunJob',
      resourceName: `${LOCATION}/jobs/batch`,
      resource: monitored,
    });
  });
});
