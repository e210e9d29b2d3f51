/** What exports cover: of which places and types they name everything. */
import type { Content, Exported, TypePlaces } from './exported.js';

/** Which place is above which. */
export interface Lineages {
  /** A place and all above it, nearest first; projects by their numbers where those are known. */
  of(place: string): readonly string[];
}

/** What several exports cover, each by itself. */
export class Covered {
  readonly #lineages: Lineages;
  readonly #exports: Readonly<Record<Content, readonly Scope[]>>;
  readonly #everywhere = new Set<string>();
  readonly #tells = new Map<string, Map<string, boolean>>();

  constructor(exports: Iterable<Exported>, lineages: Lineages) {
    this.#lineages = lineages;
    const all = [...exports];
    const scopes = (content: Content) => all.map((each) => new Scope(each.places(content), lineages));
    this.#exports = { 'iam-policy': scopes('iam-policy'), resource: scopes('resource') };
    for (const place of all.flatMap(({ everywhere }) => [...everywhere])) {
      this.#everywhere.add(lineages.of(place)[0] ?? place);
    }
  }

  /** Whether something of the place, or of what is above it, is in any export. */
  has(place: string): boolean {
    return this.#lineages.of(place).some((each) => this.#everywhere.has(each));
  }

  /** Whether any export has the type with this content. */
  knows(content: Content, type: string): boolean {
    return this.#exports[content].some((scope) => scope.knows(type));
  }

  /** Whether one export names everything of the type in this place. */
  tells(content: Content, type: string, place: string): boolean {
    const key = `${content} ${type}`;
    const byPlace = this.#tells.get(key) ?? new Map<string, boolean>();
    this.#tells.set(key, byPlace);
    const known = byPlace.get(place);
    if (known !== undefined) return known;
    const lineage = this.#lineages.of(place);
    const told = this.#exports[content].some((scope) => scope.tells(type, lineage));
    byPlace.set(place, told);
    return told;
  }
}

/** What one export covers with one content. */
class Scope {
  readonly #lineages: Lineages;
  /** Whatever something lies in. */
  readonly #places = new Set<string>();
  readonly #types: TypePlaces;
  /** A type → the topmost of the places above those that it was seen in: what the export was made of. */
  readonly #tops = new Map<string, ReadonlySet<string | undefined>>();

  constructor(types: TypePlaces, lineages: Lineages) {
    this.#types = types;
    this.#lineages = lineages;
    const written = new Set<string>();
    for (const places of types.values()) for (const place of places) written.add(place);
    for (const place of written) this.#places.add(lineages.of(place)[0] ?? place);
  }

  knows(type: string): boolean {
    return this.#types.has(type);
  }

  tells(type: string, lineage: readonly string[]): boolean {
    const top = this.#top(lineage);
    return top !== undefined && this.#topsOf(type).has(top);
  }

  #topsOf(type: string): ReadonlySet<string | undefined> {
    const known = this.#tops.get(type);
    if (known !== undefined) return known;
    const places = [...(this.#types.get(type) ?? [])];
    const tops = new Set(places.map((place) => this.#top(this.#lineages.of(place))));
    this.#tops.set(type, tops);
    return tops;
  }

  #top(lineage: readonly string[]): string | undefined {
    return lineage.findLast((each) => this.#places.has(each));
  }
}
