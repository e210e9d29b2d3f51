/** Requests that wait for an instance, first come first served, each until its own deadline. */
import type { Lease, Slot } from './slot.js';

interface Waiter {
  readonly deadline: number;
  readonly serve: (slot: Slot) => void;
  readonly refuse: (error: unknown) => void;
}

export class Waiting {
  readonly #waiters = new Set<Waiter>();
  #timer: { readonly due: number; readonly handle: NodeJS.Timeout } | undefined;

  readonly #now: () => number;

  constructor(
    now: () => number,
    /** What those get who have waited in vain. */
    private readonly tooLate: () => Error,
  ) {
    this.#now = now;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /**
   * @param waitMs for how long
   * @param gone the client does not wait any longer
   */
  add(waitMs: number, take: (slot: Slot) => Lease, gone?: AbortSignal): Promise<Lease> {
    if (gone?.aborted === true) return Promise.reject(gone.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (this.#waiters.delete(waiter)) waiter.refuse(gone?.reason);
      };
      const over = () => gone?.removeEventListener('abort', leave);
      const waiter: Waiter = {
        deadline: this.#now() + waitMs,
        serve: (slot) => {
          over();
          resolve(take(slot));
        },
        refuse: (error) => {
          over();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      gone?.addEventListener('abort', leave, { once: true });
      this.#arm(waiter.deadline);
    });
  }

  /** Gives the slot to as many as it has room for. */
  serve(slot: Slot, room: number): void {
    for (const waiter of this.#first(room)) {
      this.#waiters.delete(waiter);
      waiter.serve(slot);
    }
  }

  refuseAll(error: unknown): void {
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
    for (const waiter of this.#first(this.#waiters.size)) {
      this.#waiters.delete(waiter);
      waiter.refuse(error);
    }
  }

  #first(count: number): Waiter[] {
    const first: Waiter[] = [];
    for (const waiter of this.#waiters) {
      if (first.length >= count) break;
      first.push(waiter);
    }
    return first;
  }

  /** Sees to it that somebody looks when this deadline is over. */
  #arm(due: number): void {
    if (this.#timer !== undefined && this.#timer.due <= due) return;
    clearTimeout(this.#timer?.handle);
    const handle = setTimeout(() => this.#expire(), due - this.#now());
    handle.unref();
    this.#timer = { due, handle };
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.#now();
    let next: number | undefined;
    for (const waiter of [...this.#waiters]) {
      if (waiter.deadline > now) next = Math.min(next ?? waiter.deadline, waiter.deadline);
      else if (this.#waiters.delete(waiter)) waiter.refuse(this.tooLate());
    }
    if (next !== undefined) this.#arm(next);
  }
}
