import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { projectName, runResourceName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import {
  IMAGE,
  LOCATION,
  NUMBER,
  OWNER,
  openRun,
  PROJECT,
  type RunFixture,
  STRANGER,
} from '../run/test-fixture.js';
import { NOW } from '../test-support.js';
import { refusal, SERVICE, SERVICES, WEB } from './testing-services.js';

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
});
afterEach(() => run.close());

const create = (body: JsonObject = SERVICE, id = 'web') =>
  run.done('POST', `${SERVICES}?serviceId=${id}`, body);
const get = (url = WEB) => run.owner('GET', url);

describe('creating a service', () => {
  it('answers an operation that ends with the service, filled in with the defaults', async () => {
    const operation = await create();
    expect(operation).toMatchObject({
      name: expect.stringMatching(new RegExp(`^${LOCATION}/operations/[0-9a-f-]{36}$`)),
      done: true,
      metadata: {
        '@type': 'type.googleapis.com/google.cloud.run.v2.Service',
        name: `${LOCATION}/services/web`,
      },
      response: { '@type': 'type.googleapis.com/google.cloud.run.v2.Service' },
    });
    const revision = expect.stringMatching(
      new RegExp(`^${LOCATION}/services/web/revisions/web-00001-[a-z0-9]{3}$`),
    );
    const succeeded = (type: string) => ({
      type,
      state: 'CONDITION_SUCCEEDED',
      lastTransitionTime: NOW.toISOString(),
    });
    const url = `https://web-${NUMBER}.asia-northeast1.run.app`;
    const hashed = expect.stringMatching(/^https:\/\/web-[a-z2-7]{10}-an\.a\.run\.app$/);
    expect(await get()).toEqual({
      name: `${LOCATION}/services/web`,
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      generation: '1',
      createTime: NOW.toISOString(),
      updateTime: NOW.toISOString(),
      creator: 'owner@example.com',
      lastModifier: 'owner@example.com',
      ingress: 'INGRESS_TRAFFIC_ALL',
      launchStage: 'GA',
      template: {
        scaling: { maxInstanceCount: 100 },
        timeout: '300s',
        serviceAccount: `${NUMBER}-compute@developer.gserviceaccount.com`,
        containers: [
          {
            image: IMAGE,
            resources: { limits: { cpu: '1000m', memory: '512Mi' }, cpuIdle: true },
            ports: [{ name: 'http1', containerPort: 8080 }],
            startupProbe: {
              timeoutSeconds: 240,
              periodSeconds: 240,
              failureThreshold: 1,
              tcpSocket: { port: 8080 },
            },
          },
        ],
        maxInstanceRequestConcurrency: 80,
      },
      traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }],
      observedGeneration: '1',
      terminalCondition: succeeded('Ready'),
      conditions: [succeeded('RoutesReady'), succeeded('ConfigurationsReady')],
      latestReadyRevision: revision,
      latestCreatedRevision: revision,
      trafficStatuses: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }],
      uri: hashed,
      urls: [url, hashed],
      etag: expect.stringMatching(/^"[\w-]+\/[A-Za-z0-9+/]+=*"$/),
    });
  });

  it('begins with the service as it is to become', async () => {
    const operation = await run.owner('POST', `${SERVICES}?serviceId=web`, SERVICE);
    expect(operation).not.toHaveProperty('done');
    expect(operation.metadata).toMatchObject({
      reconciling: true,
      generation: '1',
      terminalCondition: { type: 'Ready', state: 'CONDITION_PENDING' },
    });
    expect(operation.metadata).not.toHaveProperty('observedGeneration');
    expect(operation.metadata).not.toHaveProperty('uri');
  });

  it('leaves nothing when it is only validated', async () => {
    const before = await run.store.list('run/');
    expect(await run.owner('POST', `${SERVICES}?serviceId=web&validateOnly=true`, SERVICE)).toMatchObject({
      done: true,
      response: { name: `${LOCATION}/services/web`, template: { timeout: '300s' } },
    });
    expect(await run.store.list('run/')).toEqual(before);
  });

  it('is judged when it is only validated', async () => {
    const url = `${SERVICES}?serviceId=web&validateOnly=true`;
    await expect(run.call(STRANGER, 'POST', url, SERVICE)).rejects.toEqual(
      refusal(
        'PERMISSION_DENIED',
        `Permission 'run.services.get' denied on resource '${LOCATION}/services/web' (or resource may not exist).`,
      ),
    );
  });

  it('is refused where the name is taken', async () => {
    await create();
    await expect(create()).rejects.toEqual(refusal('ALREADY_EXISTS', "Resource 'web' already exists."));
  });

  it.each([
    ['an id with capitals', 'Web', /lowercase/],
    ['an id that is too long', 'a'.repeat(50), /must be less than 50 characters\.$/],
    ['no id', '', /^Violation in CreateServiceRequest\.service_id: required field not present\.$/],
  ])('is refused with %s', async (_, id, message) => {
    await expect(create(SERVICE, id)).rejects.toEqual(refusal('INVALID_ARGUMENT', message));
  });

  it('is refused without permission, project, region or API', async () => {
    const url = (project: string, location: string) =>
      `/v2/projects/${project}/locations/${location}/services?serviceId=web`;
    await expect(run.call(STRANGER, 'POST', url(PROJECT, 'asia-northeast1'), SERVICE)).rejects.toEqual(
      refusal('PERMISSION_DENIED', /'run\.services\.get' denied on resource 'projects\/myproject-a\/loc/),
    );
    await expect(run.owner('POST', url('no-such-project', 'us-central1'), SERVICE)).rejects.toEqual(
      refusal('PERMISSION_DENIED', /'run\.services\.create' denied on resource 'projects\/no-such-project/),
    );
    await expect(run.owner('POST', url(PROJECT, 'mars-north1'), SERVICE)).rejects.toEqual(
      refusal('NOT_FOUND', 'Location mars-north1 is not found or access is unauthorized.'),
    );
    await createProject(run, { projectId: 'myproject-c', number: '3', owners: [OWNER] }, NOW);
    await expect(run.owner('POST', url('myproject-c', 'us-central1'), SERVICE)).rejects.toEqual(
      refusal('PERMISSION_DENIED', /^Cloud Run Admin API has not been used in project 3 before/),
    );
  });

  it('ends in the error of a revision that cannot become ready', async () => {
    run.pull = () => ({ ok: false, failure: { kind: 'missing' } });
    const operation = await create();
    expect(operation).toMatchObject({
      done: true,
      error: { code: 5, message: `Image '${IMAGE}' not found.` },
    });
    expect(operation).not.toHaveProperty('response');
    const failed = { state: 'CONDITION_FAILED', reason: 'CONTAINER_MISSING' };
    const service = await get();
    expect(service).toMatchObject({
      terminalCondition: { type: 'Ready', ...failed },
      conditions: [
        { type: 'RoutesReady', state: 'CONDITION_PENDING' },
        { type: 'ConfigurationsReady', ...failed },
      ],
    });
    expect(service).not.toHaveProperty('latestReadyRevision');
    expect(service).not.toHaveProperty('uri');
  });
});

describe('a service', () => {
  it('can be hidden from its own URLs', async () => {
    await create({ ...SERVICE, defaultUriDisabled: true });
    const service = await get();
    expect(service).not.toHaveProperty('uri');
    expect(service).not.toHaveProperty('urls');
    const host = { name: 'web', location: 'asia-northeast1', project: { number: NUMBER } };
    expect(run.deployments.find(host)).toBeUndefined();
  });

  it('is found by its project’s number too', async () => {
    await create();
    expect(await get(WEB.replace(PROJECT, NUMBER))).toMatchObject({ name: `${LOCATION}/services/web` });
  });

  it('is kept from strangers', async () => {
    await create();
    for (const url of [WEB, SERVICES, `${WEB}:getIamPolicy`, `${WEB}/revisions`]) {
      await expect(run.call(STRANGER, 'GET', url)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    }
  });

  it('has a policy, which v1 shows too', async () => {
    await create();
    const bindings = [{ role: 'roles/run.invoker', members: ['allUsers'] }];
    await run.owner('POST', `${WEB}:setIamPolicy`, { policy: { bindings } });
    expect(await run.owner('GET', `${WEB}:getIamPolicy`)).toMatchObject({ bindings });
    expect(await run.owner('GET', `/v1/${LOCATION}/services/web:getIamPolicy`)).toMatchObject({ bindings });
    expect(
      await run.owner('POST', `${WEB}:testIamPermissions`, { permissions: ['run.services.get'] }),
    ).toEqual({ permissions: ['run.services.get'] });
  });

  it('is written down with the call that changed it', async () => {
    const { audit } = await run.call(OWNER, 'POST', `${SERVICES}?serviceId=web`, SERVICE);
    expect(await audit).toMatchObject({
      methodName: 'google.cloud.run.v2.Services.CreateService',
      serviceName: 'run.googleapis.com',
      resourceName: `${LOCATION}/services/web`,
      project: PROJECT,
      resource: {
        type: 'cloud_run_revision',
        labels: { project_id: PROJECT, location: 'asia-northeast1', service_name: 'web' },
      },
      request: { '@type': 'type.googleapis.com/google.cloud.run.v2.CreateServiceRequest', serviceId: 'web' },
      response: { '@type': 'type.googleapis.com/google.longrunning.Operation' },
    });
  });
});

describe('services', () => {
  const names = (list: JsonObject) => ((list.services ?? []) as JsonObject[]).map(({ name }) => name);

  it('are listed by region and name, page by page', async () => {
    for (const id of ['b', 'a', 'a-b']) await create(SERVICE, id);
    await run.done('POST', `/v2/projects/${PROJECT}/locations/us-central1/services?serviceId=c`, SERVICE);
    const here = ['a', 'a-b', 'b'].map((id) => `${LOCATION}/services/${id}`);
    expect(names(await get(SERVICES))).toEqual(here);
    expect(names(await get(`/v2/projects/${PROJECT}/locations/-/services`))).toEqual([
      ...here,
      `projects/${PROJECT}/locations/us-central1/services/c`,
    ]);
    const first = await get(`${SERVICES}?pageSize=2`);
    expect(names(first)).toEqual(here.slice(0, 2));
    const second = await get(`${SERVICES}?pageSize=2&pageToken=${String(first.nextPageToken)}`);
    expect(names(second)).toEqual(here.slice(2));
    expect(second).not.toHaveProperty('nextPageToken');
  });

  it('that were deleted are listed on request', async () => {
    await create();
    const { etag } = await get();
    const operation = await run.done('DELETE', `${WEB}?etag=${encodeURIComponent(String(etag))}`);
    const deleted = {
      name: `${LOCATION}/services/web`,
      generation: '2',
      deleteTime: NOW.toISOString(),
      expireTime: '2026-02-01T03:04:05.678Z',
    };
    expect(operation).toMatchObject({ done: true, response: deleted });
    await expect(get()).rejects.toMatchObject({ status: 'NOT_FOUND' });
    expect(await get(SERVICES)).toEqual({});
    expect(await get(`${SERVICES}?showDeleted=true`)).toMatchObject({ services: [deleted] });
    await create();
    expect(names(await get(`${SERVICES}?showDeleted=true`))).toHaveLength(2);
  });

  it('are deleted only as they were read, by who may, and not by a validation', async () => {
    await create();
    const { etag } = await get();
    await run.done('PATCH', WEB, { ...SERVICE, labels: { a: 'b' } });
    const stale = `${WEB}?etag=${encodeURIComponent(String(etag))}`;
    await expect(run.owner('DELETE', stale)).rejects.toMatchObject({ status: 'ABORTED' });
    await expect(run.call(STRANGER, 'DELETE', WEB)).rejects.toMatchObject({
      message: `Permission 'run.services.delete' denied on resource '${LOCATION}/services/web' (or resource may not exist).`,
    });
    expect(await run.owner('DELETE', `${WEB}?validateOnly=true`)).toMatchObject({ done: true });
    expect(await get()).toMatchObject({ generation: '2' });
  });

  it('go with their policies', async () => {
    await create();
    await run.owner('POST', `${WEB}:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/run.viewer', members: [STRANGER] }] },
    });
    await run.done('DELETE', WEB);
    await create();
    const resource = runResourceName('service', PROJECT, 'asia-northeast1', 'web');
    expect((await run.access.policy(resource)).policy.bindings).toEqual([]);
    expect((await run.access.policy(projectName(PROJECT))).policy.bindings).not.toEqual([]);
  });
});
