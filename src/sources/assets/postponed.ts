/** Cloud Run resources and their policies, left folded until it is known whose they are. */
import type { Asset } from './asset.js';
import type { ProjectNames } from './names.js';
import type { FoldedAt } from './unfold.js';

/** One of several shares of an estate's projects. */
export interface Share {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

/** A project of which something was postponed. */
export interface PostponedProject {
  /** In the order in which they came. */
  assets(): Iterable<Asset>;
}

export interface ProjectsOfShare {
  /** Whether a project, by id, is in the share; those of which nothing was postponed are in the first. */
  isOwn(project: string): boolean;
  readonly projects: readonly PostponedProject[];
}

/** Remembers where they are, by project. */
export class Postponed {
  readonly #batches: Pick<FoldedAt, 'by' | 'numbers'>[] = [];
  /** A project, by id or by number → where its assets are: a batch and a place in it, and so on. */
  readonly #places = new Map<string, number[]>();

  /** @param project by id or by number */
  add(project: string, { by, numbers, at }: FoldedAt): void {
    if (this.#batches.at(-1)?.numbers !== numbers) this.#batches.push({ by, numbers });
    const batch = this.#batches.length - 1;
    const places = this.#places.get(project);
    if (places === undefined) this.#places.set(project, [batch, at]);
    else places.push(batch, at);
  }

  /**
   * Shares projects out: about as many assets to each, and the projects of one share one after the other, in the order
   * of their resources' names.
   */
  shareOf({ index, of }: Share, names: ProjectNames): ProjectsOfShare {
    const byId = this.#byId(names);
    let total = 0;
    for (const places of byId.values()) total += places.length;
    // Names of resources go on with a slash, by which one project's come before another's.
    const sorted = Array.from(byId, ([project, places]) => ({ project, places, key: `${project}/` }));
    sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
    const others = new Set<string>();
    const own: PostponedProject[] = [];
    let before = 0;
    for (const { project, places } of sorted) {
      if (Math.floor((before * of) / total) === index) own.push({ assets: () => this.#assets(places) });
      else others.add(project);
      before += places.length;
    }
    const isOwn = (project: string) => (byId.has(project) ? !others.has(project) : index === 0);
    return { isOwn, projects: own };
  }

  #byId(names: ProjectNames): ReadonlyMap<string, readonly number[]> {
    const byId = new Map<string, readonly number[]>();
    for (const [project, places] of this.#places) {
      const id = names.id(project);
      const other = byId.get(id);
      byId.set(id, other === undefined ? places : inOrder([other, places]));
    }
    return byId;
  }

  *#assets(places: readonly number[]): Generator<Asset> {
    for (let at = 0; at < places.length; at += 2) {
      const batch = this.#batches[places[at] ?? 0];
      if (batch !== undefined) yield batch.by.asset(batch.numbers, places[at + 1] ?? 0);
    }
  }
}

/** Places of one project that goes by two names. */
function inOrder(lists: readonly (readonly number[])[]): readonly number[] {
  const all = lists.flatMap((places) =>
    Array.from({ length: places.length / 2 }, (_, index) => [
      places[index * 2] ?? 0,
      places[index * 2 + 1] ?? 0,
    ]),
  );
  return all.sort(([a = 0, one = 0], [b = 0, other = 0]) => a - b || one - other).flat();
}
