/** What folders and projects may be put into. */
import { isUsable } from '../../access/index.js';
import { denied, type ResourceManagerDeps } from './deps.js';
import { FolderRefusal } from './folder-rules.js';
import { requireParentName } from './rules.js';

/**
 * A folder or an organization that is there, which may be marked for deletion.
 * @throws GoogleError INVALID_ARGUMENT for what is neither; PERMISSION_DENIED where there is none: refused as one that
 *   the caller may not see
 */
export async function requireContainer({ access }: ResourceManagerDeps, name: string): Promise<void> {
  requireParentName(name);
  const [collection = '', id = ''] = name.split('/');
  const found = await (collection === 'folders' ? access.folders.get(id) : access.organizations.get(id));
  if (!found) throw denied(name);
}

/**
 * Nothing can be brought into a folder that is marked for deletion.
 * @param parent `folders/N` or `organizations/N`; undefined for a project of its own
 * @throws GoogleError FAILED_PRECONDITION
 */
export async function requireUsableParent(
  { access }: Pick<ResourceManagerDeps, 'access'>,
  parent: string | undefined,
): Promise<void> {
  const [, id] = /^folders\/(\d+)$/.exec(parent ?? '') ?? [];
  if (id === undefined || parent === undefined) return;
  const folder = await access.folders.get(id);
  if (folder && !isUsable(folder)) throw new FolderRefusal('PARENT_DELETED_VIOLATION', parent, parent);
}
