/** Jobs and worker pools at random, for tests: whatever the model can say that clients can say. */
import fc from 'fast-check';
import type { JobSpec, WorkerPoolSpec } from '../../deployments/index.js';
import { client, instances, strings, waitingForProbed } from './testing-specs.js';

/** As of a service, but that nobody calls: no ports, and no probes that say whether to. */
const uncalled = instances.map(({ volumes, containers }) => ({
  volumes,
  containers: waitingForProbed(
    containers.map(({ port: _, readinessProbe: __, ...rest }) => ({ ...rest, cpu: '1', memory: '1Gi' })),
  ),
}));

const launchStage = fc.constantFrom('GA' as const, 'BETA' as const, 'ALPHA' as const);
const serviceAccount = fc.constant('runtime@p.iam.gserviceaccount.com');

const task = fc
  .record({
    parts: uncalled,
    serviceAccount,
    maxRetries: fc.integer({ min: 0, max: 10 }),
    timeoutSeconds: fc.integer({ min: 1, max: 604_800 }),
    executionEnvironment: fc.constantFrom(undefined, 'gen2' as const),
  })
  .map(({ parts, executionEnvironment, ...rest }) => ({
    ...rest,
    ...parts,
    ...(executionEnvironment === undefined ? {} : { executionEnvironment }),
  }));

/** What a job may be; its name is `web`. CPU is allocated alike to all containers, which is all that v1 can say. */
export const anyJob: fc.Arbitrary<JobSpec> = fc
  .record({
    labels: strings,
    annotations: strings,
    client,
    launchStage,
    template: fc.record({
      labels: strings,
      annotations: strings,
      client,
      taskCount: fc.integer({ min: 5, max: 10_000 }),
      parallelism: fc.integer({ min: 0, max: 5 }),
      task,
    }),
  })
  .map((spec) => {
    const [first] = spec.template.task.containers;
    const { cpuIdle = false, startupCpuBoost = false } = first ?? {};
    const containers = spec.template.task.containers.map((each) => ({ ...each, cpuIdle, startupCpuBoost }));
    return { ...spec, template: { ...spec.template, task: { ...spec.template.task, containers } } };
  });

/** What a worker pool may be; its name is `web`. Its instances have CPU all the time. */
export const anyPool: fc.Arbitrary<WorkerPoolSpec> = fc
  .record({
    labels: strings,
    annotations: strings,
    client,
    launchStage,
    description: fc.constantFrom('', 'the workers'),
    customAudiences: fc.constant([]),
    instances: fc.integer({ min: 0, max: 1000 }),
    splits: fc.constantFrom<WorkerPoolSpec['splits']>(
      [{ percent: 100, revision: { latest: true } }],
      [
        { percent: 30, revision: { name: 'web-one' } },
        { percent: 70, revision: { latest: true } },
      ],
    ),
    labelsOfTemplate: strings,
    annotationsOfTemplate: strings,
    serviceAccount,
    revisionName: fc.constantFrom(undefined, 'web-first'),
    parts: uncalled,
  })
  .map(
    ({ labelsOfTemplate, annotationsOfTemplate, serviceAccount: account, revisionName, parts, ...spec }) => ({
      ...spec,
      template: {
        ...(revisionName === undefined ? {} : { revisionName }),
        labels: labelsOfTemplate,
        annotations: annotationsOfTemplate,
        client: { name: '', version: '' },
        serviceAccount: account,
        volumes: parts.volumes,
        containers: parts.containers.map((each) => ({ ...each, cpuIdle: false })),
      },
    }),
  );
