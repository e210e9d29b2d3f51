/** One instance of a pool, and the requests on it. */
import { randomBytes } from 'node:crypto';
import type { RunningInstance } from '../instance/index.js';
import type { RevisionRecord } from '../model.js';

/** A place on an instance for one request. Give it back when the response has ended. */
export interface Lease {
  readonly instance: Pick<RunningInstance, 'id' | 'connect' | 'ended'>;
  readonly revision: RevisionRecord;
  /** Where the revision keeps session affinity: what a client sends along, so that it comes to this instance again. */
  readonly affinity?: string;
  release(): void;
}

export class Slot {
  /** Names the instance to clients, and says nothing about it. */
  readonly affinity = randomBytes(24).toString('base64url');
  #inFlight = 0;
  #drained: (() => void) | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(
    readonly instance: RunningInstance,
    /** In the pool's time, ms. */
    readonly since: number,
    /** Told each time a request has ended. */
    private readonly released: (slot: Slot) => void,
  ) {}

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests that it could take now. */
  room(concurrency: number): number {
    return this.instance.ready ? Math.max(0, concurrency - this.#inFlight) : 0;
  }

  lease(revision: RevisionRecord): Lease {
    clearTimeout(this.#idle);
    this.#inFlight += 1;
    let held = true;
    return {
      instance: this.instance,
      revision,
      ...(revision.template.sessionAffinity ? { affinity: this.affinity } : {}),
      release: () => {
        if (!held) return;
        held = false;
        this.#inFlight -= 1;
        if (this.#inFlight === 0) this.#drained?.();
        this.released(this);
      },
    };
  }

  /** Calls back after this time without a request. */
  whenIdle(ms: number, call: () => void): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#inFlight === 0) call();
    }, ms);
    this.#idle.unref();
  }

  /**
   * Lets the requests under way end, then stops the instance.
   * @param drainMs how long they may go on
   */
  async retire(drainMs: number, graceMs: number): Promise<void> {
    clearTimeout(this.#idle);
    if (this.#inFlight > 0 && drainMs > 0) {
      const over = new AbortController();
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        const timer = setTimeout(resolve, drainMs);
        timer.unref();
        over.signal.addEventListener('abort', () => clearTimeout(timer));
        void this.instance.ended.then(() => resolve());
      });
      over.abort();
    }
    await this.instance.stop(graceMs);
  }

  /** Its instance has ended. */
  forget(): void {
    clearTimeout(this.#idle);
  }
}
