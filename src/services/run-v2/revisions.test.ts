import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { IMAGE, LOCATION, OWNER, openRun, PROJECT, type RunFixture, STRANGER } from '../run/test-fixture.js';
import { NOW } from '../test-support.js';

const WEB = `/v2/${LOCATION}/services/web`;
const V1 = `/v1/${LOCATION}`;

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
  await deploy('web-one', 'POST');
  await deploy('web-two', 'PATCH');
  await deploy('web-three', 'PATCH');
});
afterEach(() => run.close());

const deploy = (revision: string, verb: 'POST' | 'PATCH', more: JsonObject = {}) =>
  run.done(verb, verb === 'POST' ? `/v2/${LOCATION}/services?serviceId=web` : WEB, {
    template: { revision, labels: { made: revision }, containers: [{ image: IMAGE }] },
    ...more,
  });
const names = (list: JsonObject) =>
  ((list.revisions ?? []) as JsonObject[]).map(({ name }) => String(name).split('/').at(-1));

describe('a revision', () => {
  it('is shown with what it runs and how it is', async () => {
    const condition = (type: string, more: JsonObject = {}) =>
      expect.objectContaining({ type, state: 'CONDITION_SUCCEEDED', ...more });
    expect(await run.owner('GET', `${WEB}/revisions/web-three`)).toMatchObject({
      name: `${LOCATION}/services/web/revisions/web-three`,
      generation: '1',
      labels: { made: 'web-three' },
      createTime: NOW.toISOString(),
      launchStage: 'GA',
      service: 'web',
      scaling: { maxInstanceCount: 100 },
      timeout: '300s',
      containers: [{ image: IMAGE, ports: [{ containerPort: 8080 }] }],
      observedGeneration: '1',
      conditions: expect.arrayContaining([
        condition('Ready'),
        condition('Active'),
        condition('ContainerHealthy'),
        condition('ContainerReady'),
        condition('ResourcesAvailable'),
      ]),
      creator: 'owner@example.com',
      etag: expect.stringMatching(/^"/),
    });
    const { conditions } = await run.owner('GET', `${WEB}/revisions/web-one`);
    expect(conditions).toContainEqual({
      type: 'Active',
      state: 'CONDITION_FAILED',
      message: 'Revision retired.',
      severity: 'INFO',
      revisionReason: 'RETIRED',
      lastTransitionTime: NOW.toISOString(),
    });
  });

  it('is found under its own service only', async () => {
    const message = `Resource 'web-one' of kind 'REVISION' in region 'asia-northeast1' in project '${PROJECT}' does not exist.`;
    await expect(run.owner('GET', `/v2/${LOCATION}/services/other/revisions/web-one`)).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message,
    });
  });
});

describe('revisions', () => {
  it('are listed newest first, page by page, of one service or of all', async () => {
    const all = ['web-three', 'web-two', 'web-one'];
    expect(names(await run.owner('GET', `${WEB}/revisions`))).toEqual(all);
    expect(names(await run.owner('GET', `/v2/${LOCATION}/services/-/revisions`))).toEqual(all);
    const first = await run.owner('GET', `${WEB}/revisions?pageSize=2`);
    expect(names(first)).toEqual(all.slice(0, 2));
    const next = await run.owner(
      'GET',
      `${WEB}/revisions?pageSize=2&pageToken=${String(first.nextPageToken)}`,
    );
    expect(names(next)).toEqual(all.slice(2));
  });

  it('of a service that is not there are not found', async () => {
    await expect(run.owner('GET', `/v2/${LOCATION}/services/other/revisions`)).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
  });

  it('are deleted, and then listed on request', async () => {
    const { etag } = await run.owner('GET', `${WEB}/revisions/web-one`);
    const url = `${WEB}/revisions/web-one`;
    expect(await run.owner('DELETE', `${url}?validateOnly=true`)).toMatchObject({ done: true });
    const operation = await run.done('DELETE', `${url}?etag=${encodeURIComponent(String(etag))}`);
    expect(operation).toMatchObject({
      done: true,
      metadata: { '@type': 'type.googleapis.com/google.cloud.run.v2.Revision' },
      response: { name: `${LOCATION}/services/web/revisions/web-one`, deleteTime: NOW.toISOString() },
    });
    await expect(run.owner('GET', url)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    expect(names(await run.owner('GET', `${WEB}/revisions`))).toEqual(['web-three', 'web-two']);
    expect(names(await run.owner('GET', `${WEB}/revisions?showDeleted=true`))).toHaveLength(3);
  });

  it('are deleted by v1 as by v2, by who may', async () => {
    await expect(run.call(STRANGER, 'DELETE', `${WEB}/revisions/web-one`)).rejects.toMatchObject({
      message: `Permission 'run.revisions.delete' denied on resource '${LOCATION}/services/web/revisions/web-one' (or resource may not exist).`,
    });
    await expect(run.call(STRANGER, 'DELETE', `${V1}/revisions/web-one`)).rejects.toMatchObject({
      message: `Permission 'run.revisions.delete' denied on resource 'namespaces/${PROJECT}/revisions/web-one' (or resource may not exist).`,
    });
    const { json, audit } = await run.call(OWNER, 'DELETE', `${V1}/revisions/web-one`);
    expect(json).toEqual({ apiVersion: 'v1', kind: 'Status', status: 'Success' });
    expect(await audit).toMatchObject({ methodName: 'google.cloud.run.v1.Revisions.DeleteRevision' });
    await expect(run.owner('GET', `${V1}/revisions/web-one`)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    await expect(run.owner('DELETE', `${V1}/revisions/web-one`)).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
  });

  it('that the service needs stay', async () => {
    const traffic = [
      { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: 'web-one', percent: 0, tag: 'old' },
      { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 },
    ];
    await run.done('PATCH', `${WEB}?updateMask=traffic`, { traffic });
    for (const revision of ['web-one', 'web-three']) {
      for (const url of [`${WEB}/revisions/${revision}`, `${V1}/revisions/${revision}`]) {
        await expect(run.owner('DELETE', url)).rejects.toMatchObject({
          status: 'FAILED_PRECONDITION',
          message: `Revision '${revision}' cannot be deleted: it receives traffic of service 'web' or is its latest revision.`,
        });
      }
    }
    await run.done('DELETE', `${WEB}/revisions/web-two`);
  });

  it('are listed by v1 page by page too', async () => {
    const seen: unknown[] = [];
    let token = '';
    do {
      const page = await run.owner(
        'GET',
        `${V1}/revisions?limit=2${token === '' ? '' : `&continue=${token}`}`,
      );
      seen.push(...(page.items as JsonObject[]).map(({ metadata }) => (metadata as JsonObject).name));
      token = String((page.metadata as JsonObject).continue ?? '');
    } while (token !== '');
    expect(seen).toEqual(['web-three', 'web-two', 'web-one']);
    await expect(run.owner('GET', `${V1}/revisions?limit=x`)).rejects.toMatchObject({
      message: "Invalid limit 'x'.",
    });
  });
});
