/** The tables of google.cloud.resourcemanager's Folders, which are the same in v2 and v3. */
import type { PolicyMethods } from '../../access/index.js';
import type { AccessRule, AuditRule } from '../../google/index.js';
import { readable } from './access.js';
import type { ResourceManagerDeps } from './deps.js';
import { failedStatus, folderAudit, moveRule, onFolder, onParent } from './folder-access.js';
import type { FolderOperation } from './operations.js';

/** What came of calls, by their requests. */
export type Outcomes = WeakMap<object, FolderOperation>;

interface Named {
  readonly name: string;
}
interface ListRequest {
  readonly parent: string;
}
interface UpdateRequest {
  readonly folder?: Named | undefined;
}

export const nameOf = ({ name }: Named): string => name;
export const renamed = ({ folder }: UpdateRequest): string => folder?.name ?? '';
const parentOf = ({ parent }: ListRequest): string => parent;

/**
 * @param service the full name of the service
 * @param wantedParent where a CreateFolderRequest puts the folder
 */
export function folderRules<R>(
  service: string,
  deps: ResourceManagerDeps,
  policies: PolicyMethods,
  wantedParent: (request: R) => string,
): Readonly<Record<string, AccessRule>> {
  const rules: Readonly<Record<string, AccessRule>> = {
    GetFolder: onFolder('ADMIN_READ', 'get', nameOf),
    ListFolders: onParent('ADMIN_READ', 'list', parentOf),
    SearchFolders: readable('the answer', 'folders'),
    CreateFolder: onParent('ADMIN_WRITE', 'create', wantedParent),
    UpdateFolder: onFolder('ADMIN_WRITE', 'update', renamed),
    MoveFolder: moveRule(deps),
    DeleteFolder: onFolder('ADMIN_WRITE', 'delete', nameOf),
    UndeleteFolder: onFolder('ADMIN_WRITE', 'undelete', nameOf),
    GetIamPolicy: policies.rules.getIamPolicy,
    SetIamPolicy: policies.rules.setIamPolicy,
    TestIamPermissions: policies.rules.testIamPermissions,
  };
  return Object.fromEntries(Object.entries(rules).map(([method, rule]) => [`${service}.${method}`, rule]));
}

/** The entries of what changes something. A refused creation is told in the log of what was to hold the folder. */
export function folderAudits<R extends object>(
  outcomes: Outcomes,
  policies: PolicyMethods,
  wantedParent: (request: R) => string,
) {
  const status = (request: object) => failedStatus(outcomes.get(request));
  const created = (request: R): string => {
    const result = outcomes.get(request)?.result;
    return result?.ok ? `folders/${result.folder.id}` : wantedParent(request);
  };
  return {
    createFolder: folderAudit('CreateFolder', created, status),
    updateFolder: folderAudit('UpdateFolder', renamed),
    moveFolder: folderAudit<Named>('MoveFolder', nameOf, status),
    deleteFolder: folderAudit('DeleteFolder', nameOf),
    undeleteFolder: folderAudit('UndeleteFolder', nameOf),
    ...policies.audit,
  } satisfies Readonly<Record<string, AuditRule>>;
}
