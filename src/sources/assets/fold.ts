/** Takes the assets of many lines at once down to what is kept of them, in a form that costs little to hand over. */
import { type Asset, readAssets } from './asset.js';
import { Numbering, packPolicy } from './packed-policy.js';
import { readPolicy } from './policies.js';
import { readTemplate } from './templates.js';
import { isReadType, isRunType } from './types.js';

/** Lines, folded. Numbers of texts and lineages go on from one batch of a folder to the next. */
export interface Folded {
  readonly lines: number;
  /** JSON: the texts that are new, and the lists of ancestors. */
  readonly texts: string;
  readonly lineages: string;
  /** Assets with policies: a header of POLICY_HEAD numbers and then the policy, as packPolicy() writes it. */
  readonly policies: Int32Array;
  /** JSON: FoldedAsset[], all others. */
  readonly assets: string;
}

/** Numbers before each policy: name, type, time, lineage, and 1 for one that was chosen. */
export const POLICY_HEAD = 5;

export type FoldedAsset = Omit<Asset, 'ancestors' | 'policy'> & { readonly lineage: number };

/** Texts are kept once by their numbers. */
const AS_THEY_ARE = { one: (text: string) => text };

/** Folds one batch after the other. */
export class Folder {
  readonly #texts = new Numbering();
  readonly #lineages = new Numbering();

  /** Undefined where some of the values are no assets: then somebody else must say what they are. */
  fold(values: readonly unknown[]): Folded | undefined {
    const read: Asset[] = [];
    for (const value of values) {
      const assets = readAssets(value);
      if ('problem' in assets) return undefined;
      for (const asset of assets) read.push(asset);
    }
    const policies: number[] = [];
    const assets: FoldedAsset[] = [];
    for (const asset of read) {
      const lineage = this.#lineages.of(
        asset.ancestors.length === 0 ? '[]' : JSON.stringify(asset.ancestors),
      );
      if (asset.policy !== undefined) this.#policy(asset, lineage, policies);
      if (asset.policy === undefined || asset.data !== undefined || asset.listed === true)
        assets.push(folded(asset, lineage));
    }
    return {
      lines: values.length,
      texts: JSON.stringify(this.#texts.fresh()),
      lineages: `[${this.#lineages.fresh().join(',')}]`,
      policies: Int32Array.from(policies),
      assets: JSON.stringify(assets),
    };
  }

  #policy(asset: Asset, lineage: number, into: number[]): void {
    const { name, type, updateTime, chosen } = asset;
    into.push(this.#texts.add(name), this.#texts.of(type), this.#texts.of(updateTime), lineage);
    into.push(chosen === true ? 1 : 0);
    packPolicy(readPolicy(asset.policy, AS_THEY_ARE), into, this.#texts);
  }
}

function folded(asset: Asset, lineage: number): FoldedAsset {
  const { ancestors: _ancestors, policy: _policy, data, ...rest } = asset;
  if (data === undefined) return { ...rest, lineage };
  if (isRunType(asset.type)) return { ...rest, lineage, data: {}, template: readTemplate(data) ?? null };
  return { ...rest, lineage, data: isReadType(asset.type) ? data : {} };
}
