/** Jobs and worker pools that are not created: the message names the field, and nothing is stored. */
import { describe, expect, it } from 'vitest';
import { badField, refusal } from './support/refusals.js';
import { IMAGE, P, useUntouchedPlane } from './support/untouched.js';
import { REGION } from './support/world.js';

const V1 = `${REGION}-run.googleapis.com/apis/run.googleapis.com/v1/namespaces/${P}`;
const V2 = `run.googleapis.com/v2/projects/${P}/locations/${REGION}`;
const untouched = useUntouchedPlane();

type Fields = Readonly<Record<string, unknown>>;

/** A job, as v1 spells it. */
function object(container: Fields, task: Fields = {}, execution: Fields = {}, annotations: Fields = {}) {
  const spec = { containers: [{ image: IMAGE, ...container }], ...task };
  return {
    apiVersion: 'run.googleapis.com/v1',
    kind: 'Job',
    metadata: { name: 'new', namespace: P },
    spec: { template: { metadata: { annotations }, spec: { ...execution, template: { spec } } } },
  };
}

const message = (container: Fields, task: Fields = {}, execution: Fields = {}) => ({
  template: { ...execution, template: { containers: [{ image: IMAGE, ...container }], ...task } },
});

const GENERATION = 'run.googleapis.com/execution-environment';
const reserved = (name: string) =>
  `The following reserved env names were provided: ${name}. These values are automatically set by the system.`;

describe('a job', () => {
  it.each<[string, object, object, string, string]>([
    [
      'a variable that the task is told by',
      object({ env: [{ name: 'CLOUD_RUN_TASK_INDEX', value: '7' }] }),
      message({ env: [{ name: 'CLOUD_RUN_TASK_INDEX', value: '7' }] }),
      'containers[0].env',
      reserved('CLOUD_RUN_TASK_INDEX'),
    ],
    [
      'a port',
      object({ ports: [{ containerPort: 8080 }] }),
      message({ ports: [{ containerPort: 8080 }] }),
      'containers[0].ports',
      'Ports are only supported in the containers of services.',
    ],
    [
      'eleven retries',
      object({}, { maxRetries: 11 }),
      message({}, { maxRetries: 11 }),
      'max_retries',
      'Invalid value 11: must be between 0 and 10.',
    ],
  ])('is not created with %s, in either version', async (_, v1, v2, field, description) => {
    const inJson = field.replace(/_(.)/g, (__, letter: string) => letter.toUpperCase());
    expect(await untouched.tried('POST', `${V1}/jobs`, v1)).toEqual(
      badField(`spec.template.spec.template.spec.${inJson}`, description),
    );
    expect(await untouched.tried('POST', `${V2}/jobs?jobId=new`, v2)).toEqual(
      badField(`Violation in CreateJobRequest.job.template.template.${field}`, description),
    );
  });

  it.each(['Upper', 'under_score', 'dash-', 'a'.repeat(50)])('is not called %j', async (name) => {
    const rule = 'only lowercase, digits, and hyphens; must begin with letter, and';
    const limit = 'end with hyphen; must be less than 50 characters.';
    const named = { ...object({}), metadata: { name, namespace: P } };
    expect(await untouched.tried('POST', `${V1}/jobs`, named)).toEqual(
      badField('job.metadata.name', `${rule} may not ${limit}`),
    );
    expect(await untouched.tried('POST', `${V2}/jobs?jobId=${name}`, message({}))).toEqual(
      badField('Violation in CreateJobRequest.job_id', `${rule} cannot ${limit}`),
    );
  });

  it('does not run in the first generation', async () => {
    const description = `Annotation '${GENERATION}' with value 'gen1' is not supported on resources of kind Execution.`;
    expect(await untouched.tried('POST', `${V1}/jobs`, object({}, {}, {}, { [GENERATION]: 'gen1' }))).toEqual(
      badField('spec.template.metadata.annotations', description),
    );
    const first = message({}, { executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN1' });
    expect(await untouched.tried('POST', `${V2}/jobs?jobId=new`, first)).toEqual(
      badField('template.annotations', description),
    );
  });

  it('does not have more tasks at a time than tasks', async () => {
    const counts = { taskCount: 2, parallelism: 3 };
    expect(await untouched.tried('POST', `${V1}/jobs`, object({}, {}, counts))).toEqual(
      badField(
        'spec.template.spec.parallelism',
        'Invalid value 3: must be less than or equal to the number of tasks, 2.',
      ),
    );
  });

  it('that is not there is not run, and its executions are not cancelled', async () => {
    const none = (kind: string, name: string) =>
      refusal(
        'NOT_FOUND',
        `Resource '${name}' of kind '${kind}' in region '${REGION}' in project '${P}' does not exist.`,
      );
    expect(await untouched.tried('POST', `${V1}/jobs/none:run`, {})).toEqual(none('JOB', 'none'));
    expect(await untouched.tried('POST', `${V2}/jobs/none:run`, {})).toEqual(none('JOB', 'none'));
    expect(await untouched.tried('POST', `${V1}/executions/none-x:cancel`, {})).toEqual(
      none('EXECUTION', 'none-x'),
    );
    expect(await untouched.tried('POST', `${V2}/jobs/none/executions/none-x:cancel`, {})).toEqual(
      none('EXECUTION', 'none-x'),
    );
    expect(await untouched.tried('DELETE', `${V2}/jobs/none`)).toEqual(none('JOB', 'none'));
  });
});

describe('a worker pool', () => {
  const AT = 'Violation in CreateWorkerPoolRequest.worker_pool';
  const pool = (container: Fields, rest: Fields = {}) => ({
    template: { containers: [{ image: IMAGE, ...container }] },
    ...rest,
  });
  const split = (revision: string, percent: number) => ({
    type: 'INSTANCE_SPLIT_ALLOCATION_TYPE_REVISION',
    revision,
    percent,
  });

  it.each<[string, object, string, string]>([
    [
      'a variable that it is told by',
      pool({ env: [{ name: 'CLOUD_RUN_WORKER_POOL', value: 'x' }] }),
      `${AT}.template.containers[0].env`,
      reserved('CLOUD_RUN_WORKER_POOL'),
    ],
    [
      'a port',
      pool({ ports: [{ containerPort: 8080 }] }),
      `${AT}.template.containers[0].ports`,
      'Ports are only supported in the containers of services.',
    ],
    [
      'fewer instances than none',
      pool({}, { scaling: { manualInstanceCount: -1 } }),
      `${AT}.scaling.manual_instance_count`,
      'Invalid value -1: must be between 0 and 1000.',
    ],
    [
      'half of its instances',
      pool({}, { instanceSplits: [split('new-a', 50)] }),
      `${AT}.instance_splits`,
      'Instance splits must add up to 100 percent, but add up to 50.',
    ],
    [
      'instances of a revision of nobody',
      pool({}, { instanceSplits: [split('new-a', 100)] }),
      'instance_splits[0].revision',
      "Revision 'new-a' is not found in worker pool 'new'.",
    ],
  ])('is not created with %s', async (_, body, field, description) => {
    expect(await untouched.tried('POST', `${V2}/workerPools?workerPoolId=new`, body)).toEqual(
      badField(field, description),
    );
  });
});
