/** Changes of folders with the operations that tell of them. */
import type { Folder } from '../../access/index.js';
import { aborted, badField, type Call, invalidArgument } from '../../google/index.js';
import type { ResourceManagerDeps } from './deps.js';
import { folderEtag } from './folder-messages.js';
import { type AlsoWrite, createFolder, existingFolder, moveFolder, renameFolder } from './folders.js';
import {
  type FolderChange,
  type FolderOperation,
  type FolderResult,
  failure,
  type OperationKind,
  startFolderOperation,
} from './operations.js';

/**
 * Runs a change of a folder as an operation.
 * @param run commits the change together with what it is given
 */
export async function asOperation(
  kind: OperationKind,
  call: Call,
  about: (folder: Folder | undefined) => FolderChange,
  run: (also: AlsoWrite, creator: string) => Promise<Folder>,
): Promise<FolderOperation> {
  const { creator, keep, done } = startFolderOperation(kind, call, about);
  return done({ ok: true, folder: await run((folder) => keep({ ok: true, folder }), creator) });
}

/** The same, where what the tree has against the change is told by the operation and not by a refusal. */
async function asFailingOperation(
  deps: ResourceManagerDeps,
  kind: OperationKind,
  call: Call,
  about: FolderChange,
  run: (also: AlsoWrite, creator: string) => Promise<Folder>,
): Promise<FolderOperation> {
  const { creator, keep, done } = startFolderOperation(kind, call, () => about);
  try {
    return done({ ok: true, folder: await run((folder) => keep({ ok: true, folder }), creator) });
  } catch (error) {
    const result: FolderResult = failure(error);
    await deps.store.commit(keep(result));
    return done(result);
  }
}

export function creation(
  deps: ResourceManagerDeps,
  wanted: Pick<Folder, 'displayName' | 'parent'>,
  call: Call,
): Promise<FolderOperation> {
  const about = { displayName: wanted.displayName, destinationParent: wanted.parent };
  return asFailingOperation(deps, 'create', call, about, (also, creator) =>
    createFolder(deps, wanted, creator, call.time, also),
  );
}

/** @returns undefined where the folder is there already: "No changes necessary", as gcloud puts it */
export async function moving(
  deps: ResourceManagerDeps,
  id: string,
  destinationParent: string,
  call: Call,
): Promise<FolderOperation | undefined> {
  const { displayName, parent: sourceParent } = await existingFolder(deps, id, call.time);
  if (sourceParent === destinationParent) return undefined;
  const about = { displayName, sourceParent, destinationParent };
  return asFailingOperation(deps, 'move', call, about, (also) =>
    moveFolder(deps, id, destinationParent, call.time, also),
  );
}

/** The part of an UpdateFolderRequest that both versions have. */
export interface RenameRequest {
  readonly folder?:
    | { readonly name: string; readonly displayName: string; readonly etag?: string }
    | undefined;
  readonly updateMask?: { readonly paths: readonly string[] } | undefined;
}

/**
 * "Only the `display_name` can be updated." Clients that leave the mask out (Terraform's) mean that.
 * @throws GoogleError INVALID_ARGUMENT for another field; ABORTED for an etag that has been overtaken
 */
export function renaming(
  deps: ResourceManagerDeps,
  id: string,
  { folder, updateMask }: RenameRequest,
  time: Date,
  also: AlsoWrite,
): Promise<Folder> {
  if (!folder) throw badField('folder', 'The folder is required.');
  const unknown = updateMask?.paths.find((path) => path !== '*' && path !== 'display_name');
  if (unknown !== undefined) throw invalidArgument(`update_mask: the field '${unknown}' cannot be updated.`);
  const { etag = '', displayName } = folder;
  return renameFolder(deps, id, displayName, time, {
    also,
    accept: (current) => {
      if (etag !== '' && etag !== folderEtag(current))
        throw aborted('The etag does not match the current state of the folder.');
    },
  });
}
