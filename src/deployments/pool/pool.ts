/**
 * The instances of one revision: started when requests need them or the minimum asks for them, bounded by the maximum,
 * stopped when they idle. Requests wait while an instance starts.
 */
import { setMaxListeners } from 'node:events';
import { GRACE_MS, InstanceFailure, type RunningInstance } from '../instance/index.js';
import type { RevisionRecord } from '../model.js';
import { Backoff, SETTLED_MS } from './backoff.js';
import { reasons } from './reasons.js';
import type { Scaling } from './scaling.js';
import { type Lease, Slot } from './slot.js';
import { Waiting } from './waiting.js';

/** Cloud Run stops idle instances within 15 minutes (docs "Container instance lifecycle"). */
const IDLE_MS = 15 * 60_000;
/** How long a request waits at least, and how many times as long as instances take to start (docs "About instance autoscaling"). */
const WAIT_MS = 10_000;
const WAIT_STARTS = 3.5;
/** Starts at the same time: more of them only slow each other down. */
const STARTS_AT_ONCE = 10;
/** While the next start waits no longer than this, requests wait for it; else they are refused at once. */
const HELD_MS = 1000;

export interface PoolDependencies {
  /** Starts one instance. @throws InstanceFailure */
  readonly start: (reason: string, signal: AbortSignal) => Promise<RunningInstance>;
  /** Milliseconds after which an unused instance is stopped. */
  readonly idleMs?: number;
  /** How long a start may take, ms: how long requests wait before any start has been seen. */
  readonly startAllowanceMs: number;
  /** Told of what went wrong while nobody waited for it. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

export class Pool {
  #slots: Slot[] = [];
  #byAffinity = new Map<string, Slot>();
  readonly #starting = new Set<Promise<Slot>>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #waiting: Waiting;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  readonly #now: () => number;
  #retry: NodeJS.Timeout | undefined;
  #scaling: Scaling;
  /** A moving average, ms. */
  #startMs: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    private readonly revision: RevisionRecord,
    private readonly deps: PoolDependencies,
  ) {
    // Every start listens to it.
    setMaxListeners(0, this.#abort.signal);
    this.#now = deps.now ?? (() => performance.now());
    this.#scaling = { min: 0, max: revision.template.maxInstances };
    this.#backoff = new Backoff(this.#now);
    this.#waiting = new Waiting(
      this.#now,
      () =>
        new InstanceFailure('The request was aborted because there was no available instance.', {
          cause: 'no-instance',
        }),
    );
  }

  /** The service the pool's revision belongs to. */
  get service(): string {
    return this.revision.service;
  }

  /** Instances that run or start. */
  get size(): number {
    return this.#slots.length + this.#starting.size;
  }

  /** Requests that wait for an instance. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Sets how many instances there may be, and makes it so: those that are too many end as soon as they can. */
  scale(scaling: Scaling): void {
    this.#scaling = scaling;
    if (this.#closed) return;
    const extra = this.#slots.length - scaling.max;
    if (extra > 0) {
      const idlest = [...this.#slots].sort((a, b) => a.inFlight - b.inFlight);
      for (const slot of idlest.slice(0, extra)) this.#retire(slot, this.#requestMs);
    }
    if (scaling.max === 0) this.#waiting.refuseAll(this.#disabled());
    for (const slot of this.#slots) if (slot.inFlight === 0) this.#armIdle(slot);
    this.#fill();
  }

  /** Waits until an instance serves; starts one unless there is one. @throws InstanceFailure */
  async warm(reason: string): Promise<void> {
    if (this.#slots.length > 0) return;
    const [under] = this.#starting;
    await (under ?? this.#launch(reason));
  }

  /** True while that client's instance is here. */
  knows(affinity: string): boolean {
    return this.#byAffinity.has(affinity);
  }

  /**
   * A place for one request; waits while an instance starts or all are busy.
   * @param affinity of an earlier lease: that instance, while it has room
   * @param gone the client does not wait any longer; the promise then rejects with the signal's reason
   * @throws InstanceFailure
   */
  acquire(affinity?: string, gone?: AbortSignal): Promise<Lease> {
    if (this.#closed) return Promise.reject(stopping());
    const slot = this.#choose(affinity);
    if (slot) return Promise.resolve(slot.lease(this.revision));
    if (this.#scaling.max === 0) return Promise.reject(this.#disabled());
    if (this.size === 0 && this.#backoff.left > HELD_MS) return Promise.reject(this.#refusal());
    const lease = this.#waiting.add(this.#waitMs, (found) => found.lease(this.revision), gone);
    this.#fill();
    return lease;
  }

  /**
   * Takes no new requests, lets those under way end, then stops every instance: SIGTERM, ten seconds, SIGKILL.
   * @param drainMs how long requests may go on; the revision's own request timeout when left out
   */
  close(drainMs = this.#requestMs): Promise<void> {
    this.#closed ??= this.#close(drainMs);
    return this.#closed;
  }

  async #close(drainMs: number): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#retry);
    this.#waiting.refuseAll(stopping());
    await Promise.allSettled(this.#starting);
    for (const slot of [...this.#slots]) this.#retire(slot, drainMs);
    await Promise.all(this.#retiring);
  }

  get #requestMs(): number {
    return this.revision.template.timeoutSeconds * 1000;
  }

  get #waitMs(): number {
    const startMs = this.#startMs;
    return Math.max(WAIT_MS, startMs === undefined ? this.deps.startAllowanceMs : WAIT_STARTS * startMs);
  }

  #disabled(): InstanceFailure {
    return new InstanceFailure(
      `Revision '${this.revision.name}' has no instances: its service is disabled.`,
      {
        cause: 'disabled',
      },
    );
  }

  #refusal(): unknown {
    const { last } = this.#backoff;
    const why = last instanceof Error ? last.message : String(last);
    return new InstanceFailure(why, { cause: 'backing-off' });
  }

  /** The client's own instance, or the first with room: what is needed least becomes idle and stops. */
  #choose(affinity: string | undefined): Slot | undefined {
    const { concurrency } = this.revision.template;
    const own = affinity === undefined ? undefined : this.#byAffinity.get(affinity);
    if (own && own.room(concurrency) > 0) return own;
    return this.#slots.find((slot) => slot.room(concurrency) > 0);
  }

  /** Starts what the minimum and the waiting requests need, as many as may start at once. */
  #fill(): void {
    if (this.#closed) return;
    const { min, max } = this.#scaling;
    for (;;) {
      const wanted = Math.ceil(this.#waiting.size / this.revision.template.concurrency);
      const forRequests = this.#starting.size < wanted;
      if (!forRequests && this.size >= min) return;
      if (this.size >= max) return;
      const failing = this.#backoff.failing;
      if (failing && this.#backoff.left > 0) {
        this.#fillLater();
        return;
      }
      if (this.#starting.size >= (failing ? 1 : STARTS_AT_ONCE)) return;
      // Nobody waits for it: those who wait are told below.
      this.#launch(forRequests ? reasons.autoscaling : reasons.minimum).catch(() => undefined);
    }
  }

  #fillLater(): void {
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#fill();
    }, this.#backoff.left);
    this.#retry.unref();
  }

  #launch(reason: string): Promise<Slot> {
    const starting = this.#start(reason);
    this.#starting.add(starting);
    const done = () => void this.#starting.delete(starting);
    starting.then(
      (slot) => {
        done();
        this.#take(slot);
      },
      (error: unknown) => {
        done();
        this.#failed(error);
      },
    );
    return starting;
  }

  async #start(reason: string): Promise<Slot> {
    const begun = this.#now();
    const instance = await this.deps.start(reason, this.#abort.signal);
    const took = this.#now() - begun;
    this.#startMs = this.#startMs === undefined ? took : (this.#startMs + took) / 2;
    return new Slot(instance, this.#now(), (slot) => this.#released(slot));
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    if (!(error instanceof InstanceFailure)) this.deps.onError(error);
    this.#backoff.failed(error);
    // Those who waited have waited for this; the next ones wait for the next attempt.
    if (this.size === 0) this.#waiting.refuseAll(error);
    this.#fill();
  }

  #take(slot: Slot): void {
    this.#slots.push(slot);
    this.#byAffinity.set(slot.affinity, slot);
    void slot.instance.ended.then(() => this.#ended(slot));
    slot.instance.onReady(() => this.#released(slot));
    if (this.#closed) return;
    // The maximum has become less meanwhile.
    if (this.#slots.length > this.#scaling.max) {
      this.#retire(slot, 0);
      return;
    }
    this.#released(slot);
    this.#fill();
  }

  #ended(slot: Slot): void {
    if (!this.#remove(slot)) return;
    if (this.#now() - slot.since >= SETTLED_MS) this.#backoff.settled();
    else
      this.#backoff.failed(
        new InstanceFailure('The instance ended soon after its start.', { cause: 'died' }),
      );
    this.#fill();
  }

  #remove(slot: Slot): boolean {
    if (!this.#slots.includes(slot)) return false;
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#byAffinity.delete(slot.affinity);
    slot.forget();
    return true;
  }

  #released(slot: Slot): void {
    if (!this.#slots.includes(slot)) return;
    this.#waiting.serve(slot, slot.room(this.revision.template.concurrency));
    if (slot.inFlight === 0) this.#armIdle(slot);
  }

  #armIdle(slot: Slot): void {
    if (this.#slots.length <= this.#scaling.min) return;
    slot.whenIdle(this.deps.idleMs ?? IDLE_MS, () => {
      if (this.#slots.length > this.#scaling.min) this.#retire(slot, 0);
    });
  }

  #retire(slot: Slot, drainMs: number): void {
    if (!this.#remove(slot)) return;
    const retiring = slot.retire(drainMs, GRACE_MS).catch(this.deps.onError);
    this.#retiring.add(retiring);
    void retiring.finally(() => this.#retiring.delete(retiring));
  }
}

const stopping = () => new InstanceFailure('the revision is being stopped', { cause: 'stopped' });
