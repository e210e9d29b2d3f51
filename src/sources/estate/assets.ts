/** An export of Cloud Asset Inventory, or a folder of policies, copied. */
import type { OpenedAssets } from '../assets/index.js';
import { inventorySource } from '../inventory/index.js';
import { AssetLists } from './asset-lists.js';
import { copyEstate } from './copy.js';
import type { CopiedEstate, CopyOptions } from './copying.js';
import { toldMembers } from './groups.js';

/**
 * Copies projects out of an export, with what is above them and whom their policies name, as far as it has them.
 * @throws CopyError for a project that is not in it
 */
export async function copyFromAssets(
  { inventory, contents }: OpenedAssets,
  choice: Pick<CopyOptions, 'projects' | 'caller'>,
): Promise<CopiedEstate> {
  return copyEstate({
    ...choice,
    source: inventorySource(inventory),
    lists: (gap) => new AssetLists(contents, gap),
    membersOf: toldMembers(
      contents.groups,
      async (group) => contents.missing('members', `group:${group}`) ?? [],
    ),
  });
}
