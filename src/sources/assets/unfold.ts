/** Takes in what was folded elsewhere, as if the assets themselves had been read. */
import type { Asset } from './asset.js';
import { ASSET_HEAD, CHOSEN, comesOften, type Folded, LISTED, OF_RUN, WITH_POLICY } from './fold.js';
import { KeptData } from './kept.js';
import { NONE, PackedPolicy } from './packed-policy.js';
import { NumberedTexts } from './texts.js';

/** Whoever is told of folded assets. */
export interface TakesFolded {
  add(asset: Asset): void;
  /** Something in a project: it may be read later on. */
  postpone?(told: ToldOf, folded: FoldedAt): void;
}

/** What is told of an asset before it is read. */
export type ToldOf = Pick<Asset, 'type' | 'ancestors' | 'chosen'> & {
  /** The project that its name names, by id or by number. */
  readonly home: string;
  readonly hasPolicy: boolean;
  readonly hasData: boolean;
  readonly isOfRun: boolean;
};

/** Where a folded asset is. */
export interface FoldedAt {
  readonly by: Unfolder;
  readonly numbers: Int32Array;
  readonly at: number;
}

/** Unfolds what one folder has folded, in its order. */
export class Unfolder {
  readonly #texts = new NumberedTexts();
  readonly #lineages: (readonly string[])[] = [];
  readonly #lineageTexts = new NumberedTexts();
  /** What is kept of many resources alike is the same object. */
  readonly #kept = new Map<number, KeptData>();

  unfold({ texts, lineages, assets }: Folded, into: TakesFolded): void {
    this.#texts.add(texts);
    this.#lineageTexts.add(lineages);
    for (let at = 0; at < assets.length; ) {
      const later = into.postpone && this.#told(assets, at);
      if (later === undefined) into.add(this.asset(assets, at));
      else into.postpone?.(later, { by: this, numbers: assets, at });
      at = Unfolder.end(assets, at);
    }
  }

  /** Undefined for what is not to be postponed. */
  #told(numbers: Int32Array, at: number): ToldOf | undefined {
    const project = numbers[at + 6] ?? NONE;
    if (project === NONE) return undefined;
    const home = this.#texts.get(project);
    const type = this.#texts.get(numbers[at + 1] ?? NONE);
    const ancestors = this.#lineage(numbers[at + 3]);
    const traits = numbers[at + 4] ?? 0;
    const chosen = (traits & CHOSEN) !== 0;
    const isOfRun = (traits & OF_RUN) !== 0;
    const hasData = numbers[at + 5] !== NONE;
    return { home, type, ancestors, chosen, hasPolicy: hasPolicy(numbers, at), hasData, isOfRun };
  }

  /** Where an asset ends that begins here. */
  static end(numbers: Int32Array, at: number): number {
    const start = at + ASSET_HEAD;
    return hasPolicy(numbers, at) ? PackedPolicy.end(numbers, start) : start;
  }

  /** The asset that begins here. */
  asset(numbers: Int32Array, at: number): Asset {
    const traits = numbers[at + 4] ?? 0;
    return {
      name: this.#texts.once(numbers[at] ?? NONE),
      type: this.#texts.get(numbers[at + 1] ?? NONE),
      updateTime: this.#texts.get(numbers[at + 2] ?? NONE),
      ancestors: this.#lineage(numbers[at + 3]),
      chosen: (traits & CHOSEN) !== 0,
      listed: (traits & LISTED) !== 0,
      data: this.#data(numbers[at + 5] ?? NONE),
      policy: hasPolicy(numbers, at) ? new PackedPolicy(numbers, at + ASSET_HEAD, this.#texts) : undefined,
    };
  }

  /** What the JSON holds, a folder has written. */
  #lineage(number = NONE): readonly string[] {
    const known = this.#lineages[number];
    if (known !== undefined) return known;
    const read = JSON.parse(this.#lineageTexts.once(number)) as string[];
    this.#lineages[number] = read;
    return read;
  }

  #data(number: number): KeptData | undefined {
    if (number === NONE) return undefined;
    const known = this.#kept.get(number);
    if (known !== undefined) return known;
    const text = this.#texts.once(number);
    const made = new KeptData(text);
    if (comesOften(text)) this.#kept.set(number, made);
    return made;
  }
}

const hasPolicy = (numbers: Int32Array, at: number) => ((numbers[at + 4] ?? 0) & WITH_POLICY) !== 0;
