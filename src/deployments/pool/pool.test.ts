import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InstanceFailure } from '../instance/index.js';
import { reasons } from './reasons.js';
import { testPool, turns } from './testing-pool.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a pool of instances', () => {
  it('starts one for the first request and keeps it for the next', async () => {
    const { pool, instances, reasons: why } = testPool();
    const first = await pool.acquire();
    first.release();
    const second = await pool.acquire();
    expect(second.instance).toBe(first.instance);
    expect(instances).toHaveLength(1);
    expect(why).toEqual([reasons.autoscaling]);
  });

  it('starts no more instances than concurrent requests need', async () => {
    const { pool, instances } = testPool({ template: { concurrency: 2 } });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    expect(instances).toHaveLength(2);
    expect(new Set(leases.map((lease) => lease.instance.id)).size).toBe(2);
  });

  it('serves two thousand requests at once from zero, ten starts at a time', async () => {
    const { pool, instances, starts } = testPool({ held: true });
    const leases = Array.from({ length: 2000 }, () => pool.acquire());
    expect(starts).toHaveLength(10);
    for (let done = 0; done < starts.length; done++) {
      starts[done]?.succeed();
      await turns();
      expect(starts.length).toBeLessThanOrEqual(done + 1 + 10);
    }
    expect(instances).toHaveLength(25);
    const served = await Promise.all(leases);
    for (const { id } of instances)
      expect(served.filter((lease) => lease.instance.id === id)).toHaveLength(80);
  });

  it('holds a request while the maximum of instances is busy, and serves it on release', async () => {
    const { pool, instances } = testPool({ template: { concurrency: 1, maxInstances: 1 } });
    const first = await pool.acquire();
    const second = pool.acquire();
    await turns();
    expect(pool.waiting).toBe(1);
    first.release();
    expect((await second).instance).toBe(first.instance);
    expect(instances).toHaveLength(1);
  });

  it('counts a release once', async () => {
    const { pool } = testPool({ template: { concurrency: 1, maxInstances: 1 } });
    const first = await pool.acquire();
    first.release();
    first.release();
    const second = await pool.acquire();
    void pool.acquire();
    await turns();
    expect(pool.waiting).toBe(1);
    second.release();
    expect(pool.waiting).toBe(0);
  });

  it('refuses a request that has waited for ten seconds, or 3.5 times as long as starts take', async () => {
    const { pool, starts } = testPool({ held: true, template: { concurrency: 1, maxInstances: 1 } });
    const first = pool.acquire();
    await vi.advanceTimersByTimeAsync(4000);
    starts[0]?.succeed();
    await first;
    const refused = expect(pool.acquire()).rejects.toMatchObject({
      message: 'The request was aborted because there was no available instance.',
      outcome: { cause: 'no-instance' },
    });
    await vi.advanceTimersByTimeAsync(13_999);
    expect(pool.waiting).toBe(1);
    await vi.advanceTimersByTimeAsync(2);
    await refused;
    expect(pool.waiting).toBe(0);
  });

  it('forgets a request whose client has gone', async () => {
    const { pool, starts } = testPool({ held: true });
    const gone = new AbortController();
    const lease = pool.acquire(undefined, gone.signal);
    gone.abort(new Error('gone'));
    await expect(lease).rejects.toThrow('gone');
    expect(pool.waiting).toBe(0);
    starts[0]?.succeed();
    await turns();
    await expect(pool.acquire(undefined, gone.signal)).resolves.toBeDefined();
  });

  it('gives no requests to an instance that is not ready', async () => {
    const { pool, instances } = testPool();
    (await pool.acquire()).release();
    instances[0]?.setReady(false);
    const other = await pool.acquire();
    expect(other.instance).toBe(instances[1]);
    instances[0]?.setReady(true);
    expect((await pool.acquire()).instance).toBe(instances[0]);
  });

  it('serves who waits when an instance becomes ready again', async () => {
    const { pool, instances } = testPool({ template: { maxInstances: 1 } });
    (await pool.acquire()).release();
    instances[0]?.setReady(false);
    const waiting = pool.acquire();
    instances[0]?.setReady(true);
    expect((await waiting).instance).toBe(instances[0]);
  });

  it('sends a client to its instance while that has room', async () => {
    const { pool } = testPool({ template: { concurrency: 1, sessionAffinity: true } });
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    first?.release();
    second?.release();
    const again = await pool.acquire(second?.affinity);
    expect(again.instance).toBe(second?.instance);
    const full = await pool.acquire(second?.affinity);
    expect(full.instance).toBe(first?.instance);
    expect(full.affinity).toBe(first?.affinity);
    expect((await pool.acquire('unknown')).instance.id).toBe('i2');
  });

  it('names no instance to clients where there is no session affinity', async () => {
    expect((await testPool().pool.acquire()).affinity).toBeUndefined();
  });
});

describe('idle instances', () => {
  it('stop after a while, all of them where no minimum is', async () => {
    const { pool, instances } = testPool({ idleMs: 1000, template: { concurrency: 1 } });
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    await vi.advanceTimersByTimeAsync(999);
    expect(pool.size).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(pool.size).toBe(0);
    expect(instances.map(({ stopped }) => stopped)).toEqual([10_000, 10_000]);
  });

  it('stop down to the minimum', async () => {
    const { pool } = testPool({ idleMs: 1000, template: { concurrency: 1 } });
    pool.scale({ min: 1, max: 5 });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    await vi.advanceTimersByTimeAsync(5000);
    expect(pool.size).toBe(1);
  });

  it('are those that are needed least', async () => {
    const { pool, instances } = testPool({ idleMs: 1000, template: { concurrency: 2 } });
    const leases = await Promise.all(Array.from({ length: 4 }, () => pool.acquire()));
    for (const lease of leases) lease.release();
    for (let n = 0; n < 4; n++) {
      const lease = await pool.acquire();
      await vi.advanceTimersByTimeAsync(400);
      lease.release();
    }
    expect(instances.map(({ stopped }) => stopped)).toEqual([undefined, 10_000]);
  });
});

describe('the minimum of instances', () => {
  it('is started, and kept up when one dies', async () => {
    const { pool, instances, reasons: why } = testPool();
    pool.scale({ min: 2, max: 5 });
    await turns();
    expect(pool.size).toBe(2);
    await vi.advanceTimersByTimeAsync(20_000);
    instances[0]?.die();
    await turns();
    expect(pool.size).toBe(2);
    expect(new Set(why)).toEqual(new Set([reasons.minimum]));
  });

  it('is started less and less often when it keeps dying', async () => {
    const { pool, instances } = testPool();
    pool.scale({ min: 1, max: 1 });
    for (let second = 0; second < 600; second++) {
      instances.at(-1)?.die();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(instances.length).toBeLessThan(15);
    expect(instances.length).toBeGreaterThan(8);
  });

  it('goes with the scaling, and so do instances above the maximum once they are idle', async () => {
    const { pool, instances } = testPool({ template: { concurrency: 1 } });
    pool.scale({ min: 3, max: 3 });
    await turns();
    const lease = await pool.acquire();
    pool.scale({ min: 1, max: 1 });
    await turns();
    expect(instances.filter(({ stopped }) => stopped !== undefined)).toHaveLength(2);
    expect(lease.instance).toBe(instances.find(({ stopped }) => stopped === undefined));
  });

  it('of a service that was scaled to zero by hand is none, and requests are refused at once', async () => {
    const { pool, instances } = testPool();
    const lease = await pool.acquire();
    pool.scale({ min: 0, max: 0 });
    await expect(pool.acquire()).rejects.toMatchObject({ outcome: { cause: 'disabled' } });
    expect(instances[0]?.stopped).toBeUndefined();
    lease.release();
    await turns();
    expect(instances[0]?.stopped).toBe(10_000);
  });
});

describe('instances that do not come up', () => {
  it('fail the requests that wait for them', async () => {
    const failure = new InstanceFailure('no such command', { cause: 'start' });
    const { pool } = testPool({ failure: () => failure });
    await expect(pool.acquire()).rejects.toBe(failure);
    expect(pool.size).toBe(0);
  });

  it('fail nobody while others run', async () => {
    const { pool, starts } = testPool({ held: true, template: { concurrency: 1 } });
    const first = pool.acquire();
    starts[0]?.succeed();
    const lease = await first;
    const second = pool.acquire();
    starts[1]?.fail();
    await turns();
    expect(pool.waiting).toBe(1);
    lease.release();
    expect((await second).instance).toBe(lease.instance);
  });

  it('are started ever less often, and ten thousand requests are answered at once meanwhile', async () => {
    let broken = true;
    const failure = new InstanceFailure('it crashed', { cause: 'start' });
    const { pool, reasons: why } = testPool({ failure: () => (broken ? failure : undefined) });
    const outcomes: Promise<unknown>[] = [];
    for (let n = 0; n < 10_000; n++) {
      outcomes.push(pool.acquire().catch((error: unknown) => error));
      if (n % 100 === 0) await vi.advanceTimersByTimeAsync(300);
    }
    // Those that were held for the next attempt.
    await vi.advanceTimersByTimeAsync(20_000);
    const errors = await Promise.all(outcomes);
    expect(errors.every((error) => error instanceof InstanceFailure)).toBe(true);
    expect(pool.waiting).toBe(0);
    expect(why.length).toBeLessThan(30);
    broken = false;
    await vi.advanceTimersByTimeAsync(10_000);
    await expect(pool.acquire()).resolves.toBeDefined();
  });

  it('for reasons that nobody foresaw are told', async () => {
    const failure = new Error('EIO');
    const { pool, errors } = testPool({ failure: () => failure });
    await expect(pool.acquire()).rejects.toBe(failure);
    expect(errors).toEqual([failure]);
  });
});

describe('a pool that is closed', () => {
  it('lets requests under way end before it stops their instance', async () => {
    const { pool, instances } = testPool();
    const lease = await pool.acquire();
    const closed = pool.close();
    await turns();
    expect(instances[0]?.stopped).toBeUndefined();
    lease.release();
    await closed;
    expect(instances[0]?.stopped).toBe(10_000);
  });

  it('lets them go on for as long as requests may', async () => {
    const { pool, instances } = testPool({ template: { timeoutSeconds: 5 } });
    await pool.acquire();
    const closed = pool.close();
    await vi.advanceTimersByTimeAsync(4999);
    expect(instances[0]?.stopped).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await closed;
    expect(instances[0]?.stopped).toBe(10_000);
  });

  it('refuses who waits, gives up what starts, and takes no requests', async () => {
    const { pool, starts } = testPool({ held: true });
    const refused = expect(pool.acquire()).rejects.toMatchObject({ outcome: { cause: 'stopped' } });
    await pool.close(0);
    await refused;
    await expect(pool.acquire()).rejects.toMatchObject({ outcome: { cause: 'stopped' } });
    expect(starts).toHaveLength(1);
    expect(pool.size).toBe(0);
  });
});
