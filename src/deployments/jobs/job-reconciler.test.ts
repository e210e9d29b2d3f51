import { afterEach, describe, expect, it } from 'vitest';
import { setConditions } from '../conditions.js';
import { collections, type JobRecord, keys, type OperationRecord } from '../model.js';
import { JOB, type JobsFixture, NOW, openJobs, readyJob, type Wanted } from './testing-jobs.js';

let fixture: JobsFixture;

afterEach(async () => {
  await fixture.close();
});

/** A job that was just written, as its writer leaves it. */
function written(wanted: Wanted = {}): { job: JobRecord; operation: OperationRecord } {
  const { imported: _, ...ready } = readyJob(wanted);
  const job: JobRecord = {
    ...ready,
    observedGeneration: 0,
    conditions: setConditions([], [{ type: 'Ready', status: 'Unknown' }], NOW),
  };
  const operation: OperationRecord = {
    ...JOB,
    id: job.operationId,
    createTime: NOW.toISOString(),
    kind: 'create',
    owner: { kind: 'job', name: job.name },
    generation: 1,
    subject: { kind: 'job', job },
  };
  return { job, operation };
}

async function write(wanted: Wanted = {}, pull?: JobsFixture['pull']): Promise<OperationRecord> {
  fixture = await openJobs(undefined);
  if (pull) fixture.pull = pull;
  const { job, operation } = written(wanted);
  await fixture.store.commit([
    { op: 'put', key: collections.jobs.at(job), value: job },
    { op: 'put', key: keys.operation(JOB.project, JOB.location, operation.id), value: operation },
    { op: 'put', key: keys.pendingAt('job', job, 1), value: operation.id },
  ]);
  return fixture.ended(operation);
}

const forbidden: JobsFixture['pull'] = async () => ({
  ok: false,
  failure: { kind: 'forbidden', url: 'https://x/manifests/latest', body: '{}' },
});

describe('a job that was written', () => {
  it('is ready once its images are imported', async () => {
    const { result, subject } = await write();
    expect(result).toEqual({});
    expect(subject).toMatchObject({ kind: 'job', job: { observedGeneration: 1 } });
    const { value } = await fixture.jobs.get(JOB);
    expect(value.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
    expect(Object.keys(value.imported ?? {})).toEqual(['my-job-1']);
    fixture.starter.behave = (instance) => instance.end(0);
    expect((await fixture.ended((await fixture.run()).operation)).result).toEqual({});
  });

  it("fails with the service agent's message when that cannot pull", async () => {
    const { result } = await write({}, forbidden);
    expect(result?.error?.code).toBe(7);
    expect(result?.error?.message).toContain(
      'service-891566352225@serverless-robot-prod.iam.gserviceaccount.com must have permission to read the image',
    );
    const { value } = await fixture.jobs.get(JOB);
    expect(value.conditions).toMatchObject([
      { type: 'Ready', status: 'False', reason: 'ContainerPermissionDenied' },
      { type: 'ContainerReady', status: 'False' },
    ]);
    await expect(fixture.run()).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
  });

  it('fails when there is no such image, or no such secret', async () => {
    const missing = await write({}, async () => ({ ok: false, failure: { kind: 'missing' } }));
    expect(missing.result?.error?.code).toBe(5);
    await fixture.close();
    const container = readyJob().spec.template.task.containers[0];
    if (!container) throw new Error('the job has a container');
    const env = [{ name: 'KEY', secret: { name: 'key', version: 'latest' } }];
    const unread = await write({ task: { containers: [{ ...container, env }] } });
    expect(unread.result?.error?.code).toBe(9);
  });

  it('ends with the cause when the import fails for reasons nobody foresaw', async () => {
    const cause = new Error('the registry is gone');
    const { result } = await write({}, () => Promise.reject(cause));
    expect(result?.error).toMatchObject({ code: 13 });
    expect(result?.error?.message).toContain('the registry is gone');
    expect(fixture.errors).toEqual([cause]);
  });

  it('is written to the log as ready', async () => {
    await write();
    const rows = await fixture.store.list('');
    const entry = rows.find(({ value }) =>
      JSON.stringify(value).includes('Ready condition status changed to True for Job my-job.'),
    );
    expect(entry).toBeDefined();
  });
});
