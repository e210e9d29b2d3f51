/** Custom roles as decisions go by them where changes take their time: read anew after each change. */
import type { RowReader } from './propagation.js';

export class DelayedRoles<T> {
  readonly #roles = new Map<string, T>();
  #loading: Promise<void> | undefined;
  #changes = 0;

  /**
   * @param prepare what is kept of a row's value
   * @param changed called whenever a role is no longer what it was
   */
  constructor(
    private readonly rows: RowReader,
    private readonly prefix: string,
    private readonly prepare: (name: string, value: unknown) => T,
    changed: () => void,
  ) {
    rows.watch(prefix, () => {
      this.#changes++;
      this.#loading = undefined;
      changed();
    });
  }

  /** Resolves when get() tells what holds now. */
  ready(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    for (;;) {
      const before = this.#changes;
      const rows = await this.rows.list(this.prefix);
      if (before !== this.#changes) continue;
      this.#roles.clear();
      for (const { key, value } of rows) {
        const name = key.slice(this.prefix.length);
        this.#roles.set(name, this.prepare(name, value));
      }
      return;
    }
  }

  get(name: string): T | undefined {
    return this.#roles.get(name);
  }
}
