/**
 * What one export tells of its own scope. An export is of a project, a folder or an organization and all below it: so
 * it covers whatever something in it lies in, and what is below that, for the types and the contents that it has. Two
 * exports do not vouch for each other.
 */
import type { Asset } from './asset.js';
import type { ToldOf } from './unfold.js';

export type Content = 'iam-policy' | 'resource';

/** A type → the projects, folders and organizations that assets of it lie in directly, as written. */
export type TypePlaces = ReadonlyMap<string, ReadonlySet<string>>;

export class Exported {
  /** Wherever anything of it lies, of whatever type and content. */
  readonly everywhere = new Set<string>();
  readonly #policies = new Map<string, Set<string>>();
  readonly #resources = new Map<string, Set<string>>();

  /** Notes where an asset lies. One that was chosen by itself tells nothing of others. */
  add(asset: Asset): void {
    const place = placeOf(asset);
    const { type, chosen, policy, data } = asset;
    if (place !== undefined)
      this.note(place, { type, chosen, hasPolicy: policy !== undefined, hasData: data !== undefined });
  }

  /** The same of an asset that lies in the place. */
  note(place: string, { type, chosen, hasPolicy, hasData }: Omit<ToldOf, 'ancestors' | 'home'>): void {
    this.everywhere.add(place);
    if (chosen === true) return;
    if (hasPolicy) note(this.#policies, type, place);
    if (hasData) note(this.#resources, type, place);
  }

  places(content: Content): TypePlaces {
    return content === 'resource' ? this.#resources : this.#policies;
  }
}

function note(types: Map<string, Set<string>>, type: string, place: string): void {
  const places = types.get(type);
  if (places === undefined) types.set(type, new Set([place]));
  else places.add(place);
}

/** Its nearest ancestor; where none is said, what its name says. */
function placeOf({ name, ancestors: [nearest] }: Asset): string | undefined {
  if (nearest !== undefined) return nearest;
  return /^\/\/[^/]+\/((?:projects|folders|organizations)\/[^/]+)/.exec(name)?.[1];
}
