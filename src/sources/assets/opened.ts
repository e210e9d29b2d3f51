/** What was collected, as an inventory. */
import type { Inventory } from '../../checkpoint/index.js';
import { inventoryOf } from '../inventory/inventory.js';
import type { InventoryContents } from '../inventory/types.js';
import type { Collected } from './collect.js';
import { estateOf, notesOf } from './estate.js';

/** What an export itself does not say. */
export interface AssetsHelp {
  /** A group's address → its members; nobody's where left out. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** The export is of all types and both contents: what it does not name is not there. */
  readonly complete?: boolean;
}

export interface OpenedAssets {
  readonly inventory: Inventory;
  /** What the inventory answers by: all that was found. */
  readonly contents: InventoryContents;
  /** What a reader should know of what was read, in English. */
  readonly notes: readonly string[];
}

/** @param name for people, e.g. `assets.json` */
export function opened(collected: Collected, name: string, help: AssetsHelp): OpenedAssets {
  const { groups = {}, complete = false } = help;
  const { contents, noted } = estateOf(collected, { name, groups, complete });
  return { inventory: inventoryOf(contents), contents, notes: notesOf(noted) };
}
