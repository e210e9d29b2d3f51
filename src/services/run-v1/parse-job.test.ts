import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { JobRecord, JobSpec } from '../../deployments/index.js';
import { JobSchema } from '../../google/gen/google/cloud/run/v2/job_pb.js';
import { isJsonObject, type JsonObject, messageToJson } from '../../google/index.js';
import { jobInput } from '../run-v2/job-view.js';
import { parseJob as parseV2 } from '../run-v2/parse-job.js';
import { jobView } from './job-view.js';
import { parseJob } from './parse-job.js';

const OBJECT: JsonObject = {
  apiVersion: 'run.googleapis.com/v1',
  kind: 'Job',
  metadata: {
    name: 'batch',
    labels: { team: 'data' },
    annotations: {
      'example.com/mine': 'kept',
      'run.googleapis.com/client-name': 'gcloud',
      'run.googleapis.com/launch-stage': 'BETA',
    },
  },
  spec: {
    template: {
      metadata: {
        labels: { 'client.knative.dev/nonce': 'abc' },
        annotations: {
          'run.googleapis.com/client-name': 'gcloud',
          'run.googleapis.com/execution-environment': 'gen2',
        },
      },
      spec: {
        taskCount: 5,
        parallelism: 2,
        template: {
          spec: {
            containers: [
              {
                name: 'main',
                image: 'gcr.io/a/b',
                command: ['/app'],
                args: ['work'],
                env: [{ name: 'A', value: '1' }],
                resources: { limits: { cpu: '2', memory: '1Gi' } },
                volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
              },
            ],
            volumes: [{ name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }],
            serviceAccountName: 'sa@p.iam.gserviceaccount.com',
            maxRetries: 0,
            timeoutSeconds: '7200',
            nodeSelector: {},
          },
        },
      },
    },
  },
  status: { latestCreatedExecution: {} },
};

const recordOf = (spec: JobSpec): JobRecord => ({
  project: 'p',
  location: 'l',
  name: 'batch',
  projectNumber: '42',
  uid: 'u',
  generation: 1,
  observedGeneration: 1,
  createTime: '2026-01-02T03:04:05.678Z',
  updateTime: '2026-01-02T03:04:05.678Z',
  creator: '',
  lastModifier: '',
  operationId: 'o',
  spec,
  conditions: [],
  executionCount: 0,
});

describe('a job', () => {
  it('is read from the object that gcloud sends', () => {
    const { template, ...spec } = parseJob(OBJECT, '42').spec;
    expect(spec).toEqual({
      labels: { team: 'data' },
      annotations: { 'example.com/mine': 'kept' },
      client: { name: 'gcloud', version: '' },
      launchStage: 'BETA',
    });
    expect(template).toMatchObject({
      taskCount: 5,
      parallelism: 2,
      task: { maxRetries: 0, timeoutSeconds: 7200, executionEnvironment: 'gen2' },
    });
  });

  it('has one task with three retries of ten minutes when nothing is said of them', () => {
    const least = {
      ...OBJECT,
      spec: { template: { spec: { template: { spec: { containers: [{ image: 'gcr.io/a/b' }] } } } } },
    };
    const { taskCount, parallelism, task } = parseJob(least, '42').spec.template;
    expect([taskCount, parallelism, task.maxRetries, task.timeoutSeconds]).toEqual([1, 0, 3, 600]);
    expect(task.serviceAccount).toBe('42-compute@developer.gserviceaccount.com');
  });

  it('is read from what v1 shows of it as it was', () => {
    const { spec } = parseJob(OBJECT, '42');
    expect(parseJob(jobView({ value: recordOf(spec), version: 1 }), '42').spec).toEqual(spec);
  });

  it('is read from what v2 shows of it as it was', () => {
    const { spec } = parseJob(OBJECT, '42');
    const before = recordOf(spec);
    const json = messageToJson(JobSchema, create(JobSchema, jobInput(before)));
    const context = { name: 'batch', projectNumber: '42', request: 'UpdateJobRequest', before };
    expect(parseV2(isJsonObject(json) ? json : {}, context)).toEqual(spec);
  });
});
