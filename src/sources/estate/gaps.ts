/** What a copy lacks, gathered: what lacks for one and the same reason is told in one sentence. */
import type { Gap } from './lists.js';

/** So many things of one sentence are named; the rest is counted. */
const NAMED = 3;

export class Gaps {
  readonly #whats = new Map<string, Set<string>>();

  readonly add: Gap = (what, why) => {
    const whats = this.#whats.get(why) ?? new Set<string>();
    this.#whats.set(why, whats.add(what));
  };

  /** `WHAT, WHAT and 2 more: WHY`, in the order in which the reasons came up. */
  sentences(): string[] {
    return [...this.#whats].map(([why, whats]) => {
      const more = whats.size - NAMED;
      const named = [...whats].slice(0, NAMED).join(', ');
      return `${named}${more > 0 ? ` and ${more} more` : ''}: ${why}`;
    });
  }
}
