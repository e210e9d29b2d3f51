import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { IMAGE, LOCATION, openRun, type RunFixture, STRANGER } from '../run/test-fixture.js';
import { refusal, SERVICE, SERVICES, WEB } from './testing-services.js';

let run: RunFixture;
beforeEach(async () => {
  run = await openRun();
});
afterEach(() => run.close());

const create = (body: JsonObject = SERVICE, id = 'web') =>
  run.done('POST', `${SERVICES}?serviceId=${id}`, body);
const get = (url = WEB) => run.owner('GET', url);

describe('updating a service', () => {
  const patch = (body: JsonObject, query = '') => run.done('PATCH', `${WEB}${query}`, body);
  const everything: JsonObject = {
    description: 'the web',
    labels: { team: 'web' },
    annotations: { 'example.com/a': 'b' },
    client: 'terraform',
    clientVersion: '1.0',
    ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
    launchStage: 'BETA',
    customAudiences: ['https://web.example.com'],
    invokerIamDisabled: true,
    template: {
      labels: { tier: 'front' },
      containers: [
        {
          name: 'web',
          image: IMAGE,
          env: [
            { name: 'A', value: 'b' },
            { name: 'S', valueSource: { secretKeyRef: { secret: 'db', version: '1' } } },
          ],
          resources: { limits: { cpu: '2', memory: '1Gi' }, startupCpuBoost: true },
        },
      ],
      executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN2',
    },
  };
  const written = (service: JsonObject) =>
    Object.fromEntries(
      Object.entries(service).filter(
        ([name]) => Object.hasOwn(everything, name) || name === 'traffic' || name === 'defaultUriDisabled',
      ),
    );

  it('replaces it whole without a mask, and makes a revision for a new template only', async () => {
    await create(everything);
    const before = await get();
    await patch({ template: before.template as JsonObject });
    const after = await get();
    expect(after).toMatchObject({ generation: '2', latestCreatedRevision: before.latestCreatedRevision });
    expect(after).not.toHaveProperty('labels');
    expect(after).not.toHaveProperty('description');
    expect(after).toMatchObject({ ingress: 'INGRESS_TRAFFIC_ALL', launchStage: 'GA' });
    await patch(SERVICE);
    expect((await get()).latestCreatedRevision).not.toBe(before.latestCreatedRevision);
  });

  it('changes nothing but what the mask names', async () => {
    await create(everything);
    const before = await get();
    const given = { description: 'other', labels: { team: 'ops' }, template: { timeout: '60s' } };
    await patch(given, '?updateMask=description,template.timeout');
    const after = await get();
    expect(written(after)).toEqual({
      ...written(before),
      description: 'other',
      template: { ...(before.template as JsonObject), timeout: '60s' },
    });
    await patch(given, '?updateMask=labels.team');
    expect((await get()).labels).toEqual({ team: 'ops' });
    await patch({}, '?updateMask=labels,customAudiences,uid');
    expect(await get()).not.toHaveProperty('labels');
    expect(await get()).not.toHaveProperty('customAudiences');
  });

  it.each([
    ['colour', "The path 'colour' names no field of a service."],
    ['template.colour', "The path 'template.colour' names no field of a service."],
    ['description.text', "The path 'description.text' leads into a field that has none."],
    ['template.containers.image', "The path 'template.containers.image' leads into a field that has none."],
  ])('refuses the mask %s', async (mask, message) => {
    await create();
    await expect(patch(SERVICE, `?updateMask=${mask}`)).rejects.toEqual(
      refusal('INVALID_ARGUMENT', `update_mask: ${message}`),
    );
  });

  it('compares etags: the one that was read last, from the service or its operation, is good', async () => {
    const created = await create();
    const { etag } = await get();
    expect((created.response as JsonObject).etag).toBe(etag);
    await patch({ ...SERVICE, etag: String(etag), labels: { a: 'b' } });
    await expect(patch({ ...SERVICE, etag: String(etag) })).rejects.toEqual(
      refusal(
        'ABORTED',
        /^Conflict for resource 'web': version '\d{16}' was specified but current version is '\d{16}'\.$/,
      ),
    );
    await expect(patch({ ...SERVICE, etag: 'nonsense' })).rejects.toEqual(
      refusal('INVALID_ARGUMENT', "Invalid etag 'nonsense'."),
    );
    expect(await get()).toMatchObject({ generation: '2', labels: { a: 'b' } });
  });

  it('makes a missing one only when that is allowed', async () => {
    await expect(patch(SERVICE)).rejects.toEqual(
      refusal(
        'NOT_FOUND',
        "Resource 'web' of kind 'SERVICE' in region 'asia-northeast1' in project 'myproject-a' does not exist.",
      ),
    );
    expect(await patch(SERVICE, '?allowMissing=true&updateMask=labels')).toMatchObject({ done: true });
    expect(await get()).toMatchObject({ generation: '1' });
    await patch({ labels: { a: 'b' } }, '?allowMissing=true&updateMask=labels');
    expect(await get()).toMatchObject({ generation: '2', labels: { a: 'b' } });
  });

  it('tells a stranger nothing about what is there, whatever is sent', async () => {
    await create();
    const message = (name: string) =>
      `Permission 'run.services.get' denied on resource '${LOCATION}/services/${name}' (or resource may not exist).`;
    for (const name of ['web', 'missing']) {
      for (const body of [SERVICE, { ...SERVICE, etag: 'nonsense' }, { template: {} }]) {
        for (const query of ['', '?updateMask=template', '?updateMask=colour']) {
          await expect(run.call(STRANGER, 'PATCH', `${SERVICES}/${name}${query}`, body)).rejects.toEqual(
            refusal('PERMISSION_DENIED', message(name)),
          );
        }
      }
    }
  });

  it('writes nothing when it is only validated', async () => {
    await create();
    const before = await run.store.list('run/');
    expect(
      await run.owner('PATCH', `${WEB}?validateOnly=true`, { ...SERVICE, labels: { a: 'b' } }),
    ).toMatchObject({
      done: true,
      response: { generation: '2', labels: { a: 'b' } },
    });
    expect(await run.store.list('run/')).toEqual(before);
  });

  it('splits traffic and names tags', async () => {
    await create({ ...SERVICE, template: { ...SERVICE.template, revision: 'web-one' } });
    await patch({
      template: { ...SERVICE.template, timeout: '60s', revision: 'web-two' },
      traffic: [
        { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: 'web-one', percent: 90, tag: 'old' },
        { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 10 },
      ],
    });
    expect((await get()).trafficStatuses).toEqual([
      {
        type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION',
        revision: 'web-one',
        percent: 90,
        tag: 'old',
        uri: expect.stringMatching(/^https:\/\/old---web-/),
      },
      { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 10 },
    ]);
  });
});
