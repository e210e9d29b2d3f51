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

/** More numbers than a batch can have. */
const BATCH = 2 ** 32;

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
   * @returns which projects, by id, are in the share; those of which nothing was postponed are in the first
   */
  shareOf({ index, of }: Share, names: ProjectNames): (project: string) => boolean {
    const sizes = new Map<string, number>();
    let total = 0;
    for (const [project, places] of this.#places) {
      const id = names.id(project);
      sizes.set(id, (sizes.get(id) ?? 0) + places.length);
      total += places.length;
    }
    // Names of resources go on with a slash, by which one project's come before another's.
    const sorted = [...sizes].map(([project, size]) => ({ project, size, key: `${project}/` }));
    sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
    const shares = new Map<string, number>();
    let before = 0;
    for (const { project, size } of sorted) {
      shares.set(project, Math.floor((before * of) / total));
      before += size;
    }
    return (project) => (shares.get(project) ?? 0) === index;
  }

  /** The assets of some projects, in the order in which they came. */
  *assetsOf(isOwn: (project: string) => boolean, names: ProjectNames): Generator<Asset> {
    const own: number[] = [];
    for (const [project, places] of this.#places) {
      if (!isOwn(names.id(project))) continue;
      for (let at = 0; at < places.length; at += 2)
        own.push((places[at] ?? 0) * BATCH + (places[at + 1] ?? 0));
    }
    for (const place of Float64Array.from(own).sort()) {
      const batch = this.#batches[Math.floor(place / BATCH)];
      if (batch !== undefined) yield batch.by.asset(batch.numbers, place % BATCH);
    }
  }
}
