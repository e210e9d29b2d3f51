/** google.cloud.resourcemanager.v2.Folders, which gcloud speaks: the folders of v3 in their older form. */
import { isUsable } from '../../access/index.js';
import {
  type CreateFolderRequest,
  type DeleteFolderRequest,
  Folders,
  type MoveFolderRequest,
} from '../../google/gen/google/cloud/resourcemanager/v2/folders_pb.js';
import {
  type Api,
  badField,
  type Call,
  failedPrecondition,
  protoMethods,
  unimplemented,
} from '../../google/index.js';
import type { ResourceManagerDeps } from './deps.js';
import { containerPolicies } from './folder-access.js';
import { folderReaders } from './folder-lists.js';
import { v2FolderMessage, v2OperationMessage } from './folder-messages.js';
import { folderAudits, folderRules, type Outcomes, renamed } from './folder-tables.js';
import { creation, moving, type RenameRequest, renaming } from './folder-tasks.js';
import { deleteFolder, existingFolder, folderIn, undeleteFolder } from './folders.js';
import { registry } from './v3-messages.js';

interface Named {
  readonly name: string;
}

/** `parent` is a parameter; the folder in the body may say it too. */
const wantedParent = ({ parent, folder }: CreateFolderRequest) =>
  parent === '' ? (folder?.parent ?? '') : parent;

export function v2Folders(deps: ResourceManagerDeps): Pick<Api, 'methods' | 'access'> {
  const policies = containerPolicies(deps.access, 'folders');
  const outcomes: Outcomes = new WeakMap();
  const methods = protoMethods(
    Folders,
    { ...folderReaders(deps, v2FolderMessage), ...writers(deps, outcomes), ...policies.handlers },
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
      const { displayName } = folder;
      const operation = await creation(deps, { displayName, parent: wantedParent(request) }, call);
      outcomes.set(request, operation);
      return v2OperationMessage(operation);
    },
    updateFolder: async (request: RenameRequest, { time }: Call) =>
      v2FolderMessage(await renaming(deps, folderIn(renamed(request)), request, time, () => [])),
    async moveFolder(request: MoveFolderRequest, call: Call) {
      const operation = await moving(deps, folderIn(request.name), request.destinationParent, call);
      if (!operation) return { done: true };
      outcomes.set(request, operation);
      return v2OperationMessage(operation);
    },
    async deleteFolder({ name, recursiveDelete }: DeleteFolderRequest, { time }: Call) {
      if (recursiveDelete) throw unimplemented('recursive_delete: folders are deleted when they are empty.');
      return v2FolderMessage(await deleteFolder(deps, folderIn(name), time, () => []));
    },
    /** "This method may only be called on a Folder in the DELETE_REQUESTED state." */
    async undeleteFolder({ name }: Named, { time }: Call) {
      const id = folderIn(name);
      if (isUsable(await existingFolder(deps, id, time))) {
        throw failedPrecondition('Cannot restore an active folder.');
      }
      return v2FolderMessage(await undeleteFolder(deps, id, time, () => []));
    },
  };
}
