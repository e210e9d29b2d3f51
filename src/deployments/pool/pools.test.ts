import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type Store } from '../../store/index.js';
import { type StartFixture, startFixture } from '../instance/testing-requests.js';
import { keys, type RevisionRecord, type RoutedTarget, type ServiceRecord } from '../model.js';
import { Pools } from './pools.js';
import { testRevision, turns } from './testing-pool.js';

const KEY = { project: 'p', location: 'us-central1', name: 'web' };
const IMPORTED = { 'web-1': { digest: 'd', config: {}, layers: [] } };

let store: Store;
let fixture: StartFixture;
let pools: Pools;
const errors: unknown[] = [];

beforeEach(async () => {
  store = openSqlite(':memory:');
  fixture = startFixture();
  pools = new Pools({ store, instances: fixture.deps, onError: (error) => errors.push(error) });
  for (const name of ['old', 'new']) await put(name, {});
});
afterEach(async () => {
  await pools.close();
  await store.close();
  expect(errors.splice(0)).toEqual([]);
  expect(fixture.executor.running).toEqual([]);
});

async function put(name: string, change: Partial<RevisionRecord>): Promise<void> {
  const value = { ...testRevision(), name, imported: IMPORTED, ...change };
  await store.commit([{ op: 'put', key: keys.revision(KEY.project, KEY.location, name), value }]);
}

/** The service with these targets. @param minInstances of the service as a whole */
function service(percents: Readonly<Record<string, number>>, minInstances = 0): ServiceRecord {
  const traffic: RoutedTarget[] = Object.entries(percents).map(([revisionName, percent]) => ({
    revisionName,
    percent,
    latest: false,
  }));
  return {
    ...KEY,
    traffic,
    spec: { scaling: { kind: 'automatic', minInstances } },
  } as unknown as ServiceRecord;
}

/** The revisions of the instances that run, once what was begun has come to something. */
async function running(): Promise<string[]> {
  for (let n = 0; n < 5; n++) await turns();
  return fixture.executor.running.map(({ id }) => id.replace(/-[0-9a-f]+$/, '')).sort();
}

describe('the pools of a service', () => {
  it('start what must not sleep, shared out as the traffic is', async () => {
    await pools.settle(service({ old: 25, new: 75 }, 4));
    expect(await running()).toEqual(['new', 'new', 'new', 'old']);
  });

  it('start nothing where all may sleep', async () => {
    await pools.settle(service({ old: 25, new: 75 }));
    expect(await running()).toEqual([]);
    expect(pools.peek(KEY, 'old')).toBeUndefined();
  });

  it('follow the traffic', async () => {
    await pools.settle(service({ old: 100 }, 2));
    expect(await running()).toEqual(['old', 'old']);
    const moved = service({ new: 100 }, 2);
    pools.retire(KEY, moved, new Set());
    await pools.settle(moved);
    await pools.gone();
    expect(await running()).toEqual(['new', 'new']);
  });

  it('leave revisions alone that are coming up', async () => {
    await pools.of({ ...testRevision(), name: 'next' }, IMPORTED).warm('a test');
    pools.retire(KEY, service({ old: 100 }), new Set(['next']));
    expect(await running()).toEqual(['next']);
    pools.retire(KEY, undefined, new Set());
    await pools.gone();
    expect(await running()).toEqual([]);
  });

  it('serve revisions that are ready, and no others', async () => {
    const lease = await (await pools.find(service({ old: 100 }), 'old'))?.acquire();
    expect(lease?.revision.name).toBe('old');
    lease?.release();
    await put('broken', { state: 'failed' });
    expect(await pools.find(service({ broken: 100 }), 'broken')).toBeUndefined();
    expect(await pools.find(service({ gone: 100 }), 'gone')).toBeUndefined();
  });

  it('start nothing any longer once they are closed', async () => {
    await pools.close();
    const pool = pools.of(testRevision(), IMPORTED);
    await expect(pool.acquire()).rejects.toMatchObject({ outcome: { cause: 'stopped' } });
    expect(await running()).toEqual([]);
  });
});
