/** When an instance may be started again after one has failed: less and less often, so that nothing spins. */

const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/** An instance that has lived as long as this did not fail at once. */
export const SETTLED_MS = 10_000;

export class Backoff {
  #failures = 0;
  #until = 0;
  #last: unknown;

  constructor(private readonly now: () => number) {}

  /** True after a failure, until an instance has settled. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** How the last one failed. */
  get last(): unknown {
    return this.#last;
  }

  /** Milliseconds until another may be started. */
  get left(): number {
    return Math.max(0, this.#until - this.now());
  }

  failed(error: unknown): void {
    this.#last = error;
    // Those that were started together fail together: they count once.
    if (this.left > 0) return;
    this.#until = this.now() + Math.min(FIRST_MS * 2 ** this.#failures, LONGEST_MS);
    this.#failures += 1;
  }

  settled(): void {
    this.#failures = 0;
    this.#until = 0;
  }
}
