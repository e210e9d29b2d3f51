/** How many attempts of tasks may run on this machine at a time, whatever the executions ask for. */
import { totalmem } from 'node:os';

/** A task that does little needs no more than this, its sandbox included. */
const BYTES_PER_ATTEMPT = 64 * 2 ** 20;
const FEWEST = 4;

/** As many as fit into this machine's memory when they are small. */
export function slotsOfThisMachine(): number {
  return Math.max(FEWEST, Math.floor(totalmem() / BYTES_PER_ATTEMPT));
}

export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Waits for a slot, first come, first served.
   * @returns a function that gives it back; undefined when the signal was faster
   */
  async acquire(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined;
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#turn(signal))) return undefined;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#release();
    };
  }

  #turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const mine = () => {
        signal.removeEventListener('abort', given);
        resolve(true);
      };
      const given = () => {
        this.#waiting.splice(this.#waiting.indexOf(mine), 1);
        resolve(false);
      };
      this.#waiting.push(mine);
      signal.addEventListener('abort', given, { once: true });
    });
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
