/** What the registry does by itself: leftovers of a former process, cleanup policies, blobs that nothing refers to. */
import type { Cleanup } from './cleanup.js';
import type { Collector } from './collector.js';
import type { Uploads } from './uploads.js';

/** Docs "Configure cleanup policies": a background job that takes effect within about a day. */
const DAY_MS = 24 * 60 * 60 * 1000;

export interface UpkeepOptions {
  readonly uploads: Uploads;
  readonly collector: Collector;
  readonly cleanup: Cleanup;
  readonly clock: () => Date;
}

export class Upkeep {
  readonly #options: UpkeepOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Runs now, and once a day as long as the process lives. @param onError hears what failed */
  start(onError: (error: unknown) => void): void {
    const { collector } = this.#options;
    collector.reportTo(onError);
    const run = () => {
      this.#running = this.#running.then(() => this.#run()).catch(onError);
    };
    run();
    this.#timer = setInterval(run, DAY_MS);
    this.#timer.unref();
  }

  /** No further runs; resolves when the one under way has ended. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { uploads, cleanup, collector, clock } = this.#options;
    await uploads.sweep();
    await cleanup.run(clock());
    await collector.collect();
  }
}
