/** Sources of facts that are files, or planes. */
import type { Source } from '../checkpoint/index.js';
import {
  type AssetsOptions,
  inventorySource,
  openAssets,
  type PlaneAddress,
  planeSource as sourceAt,
} from '../sources/index.js';

/**
 * A running plane.
 * @param where its address and secret, or its data directory
 * @throws PlaneError, or ClientError, when none answers there
 */
export async function planeSource(where: PlaneAddress | { readonly dataDir: string }): Promise<Source> {
  if ('secret' in where) return sourceAt(where);
  const { runningPlane } = await import('../plane/clients/index.js');
  return sourceAt(await runningPlane(where.dataDir));
}

/** An export of Cloud Asset Inventory, or a folder of policies. @throws AssetsProblem for what cannot be read */
export async function assetsSource(
  path: string,
  options: Omit<AssetsOptions, 'ready'> = {},
): Promise<Source> {
  const { inventory } = await openAssets(path, options);
  return inventorySource(inventory);
}

/** An estate as `sekisho apply` takes it, in YAML or JSON. */
export interface EstateText {
  /** What messages call it. */
  readonly name: string;
  readonly text: string;
}

/** A source that holds something until it is closed. */
export interface ClosableSource extends Source {
  close(): Promise<void>;
}

/**
 * An estate file, applied to a plane that serves nobody. Close it in the end.
 * @param owner who owns what the estate makes; `user:owner@example.com` when left out
 * @throws EstateError naming what is wrong with the file
 */
export async function estateSource(
  estate: EstateText,
  owner = 'user:owner@example.com',
): Promise<ClosableSource> {
  const plane = await import('../plane/index.js');
  const { source, close } = await plane.estateSource([estate], { owner });
  return { ...source, close };
}
