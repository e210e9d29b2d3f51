/** The estate of live Google Cloud that an audit asks about, read while it asks. */
import type { Inventory, InventoryRun } from '../../checkpoint/index.js';
import { membersOf } from '../google/groups.js';
import { type GoogleReader, googleSource } from '../google/index.js';
import { learnedInventory } from '../inventory/index.js';
import { organizationAssets } from './assets.js';
import { runsIn } from './runs.js';

/** Projects by id, or everything in an organization, by its number. */
export type LiveScope = { readonly projects: readonly string[] } | { readonly organization: string };

export interface LiveOptions {
  readonly reader: GoogleReader;
  readonly scope: LiveScope;
  /** A group's address → its members, where the user says; Cloud Identity is asked for other groups. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Asks the inventory everything that will be asked of it; called several times. */
  readonly ask: (inventory: Inventory) => Promise<unknown>;
  /** Told how many more assets of an organization have come. */
  readonly onAssets?: (count: number) => void;
}

export interface LiveEstate {
  readonly inventory: Inventory;
  /** What a reader should know of what was read, in English. */
  readonly notes: readonly string[];
  /** What may be missing among the Cloud Run resources, and why: one sentence each, in English. */
  readonly unlisted: readonly string[];
}

/**
 * Reads what `ask` asks for; nothing is changed. What the caller may not see is unknown, with the permission that lacks.
 * In an organization the assets are asked first, and the APIs themselves for what assets do not say: groups, tags, and
 * policies of a type of which there is none.
 * @throws GoogleSignInError when Google does not accept who asks; AssetsUnlisted when the assets of the organization
 *   cannot be listed
 */
export async function googleInventory(options: LiveOptions): Promise<LiveEstate> {
  const { reader, scope, groups = {}, ask, onAssets = () => undefined } = options;
  const unlisted: string[] = [];
  const asked = {
    ...{ ask, groups },
    source: googleSource({ reader }),
    membersOf: (group: string) => membersOf(reader, group),
  };
  if ('organization' in scope) {
    const name = `Google Cloud (organizations/${scope.organization})`;
    const { inventory: base, notes } = await organizationAssets(scope.organization, reader, onAssets);
    const inventory = await learnedInventory({ ...asked, name, base, runs: base.runs });
    return { inventory, notes, unlisted };
  }
  const runs: InventoryRun[] = [];
  for (const id of new Set(scope.projects)) {
    runs.push(...(await runsIn(id, reader, (what, why) => unlisted.push(`${what}: ${why}`))));
  }
  const name = `Google Cloud (${[...new Set(scope.projects)].join(', ')})`;
  return { inventory: await learnedInventory({ ...asked, name, runs }), notes: [], unlisted };
}
