/** What lies in projects, left folded until somebody asks for what is in the project. */
import type { Asset } from './asset.js';
import type { ProjectNames } from './names.js';
import type { Unfolder } from './unfold.js';

/** One of several shares of an estate's projects. */
export interface Share {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

/** Where assets are: a batch and a place in it, and so on, in the order in which they came. */
type Places = readonly number[];

interface PlacesOf {
  /** Of Cloud Run. */
  readonly runs: Places;
  readonly others: Places;
}

const NOWHERE: PlacesOf = { runs: [], others: [] };

interface Batch {
  readonly by: Unfolder;
  readonly numbers: Int32Array;
}

/** Remembers where they are, by project. */
export class Postponed {
  readonly #batches: Batch[] = [];
  /** By the project, by id or by number. */
  readonly #places = new Map<string, { readonly runs: number[]; readonly others: number[] }>();
  /** Where those of the project are that the last one was of. */
  #last: { readonly home: string; readonly runs: number[]; readonly others: number[] } | undefined;

  /** What is postponed from now on is in this batch. */
  begin(by: Unfolder, numbers: Int32Array): void {
    this.#batches.push({ by, numbers });
  }

  /** @param home the project, by id or by number @param at where in the batch */
  postpone(home: string, isOfRun: boolean, at: number): void {
    const places = this.#last?.home === home ? this.#last : this.#of(home);
    (isOfRun ? places.runs : places.others).push(this.#batches.length - 1, at);
  }

  #of(home: string): { readonly runs: number[]; readonly others: number[] } {
    const places = this.#places.get(home) ?? { runs: [], others: [] };
    this.#places.set(home, places);
    this.#last = { home, ...places };
    return places;
  }

  /** All of it, once it is known which project is which. */
  byProject(names: ProjectNames): ProjectAssets {
    const byId = new Map<string, PlacesOf>();
    for (const [project, places] of this.#places) {
      const id = names.id(project);
      const other = byId.get(id);
      byId.set(id, other === undefined ? places : both(other, places));
    }
    return new ProjectAssets(this.#batches, byId);
  }
}

/** What was postponed, by the ids of projects. */
export class ProjectAssets {
  readonly #batches: readonly Batch[];
  readonly #places: ReadonlyMap<string, PlacesOf>;
  /** In the order of their resources' names. */
  readonly #sorted: readonly { readonly id: string; readonly size: number }[];
  readonly #total: number;

  constructor(batches: readonly Batch[], places: ReadonlyMap<string, PlacesOf>) {
    this.#batches = batches;
    this.#places = places;
    // Names of resources go on with a slash, by which one project's come before another's.
    const sized = Array.from(places, ([id, each]) => ({ id, size: sizeOf(each), key: `${id}/` }));
    this.#sorted = sized.sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#total = sized.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Shares projects out: about as many assets to each, and the projects of one share one after the other, in the order
   * of their resources' names.
   */
  share({ index, of }: Share): readonly string[] {
    let before = 0;
    return this.#sorted.flatMap(({ id, size }) => {
      const isOwn = Math.floor((before * of) / this.#total) === index;
      before += size;
      return isOwn ? [id] : [];
    });
  }

  /** Assets of Cloud Run in a project, in the order in which they came. */
  runsOf(id: string): Iterable<Asset> {
    return this.#assets((this.#places.get(id) ?? NOWHERE).runs);
  }

  /** All others in a project, in the order in which they came. */
  othersOf(id: string): Iterable<Asset> {
    return this.#assets((this.#places.get(id) ?? NOWHERE).others);
  }

  *#assets(places: Places): Generator<Asset> {
    for (let at = 0; at < places.length; at += 2) {
      const batch = this.#batches[places[at] ?? 0];
      if (batch !== undefined) yield batch.by.asset(batch.numbers, places[at + 1] ?? 0);
    }
  }
}

const sizeOf = ({ runs, others }: PlacesOf): number => runs.length + others.length;

/** Of one project that goes by two names. */
const both = (one: PlacesOf, other: PlacesOf): PlacesOf => ({
  runs: merged(one.runs, other.runs),
  others: merged(one.others, other.others),
});

function merged(one: Places, other: Places): Places {
  const all: number[] = [];
  let at = 0;
  let next = 0;
  while (at < one.length || next < other.length) {
    if (next === other.length || (at < one.length && isBefore(one, at, other, next))) {
      all.push(one[at] ?? 0, one[at + 1] ?? 0);
      at += 2;
    } else {
      all.push(other[next] ?? 0, other[next + 1] ?? 0);
      next += 2;
    }
  }
  return all;
}

function isBefore(one: Places, at: number, other: Places, next: number): boolean {
  const batches = (one[at] ?? 0) - (other[next] ?? 0);
  return batches === 0 ? (one[at + 1] ?? 0) < (other[next + 1] ?? 0) : batches < 0;
}
