/** What a folder of policies names: each of its files is the policy of something that is there. */

import type { ResourceName } from '../../names/index.js';
import { placeOf } from '../assets/layout.js';
import { filesAt } from '../files/index.js';
import type { InventoryContents } from '../inventory/index.js';

/**
 * @param path an export, or a folder that was opened
 * @param contents what was found there
 * @returns with projects by their ids; empty for an export
 */
export async function placedIn(
  path: string,
  { policies, projects }: Pick<InventoryContents, 'policies' | 'projects'>,
): Promise<readonly ResourceName[]> {
  const ids = new Map<string, string>();
  for (const { projectId, number } of projects) if (number !== undefined) ids.set(number, projectId);
  const files = await filesAt(path);
  const names = files.flatMap(({ below }) => {
    const placed = below === undefined ? undefined : placeOf(below)?.resource;
    if (placed === undefined) return [];
    return placed.replace(/\/projects\/(\d+)(?=\/|$)/, (text, number: string) => {
      const id = ids.get(number);
      return id === undefined ? text : `/projects/${id}`;
    }) as ResourceName;
  });
  // A directory of exports may have a file of such a name, which is no policy.
  return [...new Set(names)].filter((name) => policies.get(name) !== undefined);
}
