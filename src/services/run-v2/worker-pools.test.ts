import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../google/index.js';
import { IMAGE, LOCATION, NUMBER, openRun, PROJECT, type RunFixture, STRANGER } from '../run/test-fixture.js';
import { refusal } from './testing-services.js';

const POOLS = `/v2/${LOCATION}/workerPools`;
const POOL = `${POOLS}/queue`;
const BODY = { template: { containers: [{ image: IMAGE }] } };

describe('a worker pool', () => {
  let run: RunFixture;
  beforeEach(async () => {
    run = await openRun();
  });
  afterEach(() => run.close());

  const create = (body: JsonObject = BODY, id = 'queue') =>
    run.done('POST', `${POOLS}?workerPoolId=${id}`, body);
  const update = (body: JsonObject, query = '') => run.done('PATCH', `${POOL}${query}`, body);
  const get = () => run.owner('GET', POOL);
  const at = (value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonValue | undefined =>
    path.reduce<JsonValue | undefined>(
      (current, key) => (current as Record<string | number, JsonValue> | undefined)?.[key],
      value,
    );
  const latest = async () =>
    String(at(await get(), 'latestReadyRevision'))
      .split('/')
      .at(-1) ?? '';

  it('is created with the defaults, and answers an operation that ends with it', async () => {
    const operation = await create();
    expect(operation).toMatchObject({
      done: true,
      metadata: { '@type': 'type.googleapis.com/google.cloud.run.v2.WorkerPool' },
      response: {
        '@type': 'type.googleapis.com/google.cloud.run.v2.WorkerPool',
        name: `${LOCATION}/workerPools/queue`,
        generation: '1',
        observedGeneration: '1',
        launchStage: 'GA',
        scaling: { manualInstanceCount: 1 },
        instanceSplits: [{ type: 'INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST', percent: 100 }],
        instanceSplitStatuses: [{ type: 'INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST', percent: 100 }],
        template: {
          serviceAccount: `${NUMBER}-compute@developer.gserviceaccount.com`,
          containers: [{ image: IMAGE, resources: { limits: { cpu: '1000m', memory: '512Mi' } } }],
        },
        terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
      },
    });
    expect(await latest()).toMatch(/^queue-00001-[a-z0-9]{3}$/);
  });

  it('may have no instances, and keeps that when something else is updated', async () => {
    await create({ ...BODY, scaling: { manualInstanceCount: 0 } });
    await update({ description: 'idle' }, '?updateMask=description');
    expect(await get()).toMatchObject({ description: 'idle', scaling: { manualInstanceCount: 0 } });
  });

  it('gets a revision when its template changes, or when one is asked for', async () => {
    await create();
    const first = await latest();
    await update({ ...BODY, scaling: { manualInstanceCount: 3 } });
    expect(await latest()).toBe(first);
    const changed = { template: { containers: [{ image: IMAGE, env: [{ name: 'A', value: 'b' }] }] } };
    await update(changed);
    const second = await latest();
    expect(second).toMatch(/^queue-00003-/);
    await update(changed, '?forceNewRevision=true');
    expect(await latest()).toMatch(/^queue-00004-/);
  });

  it('is made by an update that allows it to be missing', async () => {
    await expect(run.call('user:owner@example.com', 'PATCH', POOL, BODY)).rejects.toThrow(
      refusal('NOT_FOUND', /kind 'WORKER_POOL'/),
    );
    await update(BODY, '?allowMissing=true');
    expect(await get()).toMatchObject({ generation: '1' });
  });

  it('leaves nothing when it is only validated', async () => {
    const { response, name } = await run.owner('POST', `${POOLS}?workerPoolId=queue&validateOnly=true`, BODY);
    expect({ response, name }).toMatchObject({ response: { scaling: { manualInstanceCount: 1 } } });
    expect(await run.owner('GET', POOLS)).toEqual({});
  });

  it('shares its instances out over revisions that it has', async () => {
    await create();
    const first = await latest();
    await update({ template: { containers: [{ image: IMAGE, args: ['x'] }] } });
    const split = (type: string, percent: number, revision?: string) => ({
      type: `INSTANCE_SPLIT_ALLOCATION_TYPE_${type}`,
      percent,
      ...(revision === undefined ? {} : { revision }),
    });
    const splits = [split('REVISION', 25, first), split('LATEST', 75)];
    await update({ instanceSplits: splits }, '?updateMask=instanceSplits');
    expect(await get()).toMatchObject({ instanceSplits: splits, instanceSplitStatuses: splits });
    const refused = (given: JsonValue, message: RegExp) =>
      expect(
        run.call('user:owner@example.com', 'PATCH', `${POOL}?updateMask=instanceSplits`, {
          instanceSplits: given,
        }),
      ).rejects.toThrow(refusal('INVALID_ARGUMENT', message));
    await refused([split('LATEST', 99)], /must add up to 100 percent, but add up to 99/);
    await refused([split('REVISION', 100, 'queue-other')], /is not found in worker pool 'queue'/);
    await refused([split('REVISION', 100)], /instance_splits\[0\]\.revision/);
  });

  it.each([
    ['a port', { template: { containers: [{ image: IMAGE, ports: [{ containerPort: 80 }] }] } }, /ports/],
    ['a GPU', { template: { ...BODY.template, nodeSelector: { accelerator: 'x' } } }, /node_selector/],
    ['a network', { template: { ...BODY.template, vpcAccess: { connector: 'x' } } }, /vpc_access/],
    ['a key', { template: { ...BODY.template, encryptionKey: 'x' } }, /encryption_key/],
    ['binary authorization', { ...BODY, binaryAuthorization: { useDefault: true } }, /binary_authorization/],
    ['a negative count', { ...BODY, scaling: { manualInstanceCount: -1 } }, /manual_instance_count/],
    ['idle CPU', { template: { containers: [{ image: IMAGE, resources: { cpuIdle: true } }] } }, /cpu_idle/],
    [
      'a variable of Cloud Run’s own',
      { template: { containers: [{ image: IMAGE, env: [{ name: 'CLOUD_RUN_WORKER_POOL', value: 'x' }] }] } },
      /CLOUD_RUN_WORKER_POOL/,
    ],
    ['no template', {}, /template/],
  ])('is refused with %s', async (_what, body: JsonObject, message) => {
    await expect(
      run.call('user:owner@example.com', 'POST', `${POOLS}?workerPoolId=queue`, body),
    ).rejects.toThrow(refusal('INVALID_ARGUMENT', message));
    expect(await run.owner('GET', POOLS)).toEqual({});
  });

  it('is kept from strangers, whose refusal names it', async () => {
    await create();
    const denied = (verb: string, permission: string) =>
      refusal(
        'PERMISSION_DENIED',
        `Permission 'run.workerpools.${permission}' denied on resource '${LOCATION}/workerPools/${verb}' (or resource may not exist).`,
      );
    await expect(run.call(STRANGER, 'GET', POOL)).rejects.toThrow(denied('queue', 'get'));
    await expect(run.call(STRANGER, 'DELETE', POOL)).rejects.toThrow(denied('queue', 'delete'));
    await expect(run.call(STRANGER, 'GET', `${POOL}:getIamPolicy`)).rejects.toThrow(
      denied('queue', 'getIamPolicy'),
    );
  });

  it('is deleted only as it was read, listed on request, and gone with its policy and revisions', async () => {
    await create();
    const stale = String(at(await get(), 'etag'));
    await update({ description: 'changed' }, '?updateMask=description');
    const deleting = `${POOL}?etag=${encodeURIComponent(stale)}`;
    await expect(run.call('user:owner@example.com', 'DELETE', deleting)).rejects.toThrow(
      refusal('ABORTED', /^Conflict for resource 'queue'/),
    );
    await run.owner('POST', `${POOL}:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/run.viewer', members: [STRANGER] }] },
    });
    expect(await run.call(STRANGER, 'GET', POOL)).toBeDefined();
    expect(await run.done('DELETE', POOL)).toMatchObject({ done: true, response: { generation: '3' } });
    expect(await run.owner('GET', POOLS)).toEqual({});
    expect(await run.owner('GET', `${POOLS}?showDeleted=true`)).toMatchObject({
      workerPools: [{ name: `projects/${PROJECT}/locations/asia-northeast1/workerPools/queue` }],
    });
    await create();
    await expect(run.call(STRANGER, 'GET', POOL)).rejects.toThrow(refusal('PERMISSION_DENIED', /get/));
    expect(at(await run.owner('GET', `${POOL}/revisions`), 'revisions')).toHaveLength(1);
  });

  it('has revisions, of which those that have no instances may be deleted', async () => {
    await create();
    const first = await latest();
    await update({ template: { containers: [{ image: IMAGE, args: ['x'] }] } });
    const second = await latest();
    const names = (list: JsonObject) =>
      (list.revisions as JsonObject[]).map(({ name }) => String(name).split('/').at(-1));
    expect(names(await run.owner('GET', `${POOL}/revisions`))).toEqual([second, first]);
    const conditions = async (name: string) =>
      (at(await run.owner('GET', `${POOL}/revisions/${name}`), 'conditions') as JsonObject[])
        .filter(({ type }) => type === 'Active')
        .map(({ state }) => state);
    expect([await conditions(first), await conditions(second)]).toEqual([
      ['CONDITION_FAILED'],
      ['CONDITION_SUCCEEDED'],
    ]);
    await expect(run.call('user:owner@example.com', 'DELETE', `${POOL}/revisions/${second}`)).rejects.toThrow(
      refusal('FAILED_PRECONDITION', /cannot be deleted/),
    );
    await run.done('DELETE', `${POOL}/revisions/${first}`);
    await expect(run.call('user:owner@example.com', 'GET', `${POOL}/revisions/${first}`)).rejects.toThrow(
      refusal('NOT_FOUND', /kind 'REVISION'/),
    );
  });

  it('ends in the error of a revision that cannot become ready, and keeps what it had', async () => {
    await create();
    const first = await latest();
    run.pull = () => ({
      ok: false,
      failure: { kind: 'forbidden', url: 'https://asia-northeast1-docker.pkg.dev/v2/x', body: '{}' },
    });
    const operation = await update({ template: { containers: [{ image: IMAGE, args: ['x'] }] } });
    expect(operation).toMatchObject({
      done: true,
      error: { code: 7, message: expect.stringContaining('must have permission to read the image') },
    });
    expect(await get()).toMatchObject({
      latestReadyRevision: `${LOCATION}/workerPools/queue/revisions/${first}`,
      terminalCondition: { state: 'CONDITION_FAILED' },
      instanceSplitStatuses: [{ percent: 100 }],
    });
  });
});
