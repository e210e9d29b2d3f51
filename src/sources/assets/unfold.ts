/** Takes in what was folded elsewhere, as if the assets themselves had been read. */
import type { Asset } from './asset.js';
import { ASSET_HEAD, CHOSEN, type Folded, LISTED, WITH_POLICY } from './fold.js';
import { KeptData } from './kept.js';
import { NONE, PackedPolicy } from './packed-policy.js';

/** Whoever takes assets in. */
export interface TakesAssets {
  add(asset: Asset): void;
}

/** Unfolds what one folder has folded, in its order. */
export class Unfolder {
  readonly #texts: string[] = [];
  readonly #lineages: (readonly string[])[] = [];
  /** What is kept of many resources alike is the same object. */
  readonly #kept = new Map<number, KeptData>();

  /** What the JSON holds, a folder has written. */
  unfold({ texts, lineages, assets }: Folded, into: TakesAssets): void {
    for (const text of JSON.parse(texts) as string[]) this.#texts.push(text);
    for (const lineage of JSON.parse(lineages) as string[][]) this.#lineages.push(lineage);
    for (let at = 0; at < assets.length; ) at = this.#asset(assets, at, into);
  }

  /** @returns where the next one begins */
  #asset(numbers: Int32Array, at: number, into: TakesAssets): number {
    const start = at + ASSET_HEAD;
    const traits = numbers[at + 4] ?? 0;
    const hasPolicy = (traits & WITH_POLICY) !== 0;
    into.add({
      name: this.#text(numbers[at]),
      type: this.#text(numbers[at + 1]),
      updateTime: this.#text(numbers[at + 2]),
      ancestors: this.#lineages[numbers[at + 3] ?? 0] ?? [],
      chosen: (traits & CHOSEN) !== 0,
      listed: (traits & LISTED) !== 0,
      data: this.#data(numbers[at + 5] ?? NONE),
      policy: hasPolicy ? new PackedPolicy(numbers, start, this.#texts) : undefined,
    });
    return hasPolicy ? PackedPolicy.end(numbers, start) : start;
  }

  #text(number: number | undefined): string {
    return this.#texts[number ?? NONE] ?? '';
  }

  #data(number: number): KeptData | undefined {
    if (number === NONE) return undefined;
    const known = this.#kept.get(number);
    if (known !== undefined) return known;
    const made = new KeptData(this.#text(number));
    this.#kept.set(number, made);
    return made;
  }
}
