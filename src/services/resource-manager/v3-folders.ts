/** google.cloud.resourcemanager.v3.Folders. */
import { type Folder, isUsable } from '../../access/index.js';
import {
  type CreateFolderRequest,
  Folders,
  type MoveFolderRequest,
} from '../../google/gen/google/cloud/resourcemanager/v3/folders_pb.js';
import { type Api, badField, type Call, protoMethods } from '../../google/index.js';
import type { ResourceManagerDeps } from './deps.js';
import { containerPolicies } from './folder-access.js';
import { folderReaders } from './folder-lists.js';
import { folderMessage, folderOperationMessage } from './folder-messages.js';
import { folderAudits, folderRules, type Outcomes, renamed } from './folder-tables.js';
import { asOperation, creation, moving, type RenameRequest, renaming } from './folder-tasks.js';
import { deleteFolder, existingFolder, folderIn, undeleteFolder } from './folders.js';
import { registry } from './v3-messages.js';

interface Named {
  readonly name: string;
}

const wantedParent = ({ folder }: CreateFolderRequest) => folder?.parent ?? '';

const about = (folder: Folder | undefined) => ({
  displayName: folder?.displayName ?? '',
  destinationParent: folder?.parent ?? '',
});

export function v3Folders(deps: ResourceManagerDeps): Pick<Api, 'methods' | 'access'> {
  const policies = containerPolicies(deps.access, 'folders');
  const outcomes: Outcomes = new WeakMap();
  const methods = protoMethods(
    Folders,
    { ...folderReaders(deps, folderMessage), ...writers(deps, outcomes), ...policies.handlers },
    {
      registry,
      audit: folderAudits(outcomes, policies, wantedParent),
    },
  );
  return { methods, access: folderRules(Folders.typeName, deps, policies, wantedParent) };
}

function writers(deps: ResourceManagerDeps, outcomes: Outcomes) {
  return {
    async createFolder(request: CreateFolderRequest, call: Call) {
      const { folder } = request;
      if (!folder) throw badField('folder', 'The folder is required.');
      const operation = await creation(deps, folder, call);
      outcomes.set(request, operation);
      return folderOperationMessage(operation);
    },
    updateFolder: async (request: RenameRequest, call: Call) =>
      folderOperationMessage(
        await asOperation('update', call, about, (also) =>
          renaming(deps, folderIn(renamed(request)), request, call.time, also),
        ),
      ),
    async moveFolder(request: MoveFolderRequest, call: Call) {
      const operation = await moving(deps, folderIn(request.name), request.destinationParent, call);
      if (!operation) return { done: true };
      outcomes.set(request, operation);
      return folderOperationMessage(operation);
    },
    /** "If called on a folder in DELETE_REQUESTED state the operation will result in a no-op success." */
    deleteFolder: async ({ name }: Named, call: Call) =>
      folderOperationMessage(
        await asOperation('delete', call, about, (also) =>
          unless(deps, folderIn(name), call, also, (folder) => !isUsable(folder), deleteFolder),
        ),
      ),
    /** "If the folder is in the ACTIVE state the result will be a no-op success." */
    undeleteFolder: async ({ name }: Named, call: Call) =>
      folderOperationMessage(
        await asOperation('undelete', call, about, (also) =>
          unless(deps, folderIn(name), call, also, isUsable, undeleteFolder),
        ),
      ),
  };
}

/** Changes a folder where it is not so already; the operation is kept either way. */
async function unless(
  deps: ResourceManagerDeps,
  id: string,
  { time }: Call,
  also: Parameters<typeof deleteFolder>[3],
  isSo: (folder: Folder) => boolean,
  change: typeof deleteFolder,
): Promise<Folder> {
  const { version: _version, ...folder } = await existingFolder(deps, id, time);
  if (!isSo(folder)) return change(deps, id, time, also);
  await deps.store.commit(also(folder));
  return folder;
}
