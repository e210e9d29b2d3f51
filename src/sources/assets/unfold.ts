/** Takes in what was folded elsewhere, as if the assets themselves had been read. */
import type { Asset } from './asset.js';
import { ASSET_HEAD, CHOSEN, comesOften, type Folded, LISTED, OF_RUN, WITH_POLICY } from './fold.js';
import { KeptData } from './kept.js';
import { NONE, PackedPolicy } from './packed-policy.js';
import { NumberedTexts } from './texts.js';

/** Whoever is told of folded assets. */
export interface TakesFolded {
  add(asset: Asset): void;
  /** Takes what lies in projects as it is folded; it is unfolded like all else where left out. */
  readonly later?: TakesLater;
}

export interface TakesLater {
  /** What follows is in this batch. */
  begin(by: Unfolder, numbers: Int32Array): void;
  /** Tells of assets that follow: once of those of which the same is to be told. */
  note(told: ToldOf): void;
  /** @param home the project that its name names, by id or by number @param at where it is in the batch */
  postpone(home: string, isOfRun: boolean, at: number): void;
}

/** What is told of an asset before it is read. */
export type ToldOf = Pick<Asset, 'type' | 'ancestors' | 'chosen'> & {
  /** The project that its name names, by id or by number. */
  readonly home: string;
  readonly hasPolicy: boolean;
  readonly hasData: boolean;
};

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
    const { later } = into;
    later?.begin(this, assets);
    const met = new Met();
    for (let at = 0; at < assets.length; ) {
      const project = assets[at + 6] ?? NONE;
      if (later === undefined || project === NONE) into.add(this.asset(assets, at));
      else {
        if (met.isNewProject(project)) met.begin(project, this.#texts.get(project));
        if (met.isNew(assets, at)) later.note(this.#told(assets, at, met.home));
        later.postpone(met.home, ((assets[at + 4] ?? 0) & OF_RUN) !== 0, at);
      }
      at = Unfolder.end(assets, at);
    }
  }

  #told(numbers: Int32Array, at: number, home: string): ToldOf {
    return {
      home,
      type: this.#texts.get(numbers[at + 1] ?? NONE),
      ancestors: this.#lineage(numbers[at + 3]),
      chosen: ((numbers[at + 4] ?? 0) & CHOSEN) !== 0,
      hasPolicy: hasPolicy(numbers, at),
      hasData: hasData(numbers, at),
    };
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
const hasData = (numbers: Int32Array, at: number) => (numbers[at + 5] ?? NONE) !== NONE;

/** What was told of the project at hand: of most of its assets nothing else is to be told than of others. */
class Met {
  home = '';
  #project = NONE;
  #lineage = NONE;
  #told = new Set<number>();

  isNewProject(project: number): boolean {
    return project !== this.#project;
  }

  begin(project: number, home: string): void {
    this.#project = project;
    this.home = home;
    this.#told = new Set();
  }

  /** Whether of this asset there is to be told what was told of none before. */
  isNew(numbers: Int32Array, at: number): boolean {
    const lineage = numbers[at + 3] ?? NONE;
    if (lineage !== this.#lineage) this.#told = new Set();
    this.#lineage = lineage;
    const traits = (numbers[at + 4] ?? 0) & (CHOSEN | WITH_POLICY);
    const key = ((numbers[at + 1] ?? 0) * 8 + traits) * 2 + (hasData(numbers, at) ? 1 : 0);
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }
}
