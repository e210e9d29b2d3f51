/**
 * Tags as the Resource Manager API v3 writes them: values, and what they are attached to
 * (https://cloud.google.com/resource-manager/reference/rest/v3/tagBindings).
 */
import { isUnknown, type Known, type Unknown } from '../../checkpoint/index.js';
import type { EffectiveTag } from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import { type Fields, textIn } from './shape.js';
import { isByUniqueId } from './unique-ids.js';

export interface TagAssets {
  /** By `tagValues/N`. */
  readonly values: Map<string, EffectiveTag>;
  /** What something is attached to, as written → the values, by `tagValues/N`. */
  readonly bindings: Map<string, Set<string>>;
  /** Of some it cannot be read what is attached to what. */
  unreadable: boolean;
}

/** `parent` is the key; of its namespaced name, `123/env/prod`, no part has a slash. */
export function readTagValue(data: Fields, { values }: TagAssets): void {
  const valueId = textIn(data, 'name');
  const keyId = textIn(data, 'parent');
  const [, key, value] = /^(.+)\/([^/]+)$/.exec(textIn(data, 'namespacedName') ?? '') ?? [];
  if (valueId === undefined || keyId === undefined || key === undefined || value === undefined) return;
  values.set(valueId, { keyId, key, valueId, value });
}

/** Its name, `tagBindings/PARENT/tagValues/N` with the parent's slashes as `%2F`, says both as well. */
export function readTagBinding(data: Fields, assetName: string, into: TagAssets): void {
  const name = textIn(data, 'name') ?? assetName;
  const [, attached, named] = /tagBindings\/([^/]+)\/(tagValues\/\d+)$/.exec(name) ?? [];
  const parent = textIn(data, 'parent') ?? (attached === undefined ? undefined : unescaped(attached));
  const value = textIn(data, 'tagValue') ?? named;
  if (parent === undefined || value === undefined) {
    into.unreadable = true;
    return;
  }
  const values = into.bindings.get(parent) ?? new Set<string>();
  into.bindings.set(parent, values.add(value));
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

export interface TagsOptions {
  /** The name that a resource goes by, of a name as written. */
  readonly nameOf: (written: string) => ResourceName;
  /** What a resource lies in, nearest first, without itself; undefined where it is not known. */
  readonly above: (resource: ResourceName) => readonly ResourceName[] | undefined;
  /** Why tags of what lies in the topmost place, or of itself, need not all be named. */
  readonly untold: (top: ResourceName) => Unknown | undefined;
  /** Whether exports that name no tag of anything in a region would name those that there are. */
  readonly complete: boolean;
}

/** The tags that resources have: their own, and those of what they lie in. */
export class Tags {
  readonly #values: TagAssets['values'];
  readonly #bound = new Map<ResourceName, ReadonlySet<string>>();
  readonly #options: TagsOptions;
  readonly #found = new Map<ResourceName, Known<readonly EffectiveTag[]>>();
  readonly #tellsRegional: boolean;
  /** All of it, or those of some project's service accounts: of these nobody says which is which. */
  readonly #unreadable: boolean;
  readonly #nameless = new Set<string>();

  constructor({ values, bindings, unreadable }: TagAssets, options: TagsOptions) {
    this.#values = values;
    this.#unreadable = unreadable;
    this.#options = options;
    for (const [parent, bound] of bindings) {
      const resource = options.nameOf(parent);
      this.#bound.set(resource, new Set([...(this.#bound.get(resource) ?? []), ...bound]));
      if (isByUniqueId(resource)) this.#nameless.add(allOf(resource));
    }
    this.#tellsRegional = options.complete || [...this.#bound.keys()].some(isRegional);
  }

  /** Of each key the nearest. Where a resource has none of its own, the same list as what it lies in. */
  of(resource: ResourceName): Known<readonly EffectiveTag[]> {
    const known = this.#found.get(resource);
    if (known !== undefined) return known;
    const found = this.#find(resource);
    this.#found.set(resource, found);
    return found;
  }

  #find(resource: ResourceName): Known<readonly EffectiveTag[]> {
    if (this.#unreadable) return UNREADABLE;
    if (this.#nameless.has(allOf(resource))) return NAMELESS;
    const above = this.#options.above(resource);
    if (above === undefined) return UNKNOWN_PLACE;
    const [parent] = above;
    const inherited = parent === undefined ? this.#atTop(resource) : this.of(parent);
    if (isUnknown(inherited)) return inherited;
    if (isRegional(resource) && !this.#tellsRegional) return UNTOLD_REGIONAL;
    const bound = this.#bound.get(resource);
    if (bound === undefined) return inherited;
    const tags = new Map(inherited.map((tag) => [tag.keyId, tag]));
    for (const valueId of bound) {
      const tag = this.#values.get(valueId);
      if (tag === undefined) return unnamed(valueId);
      tags.set(tag.keyId, tag);
    }
    return [...tags.values()];
  }

  #atTop(resource: ResourceName): Known<readonly EffectiveTag[]> {
    return this.#options.untold(resource) ?? NONE;
  }
}

const NONE: readonly EffectiveTag[] = [];

/** Whether exports name the tags of these is documented nowhere. */
const isRegional = (resource: string): boolean => resource.includes('/locations/');

/** All that lies beside it. */
const allOf = (resource: string): string => resource.slice(0, resource.lastIndexOf('/') + 1);

const UNREADABLE: Unknown = {
  unknown: true,
  why: 'some tag binding in the export does not say what is attached to what',
};
const NAMELESS: Unknown = {
  unknown: true,
  why: 'the export has tags of service accounts by their unique ids and does not say whose these are; export iam.googleapis.com/ServiceAccount with the content type resource',
};
const UNKNOWN_PLACE: Unknown = {
  unknown: true,
  why: 'the export does not say what the project lies in, from which it would have tags',
};
const UNTOLD_REGIONAL: Unknown = {
  unknown: true,
  why: 'the export names tags, but of nothing in a region: whether it would is not known; --complete says so',
};
const unnamed = (valueId: string): Unknown => ({
  unknown: true,
  why: `the export does not say what ${valueId} is, which is attached; export cloudresourcemanager.googleapis.com/TagValue with the content type resource`,
});
