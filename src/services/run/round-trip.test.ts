/** What either version shows of a service, job or worker pool, it takes back as the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobRecord, JobSpec, ServiceSpec, WorkerPoolSpec } from '../../deployments/index.js';
import { JobSchema } from '../../google/gen/google/cloud/run/v2/job_pb.js';
import { ServiceSchema } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { WorkerPoolSchema } from '../../google/gen/google/cloud/run/v2/worker_pool_pb.js';
import { isJsonObject, type JsonObject, type JsonValue, messageToJson } from '../../google/index.js';
import { jobView } from '../run-v1/job-view.js';
import { parseJob as parseJobV1 } from '../run-v1/parse-job.js';
import { parseService as parseV1 } from '../run-v1/parse-service.js';
import { serviceView } from '../run-v1/view.js';
import { jobInput } from '../run-v2/job-view.js';
import { parseJob as parseJobV2 } from '../run-v2/parse-job.js';
import { parseService as parseV2 } from '../run-v2/parse-service.js';
import { parseWorkerPool } from '../run-v2/parse-worker-pool.js';
import { serviceInput } from '../run-v2/view.js';
import { workerPoolInput } from '../run-v2/worker-pool-view.js';
import { anyJob, anyPool } from './testing-job-specs.js';
import { alikeInCpu, anySpec, recordOf, storedWith } from './testing-specs.js';

const throughText = (value: JsonValue): JsonValue => JSON.parse(JSON.stringify(value));

function objectIn(value: JsonValue): JsonObject {
  const json = throughText(value);
  if (!isJsonObject(json)) throw new Error('a resource is an object');
  return json;
}

const byV1 = (spec: ServiceSpec): ServiceSpec =>
  parseV1(throughText(serviceView({ value: recordOf(spec), version: 7 })), '42').spec;

function byV2(spec: ServiceSpec): ServiceSpec {
  return parseV2(objectIn(messageToJson(ServiceSchema, serviceInput(recordOf(spec)))), {
    name: 'web',
    projectNumber: '42',
    request: 'UpdateServiceRequest',
    template: spec.template,
  });
}

describe('a service that is read and written back', () => {
  it('is the same by v2', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        expect(byV2(spec)).toEqual(spec);
      }),
    );
  });

  it('is the same by v1, which says how CPU is allocated of all containers together', () => {
    fc.assert(
      fc.property(anySpec.map(alikeInCpu), (spec) => {
        expect(byV1(spec)).toEqual(spec);
      }),
    );
  });

  it('is the same by one version after the other', () => {
    fc.assert(
      fc.property(anySpec.map(alikeInCpu), (spec) => {
        expect(byV2(byV1(spec))).toEqual(spec);
      }),
    );
  });
});

const jobOf = (spec: JobSpec): JobRecord => ({ ...storedWith(spec), executionCount: 0 });

const jobByV1 = (spec: JobSpec): JobSpec =>
  parseJobV1(throughText(jobView({ value: jobOf(spec), version: 7 })), '42').spec;

function jobByV2(spec: JobSpec): JobSpec {
  return parseJobV2(objectIn(messageToJson(JobSchema, jobInput(jobOf(spec)))), {
    name: 'web',
    projectNumber: '42',
    request: 'UpdateJobRequest',
    before: jobOf(spec),
  });
}

describe('a job that is read and written back', () => {
  it.each([
    ['v2', jobByV2],
    ['v1', jobByV1],
    ['one version after the other', (spec: JobSpec) => jobByV2(jobByV1(spec))],
  ])('is the same by %s', (_, back) => {
    fc.assert(
      fc.property(anyJob, (spec) => {
        expect(back(spec)).toEqual(spec);
      }),
    );
  });
});

function poolByV2(spec: WorkerPoolSpec): WorkerPoolSpec {
  const record = {
    ...storedWith(spec),
    latestCreatedRevision: 'web-00001-abc',
    splits: [],
    settledInstances: spec.instances,
  };
  return parseWorkerPool(objectIn(messageToJson(WorkerPoolSchema, workerPoolInput(record))), {
    name: 'web',
    projectNumber: '42',
    request: 'UpdateWorkerPoolRequest',
  });
}

describe('a worker pool that is read and written back', () => {
  it('is the same by v2', () => {
    fc.assert(
      fc.property(anyPool, (spec) => {
        expect(poolByV2(spec)).toEqual(spec);
      }),
    );
  });
});
