/** Takes the assets of many lines at once down to what is kept of them, in a form that costs little to hand over. */

import { projectOf, type ResourceName } from '../../names/index.js';
import { type Asset, readAssets } from './asset.js';
import { keptOf } from './kept.js';
import { Numbers } from './numbers.js';
import { NONE, packPolicy, type RoleFilter, RoleNumbers } from './packed-policy.js';
import { readPolicy } from './policies.js';
import { Again, Numbering, type SharedTexts } from './texts.js';
import { isReadFirst, SERVICE_ACCOUNT } from './types.js';

/** Lines, folded. Numbers of texts and lineages go on from one batch of a folder to the next. */
export interface Folded {
  readonly lines: number;
  /** The texts that are new. */
  readonly texts: SharedTexts;
  /** The lists of ancestors that are new, in JSON. */
  readonly lineages: SharedTexts;
  /** The assets, one after the other: ASSET_HEAD numbers, and where it has one its policy as packPolicy() writes it. */
  readonly assets: Int32Array<SharedArrayBuffer>;
}

/**
 * Numbers before each policy: name, type, time, lineage, traits, the text of what is kept of the resource, and the
 * project by whose share it is judged.
 */
export const ASSET_HEAD = 7;
export const CHOSEN = 1;
export const LISTED = 2;
export const WITH_POLICY = 4;

/** Of Cloud Run, by its name. */
export const OF_RUN = 8;

const RUN = '//run.googleapis.com/';
const RESOURCE_MANAGER = '//cloudresourcemanager.googleapis.com/';

/** Texts are kept once by their numbers. */
const AS_THEY_ARE = { one: (text: string) => text };
/** Longer descriptions of resources come once. */
export const comesOften = (kept: string): boolean => kept.length <= 64;

/** Folds one batch after the other. */
export class Folder {
  readonly #texts = new Numbering();
  readonly #types = new Again(this.#texts);
  readonly #times = new Again(this.#texts);
  readonly #projects = new Again(this.#texts);
  readonly #lineages = new Numbering();
  readonly #numbers = new Numbers();
  readonly #roles: RoleNumbers;
  #lines = 0;
  #last: { readonly ancestors: readonly string[]; readonly number: number };

  /** @param matters bindings of other roles are left out of policies */
  constructor(matters?: RoleFilter) {
    this.#roles = new RoleNumbers(this.#texts, matters);
    this.#last = { ancestors: [], number: this.#lineages.of('[]') };
  }

  /** Folds the values of as many lines. @returns false where some of them are no assets: then none is kept */
  add(values: readonly unknown[]): boolean {
    const before = this.#numbers.length;
    for (const value of values) {
      const assets = readAssets(value);
      if ('problem' in assets) {
        this.#numbers.cut(before);
        return false;
      }
      for (const asset of assets) this.addAsset(asset);
    }
    this.#lines += values.length;
    return true;
  }

  addAsset(asset: Asset): void {
    this.#asset(asset, this.#numbers);
  }

  /** All that was added since. */
  folded(): Folded {
    const lines = this.#lines;
    this.#lines = 0;
    return {
      lines,
      texts: this.#texts.fresh(),
      lineages: this.#lineages.fresh(),
      assets: this.#numbers.taken(),
    };
  }

  /** Forgets what was added since. */
  drop(): void {
    this.#lines = 0;
    this.#numbers.cut(0);
  }

  #asset(asset: Asset, into: Numbers): void {
    if (asset.type === SERVICE_ACCOUNT && asset.data && asset.policy !== undefined) {
      // Who there is must be known first; whoever may act as them is asked of one project after the other.
      this.#one({ ...asset, policy: undefined }, into);
      this.#one({ ...asset, data: undefined, listed: undefined }, into);
    } else this.#one(asset, into);
  }

  #one({ name, type, updateTime, ancestors, chosen, listed, data, policy }: Asset, into: Numbers): void {
    const traits =
      (chosen === true ? CHOSEN : 0) |
      (listed === true ? LISTED : 0) |
      (policy === undefined ? 0 : WITH_POLICY) |
      (name.startsWith(RUN) ? OF_RUN : 0);
    into.push(this.#texts.add(name));
    into.push(this.#types.of(type));
    into.push(this.#times.of(updateTime));
    into.push(this.#lineage(ancestors));
    into.push(traits);
    into.push(data ? this.#kept(keptOf(type, data)) : NONE);
    into.push(this.#home(name, type, data !== undefined));
    if (policy !== undefined) packPolicy(readPolicy(policy, AS_THEY_ARE), into, this.#texts, this.#roles);
  }

  /** Most assets have the ancestors of the one before. */
  #lineage(ancestors: readonly string[]): number {
    const last = this.#last;
    const isLast =
      ancestors.length === last.ancestors.length &&
      ancestors.every((ancestor, index) => ancestor === last.ancestors[index]);
    if (!isLast) this.#last = { ancestors, number: this.#lineages.of(JSON.stringify(ancestors)) };
    return this.#last.number;
  }

  /**
   * The project that something lies in by its name, which alone says whose it is: ancestors may lie elsewhere. None
   * where it is to be read first.
   */
  #home(name: string, type: string, hasData: boolean): number {
    if (name.startsWith(RESOURCE_MANAGER) || (isReadFirst(type) && (hasData || type !== SERVICE_ACCOUNT)))
      return NONE;
    const project = projectOf(name as ResourceName);
    return project === undefined ? NONE : this.#projects.of(project);
  }

  #kept(text: string): number {
    return comesOften(text) ? this.#texts.of(text) : this.#texts.add(text);
  }
}
