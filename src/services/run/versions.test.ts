/** One object, two spellings: what one version writes the other reads, changes, and loses nothing of. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { IMAGE, LOCATION, openRun, PROJECT, type RunFixture } from './test-fixture.js';

const V1 = `/v1/${LOCATION}/services`;
const V2 = `/v2/${LOCATION}/services`;

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
});
afterEach(() => run.close());

const KNATIVE: JsonObject = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: {
    name: 'web',
    namespace: PROJECT,
    labels: { team: 'web' },
    annotations: {
      'example.com/mine': 'kept',
      'run.googleapis.com/client-name': 'gcloud',
      'run.googleapis.com/client-version': '528.0.0',
      'run.googleapis.com/description': 'the web',
      'run.googleapis.com/launch-stage': 'BETA',
      'run.googleapis.com/ingress': 'internal-and-cloud-load-balancing',
      'run.googleapis.com/custom-audiences': '["https://web.example.com"]',
      'run.googleapis.com/invoker-iam-disabled': 'True',
      'run.googleapis.com/default-url-disabled': 'True',
    },
  },
  spec: {
    template: {
      metadata: {
        name: 'web-first',
        labels: { 'client.knative.dev/nonce': 'abc' },
        annotations: {
          'example.com/theirs': 'kept too',
          'run.googleapis.com/client-name': 'gcloud',
          'autoscaling.knative.dev/minScale': '1',
          'autoscaling.knative.dev/maxScale': '7',
          'run.googleapis.com/cpu-throttling': 'false',
          'run.googleapis.com/startup-cpu-boost': 'true',
          'run.googleapis.com/execution-environment': 'gen2',
        },
      },
      spec: {
        containerConcurrency: 5,
        timeoutSeconds: 60,
        containers: [
          {
            image: IMAGE,
            name: 'main',
            command: ['/app'],
            args: ['serve'],
            workingDir: '/srv',
            env: [
              { name: 'A', value: '1' },
              { name: 'EMPTY', value: '' },
            ],
            ports: [{ name: 'http1', containerPort: 9000 }],
            resources: { limits: { cpu: '2', memory: '1Gi' } },
            startupProbe: {
              initialDelaySeconds: 1,
              timeoutSeconds: 2,
              periodSeconds: 3,
              failureThreshold: 4,
              httpGet: { path: '/ready', port: 9000, httpHeaders: [{ name: 'X', value: 'y' }] },
            },
          },
        ],
      },
    },
    traffic: [{ latestRevision: true, percent: 100, tag: 'live' }],
  },
};

/** What a client wrote, without what the server adds and what changes with each write. */
async function written(url = `${V1}/web`): Promise<unknown> {
  const { metadata, spec } = (await run.owner('GET', url)) as { metadata: JsonObject; spec: JsonObject };
  const { 'run.googleapis.com/operation-id': _, ...annotations } = metadata.annotations as JsonObject;
  return { labels: metadata.labels, annotations, spec };
}

async function createByV1(): Promise<void> {
  const { metadata } = (await run.owner('POST', V1, KNATIVE)) as { metadata: { annotations: JsonObject } };
  const operation = String(metadata.annotations['run.googleapis.com/operation-id']);
  await run.owner('POST', `/v1/${LOCATION}/operations/${operation}:wait`, {});
}

describe('a service of v1', () => {
  it('is one of v2, field by field', async () => {
    await createByV1();
    expect(await run.owner('GET', `${V2}/web`)).toMatchObject({
      labels: { team: 'web' },
      annotations: { 'example.com/mine': 'kept' },
      client: 'gcloud',
      clientVersion: '528.0.0',
      description: 'the web',
      launchStage: 'BETA',
      ingress: 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER',
      customAudiences: ['https://web.example.com'],
      invokerIamDisabled: true,
      defaultUriDisabled: true,
      template: {
        revision: 'web-first',
        labels: { 'client.knative.dev/nonce': 'abc' },
        annotations: { 'example.com/theirs': 'kept too' },
        scaling: { minInstanceCount: 1, maxInstanceCount: 7 },
        timeout: '60s',
        maxInstanceRequestConcurrency: 5,
        executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN2',
        containers: [
          {
            image: IMAGE,
            name: 'main',
            command: ['/app'],
            args: ['serve'],
            workingDir: '/srv',
            env: [
              { name: 'A', value: '1' },
              { name: 'EMPTY', value: '' },
            ],
            ports: [{ name: 'http1', containerPort: 9000 }],
            resources: { limits: { cpu: '2', memory: '1Gi' }, startupCpuBoost: true },
            startupProbe: {
              initialDelaySeconds: 1,
              timeoutSeconds: 2,
              periodSeconds: 3,
              failureThreshold: 4,
              httpGet: { path: '/ready', port: 9000, httpHeaders: [{ name: 'X', value: 'y' }] },
            },
          },
        ],
      },
      traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100, tag: 'live' }],
    });
  });

  it('is the same after v2 has written back what it read, without a new revision', async () => {
    await createByV1();
    const before = await written();
    const service = await run.owner('GET', `${V2}/web`);
    expect(await run.done('PATCH', `${V2}/web`, service)).toMatchObject({
      done: true,
      response: { generation: '2', latestCreatedRevision: service.latestCreatedRevision },
    });
    expect(await written()).toEqual(before);
  });

  it('keeps under a mask what v2 has no field for', async () => {
    await createByV1();
    const template = { timeout: '90s', revision: '' };
    await run.done('PATCH', `${V2}/web?updateMask=template.timeout,template.revision`, { template });
    expect(await written()).toMatchObject({
      spec: {
        template: {
          metadata: { annotations: { 'run.googleapis.com/client-name': 'gcloud' } },
          spec: { timeoutSeconds: 90 },
        },
      },
    });
  });
});

describe('a service of v2', () => {
  it('is the same after v1 has written back what it read, without a new revision', async () => {
    await run.done('POST', `${V2}?serviceId=web`, {
      description: 'by v2',
      client: 'terraform',
      template: {
        containers: [
          {
            image: IMAGE,
            env: [{ name: 'S', valueSource: { secretKeyRef: { secret: `projects/${PROJECT}/secrets/db` } } }],
          },
        ],
      },
    });
    const before = await run.owner('GET', `${V2}/web`);
    const { status: _, ...knative } = await run.owner('GET', `${V1}/web`);
    await run.owner('PUT', `${V1}/web`, knative);
    const { etag, updateTime, generation, ...after } = await run.owner('GET', `${V2}/web`);
    expect(generation).toBe('2');
    const { template, description, client, latestCreatedRevision } = before;
    expect(after).toMatchObject({ template, description, client, latestCreatedRevision } as JsonObject);
  });

  it('that v1 has changed since is not overwritten by an old etag', async () => {
    await createByV1();
    const { etag } = await run.owner('GET', `${V2}/web`);
    const { status: _, ...knative } = await run.owner('GET', `${V1}/web`);
    await run.owner('PUT', `${V1}/web`, knative);
    await expect(
      run.owner('PATCH', `${V2}/web?updateMask=labels`, { etag: etag ?? '' }),
    ).rejects.toMatchObject({
      status: 'ABORTED',
    });
    await expect(run.owner('PUT', `${V1}/web`, knative)).rejects.toMatchObject({ status: 'ABORTED' });
  });
});

describe('services of both versions', () => {
  it('are listed by v1 page by page', async () => {
    for (const id of ['a', 'b', 'c'])
      await run.done('POST', `${V2}?serviceId=${id}`, { template: { containers: [{ image: IMAGE }] } });
    const page = async (query: string) => {
      const { items, metadata } = await run.owner(
        'GET',
        `/v1/projects/${PROJECT}/locations/-/services${query}`,
      );
      const names = (items as { metadata: JsonObject }[]).map((item) => item.metadata.name);
      return { names, token: (metadata as JsonObject).continue };
    };
    expect((await page('')).names).toEqual(['a', 'b', 'c']);
    const first = await page('?limit=2');
    expect(first.names).toEqual(['a', 'b']);
    expect(await page(`?limit=2&continue=${String(first.token)}`)).toEqual({
      names: ['c'],
      token: undefined,
    });
  });
});
