import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Lease } from './slot.js';
import { type TestPool, testPool, turns } from './testing-pool.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What may happen to a pool; numbers choose among what is there. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('arrive'), which: fc.nat(3) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('release'), which: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('succeed'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unready'), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass'), which: fc.nat(15_000) }) },
);

/** A pool under test, with everything that was asked of it. */
class Trial {
  readonly leases = new Set<Lease>();
  arrived = 0;
  settled = 0;
  readonly #clients: AbortController[] = [];
  readonly #test: TestPool;

  constructor(
    private readonly concurrency: number,
    private readonly max: number,
    min: number,
  ) {
    this.#test = testPool({ held: true, idleMs: 20_000, template: { concurrency } });
    this.#test.pool.scale({ min, max });
  }

  async take({ kind, which }: { kind: string; which: number }): Promise<void> {
    const { instances, starts } = this.#test;
    switch (kind) {
      case 'arrive':
        for (let n = 0; n <= which; n++) this.arrive();
        break;
      case 'release':
        this.release([...this.leases][which % Math.max(1, this.leases.size)]);
        break;
      case 'succeed':
        starts[which % Math.max(1, starts.length)]?.succeed();
        break;
      case 'fail':
        starts[which % Math.max(1, starts.length)]?.fail();
        break;
      case 'die':
        instances[which % Math.max(1, instances.length)]?.die();
        break;
      case 'leave':
        this.#clients[which % Math.max(1, this.#clients.length)]?.abort(new Error('gone'));
        break;
      case 'unready': {
        const instance = instances[which % Math.max(1, instances.length)];
        instance?.setReady(!instance.ready);
        break;
      }
      default:
        await vi.advanceTimersByTimeAsync(which);
    }
    await turns();
  }

  arrive(): void {
    const client = new AbortController();
    this.#clients.push(client);
    this.arrived += 1;
    this.#test.pool.acquire(undefined, client.signal).then(
      (lease) => {
        this.settled += 1;
        this.leases.add(lease);
      },
      () => {
        this.settled += 1;
      },
    );
  }

  release(lease: Lease | undefined): void {
    if (lease === undefined) return;
    lease.release();
    this.leases.delete(lease);
  }

  /** Alive, and not asked to stop. */
  #serving() {
    const gone = this.#dead;
    return this.#test.instances.filter(({ id, stopped }) => stopped === undefined && !gone.has(id));
  }

  readonly #dead = new Set<string>();

  async check(): Promise<void> {
    const { pool, instances } = this.#test;
    for (const { id, ended } of instances) void ended.then(() => this.#dead.add(id));
    await turns();
    expect(pool.size).toBeLessThanOrEqual(this.max);
    expect(this.settled + pool.waiting).toBe(this.arrived);
    for (const instance of this.#serving()) {
      const held = [...this.leases].filter((lease) => lease.instance === instance).length;
      expect(held).toBeLessThanOrEqual(this.concurrency);
      if (instance.ready && held < this.concurrency) expect(pool.waiting).toBe(0);
    }
  }

  /** Everybody is done: nothing may be left. */
  async end(): Promise<void> {
    const { pool, starts, instances } = this.#test;
    for (const instance of instances) instance.setReady(true);
    for (let n = 0; n < 20; n++) {
      for (const start of starts) start.succeed();
      for (const lease of [...this.leases]) this.release(lease);
      await vi.advanceTimersByTimeAsync(15_000);
    }
    expect(pool.waiting).toBe(0);
    expect(this.settled).toBe(this.arrived);
    const closed = pool.close(0);
    await vi.advanceTimersByTimeAsync(1);
    await closed;
    expect(pool.size).toBe(0);
    await turns();
    expect(this.#serving()).toEqual([]);
  }
}

describe('a pool, whatever happens to it,', () => {
  it('keeps to its limits and loses nobody who waits', async () => {
    const limits = fc.record({
      concurrency: fc.integer({ min: 1, max: 4 }),
      max: fc.integer({ min: 1, max: 5 }),
      min: fc.nat(2),
    });
    const history = fc.array(step, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(limits, history, async ({ concurrency, max, min }, steps) => {
        const trial = new Trial(concurrency, max, Math.min(min, max));
        for (const each of steps) {
          await trial.take(each);
          await trial.check();
        }
        await trial.end();
      }),
      { numRuns: 60 },
    );
  });
});
