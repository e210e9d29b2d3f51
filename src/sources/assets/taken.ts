/** What takes in the assets of exports, read here or folded elsewhere. */
import type { Asset } from './asset.js';
import { Collected } from './collect.js';
import type { Folded } from './fold.js';
import type { Postponed } from './postponed.js';
import { Unfolder } from './unfold.js';

/** Whoever takes in what is read, in the order of the files. */
export interface TakesExports {
  /** What follows is of this export. */
  from(name: string): void;
  add(asset: Asset): void;
  /** @param by who has folded it: numbers go on from one batch of theirs to the next */
  unfold(folded: Folded, by: number): void;
}

/** Collects all of it. */
export class Taken implements TakesExports {
  readonly collected = new Collected();
  readonly #unfolders = new Map<number, Unfolder>();

  from(name: string): void {
    this.collected.from(name);
  }

  add(asset: Asset): void {
    this.collected.add(asset);
  }

  unfold(folded: Folded, by: number): void {
    this.#unfolder(by).unfold(folded, this.collected);
  }

  /** The same, but for what can be read with the project that it lies in, which is postponed. */
  unfoldBut(postponed: Postponed, folded: Folded, by: number): void {
    const { collected } = this;
    this.#unfolder(by).unfold(folded, {
      add: (asset) => collected.add(asset),
      later: {
        begin: (unfolder, numbers) => postponed.begin(unfolder, numbers),
        note: (told) => collected.note(told),
        postpone: (home, isOfRun, at) => postponed.postpone(home, isOfRun, at),
      },
    });
  }

  #unfolder(by: number): Unfolder {
    const unfolder = this.#unfolders.get(by) ?? new Unfolder();
    this.#unfolders.set(by, unfolder);
    return unfolder;
  }
}
