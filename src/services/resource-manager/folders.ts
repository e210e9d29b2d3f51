/** What can become of a folder: made, renamed, moved, marked for deletion, restored. All versions of the API do it here. */
import { type Folder, type Grant, isUsable, type Project } from '../../access/index.js';
import { aborted, badField } from '../../google/index.js';
import { folderName, newProjectNumber } from '../../names/index.js';
import { VersionConflict, type Write } from '../../store/index.js';
import { denied, type ResourceManagerDeps } from './deps.js';
import { FolderRefusal, placementViolation, requireFolderName } from './folder-rules.js';
import { requireContainer } from './parents.js';
import { inTree } from './tree.js';

export type FolderRow = Folder & { readonly version: number };

/** "and is deleted approximately 30 days later" (Folders.DeleteFolder) */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Can the folder still be seen and restored? */
export function isKept({ deleteTime }: Pick<Folder, 'deleteTime'>, time: Date): boolean {
  return deleteTime === undefined || time.getTime() - Date.parse(deleteTime) < KEPT_MS;
}

/** The folder's number in `folders/N`. @throws GoogleError INVALID_ARGUMENT */
export function folderIn(name: string): string {
  const [, id] = /^folders\/(\d+)$/.exec(name) ?? [];
  if (id === undefined) throw badField('name', `"${name}" is not of the form folders/FOLDER_NUMBER.`);
  return id;
}

/** The folder. One that is not there is refused as one that the caller may not see. */
export async function existingFolder(
  { access }: ResourceManagerDeps,
  id: string,
  time: Date,
): Promise<FolderRow> {
  const folder = await access.folders.get(id);
  if (!folder || !isKept(folder, time)) throw denied(`folders/${id}`);
  return folder;
}

/** What a change leaves, with the writes of the caller's that belong to the same transaction. */
export type AlsoWrite = (folder: Folder) => readonly Write[];

/** What whoever makes a folder may do with it. */
const CREATOR_ROLES = ['roles/resourcemanager.folderAdmin', 'roles/resourcemanager.folderEditor'];

/**
 * Makes a folder, which its creator administers and edits.
 * @param creator the member
 * @throws GoogleError INVALID_ARGUMENT for a bad name or parent; PERMISSION_DENIED for a parent that is not there;
 *   FAILED_PRECONDITION for what the tree has against it
 */
export async function createFolder(
  deps: ResourceManagerDeps,
  { parent, displayName }: Pick<Folder, 'parent' | 'displayName'>,
  creator: string,
  time: Date,
  also: AlsoWrite,
): Promise<Folder> {
  requireFolderName(displayName);
  const { access } = deps;
  const grants = CREATOR_ROLES.map((role): Grant => ({ role, member: creator }));
  return inTree(deps.store, async (turn) => {
    await requireContainer(deps, parent);
    const all = await access.folders.list();
    const folder: Folder = {
      id: newFolderNumber(all),
      displayName,
      parent,
      state: 'ACTIVE',
      createTime: time.toISOString(),
    };
    requirePlace(all, folder, parent);
    const owned = await access.grantsWrite(folderName(folder.id), grants);
    await deps.store.commit([turn, access.folders.creation(folder), owned, ...also(folder)]);
    return folder;
  });
}

/** Folders have numbers like projects. */
function newFolderNumber(all: readonly Folder[]): string {
  const taken = new Set(all.map(({ id }) => id));
  for (;;) {
    const number = newProjectNumber();
    if (!taken.has(number)) return number;
  }
}

/** @throws GoogleError FAILED_PRECONDITION */
function requirePlace(all: readonly Folder[], folder: Folder, subject = `folders/${folder.id}`): void {
  const violation = placementViolation(all, folder);
  if (violation !== undefined) throw new FolderRefusal(violation, subject, folder.parent);
}

/** How a change of a folder goes: what it becomes, and what else is asked of it. */
interface Change {
  readonly id: string;
  readonly time: Date;
  readonly also: AlsoWrite;
  /** The folder as it is to be. @throws what keeps it as it is */
  readonly become: (folder: Folder, all: readonly Folder[]) => Folder | Promise<Folder>;
}

async function change(deps: ResourceManagerDeps, { id, time, also, become }: Change): Promise<Folder> {
  return inTree(deps.store, async (turn) => {
    const row = await existingFolder(deps, id, time);
    const { version, ...folder } = row;
    const next = await become(folder, await deps.access.folders.list());
    const changed = { ...next, updateTime: time.toISOString() };
    const write = deps.access.folders.update({ ...changed, version });
    try {
      await deps.store.commit([turn, write, ...also(changed)]);
    } catch (error) {
      if (!(error instanceof VersionConflict) || error.key === turn.key) throw error;
      throw aborted('There were concurrent changes to the folder. Please retry.');
    }
    return changed;
  });
}

/** @throws GoogleError FAILED_PRECONDITION */
function requireActiveFolder(folder: Folder): void {
  if (!isUsable(folder))
    throw new FolderRefusal('RESOURCE_DELETED_VIOLATION', `folders/${folder.id}`, folder.parent);
}

/**
 * @param accept called with the folder before it is renamed; throws what keeps it as it is
 * @throws GoogleError INVALID_ARGUMENT for a bad name; PERMISSION_DENIED, FAILED_PRECONDITION, ABORTED
 */
export async function renameFolder(
  deps: ResourceManagerDeps,
  id: string,
  displayName: string,
  time: Date,
  { also, accept }: { readonly also: AlsoWrite; readonly accept?: (folder: Folder) => void },
): Promise<Folder> {
  requireFolderName(displayName);
  return change(deps, {
    id,
    time,
    also,
    become: (row, all) => {
      requireActiveFolder(row);
      accept?.(row);
      const renamed = { ...row, displayName };
      requirePlace(all, renamed);
      return renamed;
    },
  });
}

/** @throws GoogleError PERMISSION_DENIED for a parent that is not there; INVALID_ARGUMENT, FAILED_PRECONDITION, ABORTED */
export async function moveFolder(
  deps: ResourceManagerDeps,
  id: string,
  parent: string,
  time: Date,
  also: AlsoWrite,
): Promise<Folder> {
  return change(deps, {
    id,
    time,
    also,
    become: async (row, all) => {
      requireActiveFolder(row);
      await requireContainer(deps, parent);
      const moved = { ...row, parent };
      requirePlace(all, moved);
      requireSameOrganization(all, row.parent, parent);
      return moved;
    },
  });
}

function requireSameOrganization(all: readonly Folder[], from: string, to: string): void {
  if (rootOf(all, from) === rootOf(all, to)) return;
  throw badField('destination_parent', 'A folder can be moved within its organization only.');
}

/** The organization at the top. Called where no circle is. */
function rootOf(all: readonly Folder[], name: string): string {
  const folder = all.find(({ id }) => `folders/${id}` === name);
  return folder ? rootOf(all, folder.parent) : name;
}

/** Marks an empty folder for deletion. @throws GoogleError PERMISSION_DENIED, FAILED_PRECONDITION, ABORTED */
export async function deleteFolder(
  deps: ResourceManagerDeps,
  id: string,
  time: Date,
  also: AlsoWrite,
): Promise<Folder> {
  return change(deps, {
    id,
    time,
    also,
    become: async (row, all) => {
      requireActiveFolder(row);
      const isInIt = (child: Pick<Folder | Project, 'parent' | 'state'>) =>
        child.parent === `folders/${id}` && isUsable(child);
      if (all.some(isInIt) || (await deps.access.projects.list()).some(isInIt)) {
        throw new FolderRefusal('FOLDER_TO_DELETE_NON_EMPTY_VIOLATION', `folders/${id}`, row.parent);
      }
      return { ...row, state: 'DELETE_REQUESTED', deleteTime: time.toISOString() };
    },
  });
}

/** Brings a folder back. @throws GoogleError PERMISSION_DENIED, FAILED_PRECONDITION, ABORTED */
export async function undeleteFolder(
  deps: ResourceManagerDeps,
  id: string,
  time: Date,
  also: AlsoWrite,
): Promise<Folder> {
  return change(deps, {
    id,
    time,
    also,
    become: ({ deleteTime: _deleted, ...row }, all) => {
      const restored: Folder = { ...row, state: 'ACTIVE' };
      requirePlace(all, restored);
      return restored;
    },
  });
}
