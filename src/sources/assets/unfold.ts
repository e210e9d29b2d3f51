/** Takes in what was folded elsewhere, as if the assets themselves had been read. */
import type { Collected } from './collect.js';
import { type Folded, type FoldedAsset, POLICY_HEAD } from './fold.js';
import { PackedPolicy } from './packed-policy.js';

/** Unfolds what one folder has folded, in its order. */
export class Unfolder {
  readonly #texts: string[] = [];
  readonly #lineages: (readonly string[])[] = [];

  /** What the JSON holds, a folder has written. */
  unfold({ texts, lineages, policies, assets }: Folded, into: Collected): void {
    for (const text of JSON.parse(texts) as string[]) this.#texts.push(text);
    for (const lineage of JSON.parse(lineages) as string[][]) this.#lineages.push(lineage);
    for (const { lineage, ...asset } of JSON.parse(assets) as FoldedAsset[])
      into.add({ ...asset, ancestors: this.#lineage(lineage) });
    for (let at = 0; at < policies.length; ) at = this.#policy(policies, at, into);
  }

  /** @returns where the next one begins */
  #policy(numbers: Int32Array, at: number, into: Collected): number {
    const start = at + POLICY_HEAD;
    const text = (offset: number) => this.#texts[numbers[at + offset] ?? 0] ?? '';
    into.add({
      name: text(0),
      type: text(1),
      updateTime: text(2),
      ancestors: this.#lineage(numbers[at + 3] ?? 0),
      policy: new PackedPolicy(numbers, start, this.#texts),
      ...(numbers[at + 4] === 1 && { chosen: true }),
    });
    return PackedPolicy.end(numbers, start);
  }

  #lineage(number: number): readonly string[] {
    return this.#lineages[number] ?? [];
  }
}
