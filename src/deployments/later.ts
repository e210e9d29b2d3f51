/** Work that failed for reasons of the machine (a full disk, say) and is tried again after a while, less and less often. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

export class Later {
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #failures = new Map<string, number>();

  /** Calls back once, after a time that doubles with each failure in a row; a call that is waiting already stays. */
  again(id: string, call: () => void): void {
    if (this.#waiting.has(id)) return;
    const failures = this.#failures.get(id) ?? 0;
    this.#failures.set(id, failures + 1);
    const delay = Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      call();
    }, delay);
    timer.unref();
    this.#waiting.set(id, timer);
  }

  /** It worked: the next failure is a first one again. */
  worked(id: string): void {
    this.#failures.delete(id);
  }

  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }
}
