/** What the methods of folders need, how their writes are audited, and their policies: the same in v2 and v3. */
import {
  type AccessControl,
  findContainer,
  isUsable,
  type PolicyMethods,
  type PolicyResource,
  policyMethods,
  resourceManagerRefusal,
} from '../../access/index.js';
import { monitoredContainer } from '../../audit/index.js';
import {
  type AccessRule,
  type AuditRule,
  badField,
  errorInfo,
  GoogleError,
  type JsonObject,
  type PermissionCheck,
  type PermissionType,
} from '../../google/index.js';
import { folderName, organizationName } from '../../names/index.js';
import { audited, checked } from './access.js';
import { check, denied, type ResourceManagerDeps } from './deps.js';
import { FolderRefusal } from './folder-rules.js';
import { folderIn } from './folders.js';
import type { FolderOperation } from './operations.js';
import { requireParentName } from './rules.js';

/** A permission on the folder that a request names. */
export function onFolder<R>(type: PermissionType, verb: string, nameOf: (request: R) => string): AccessRule {
  return checked(type, (request: R) => [
    check(`resourcemanager.folders.${verb}`, `folders/${folderIn(nameOf(request))}`),
  ]);
}

/** A permission on the parent that a request names. */
export function onParent<R>(
  type: PermissionType,
  verb: 'create' | 'list',
  parentOf: (request: R) => string,
): AccessRule {
  const rule = {
    kind: 'permission',
    type,
    checks: (request: R) => {
      const parent = parentOf(request);
      requireParentName(parent);
      return [check(`resourcemanager.folders.${verb}`, parent)];
    },
  } as const;
  return { ...rule, refusal: verb === 'create' ? creationRefusal : resourceManagerRefusal };
}

/** How a folder's creation is refused: unlike the rest of Resource Manager, with the permission's name. */
function creationRefusal({ permission, resource, label }: PermissionCheck): GoogleError {
  return new GoogleError(
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
    {
      reason: 'forbidden',
      details: [
        errorInfo('IAM_PERMISSION_DENIED', 'cloudresourcemanager.googleapis.com', {
          permission,
          resource: label,
        }),
      ],
    },
  );
}

/** "resourcemanager.folders.move permission on the folder's current and proposed new parent" (Folders.MoveFolder) */
export function moveRule({ access }: ResourceManagerDeps): AccessRule {
  return checked(
    'ADMIN_WRITE',
    async ({ name, destinationParent }: { readonly name: string; readonly destinationParent: string }) => {
      requireParentName(destinationParent, 'destination_parent');
      const id = folderIn(name);
      const parent = (await access.folders.get(id))?.parent;
      const places = [`folders/${id}`, ...(parent === undefined ? [] : [parent]), destinationParent];
      return [...new Set(places)].map((place) => check('resourcemanager.folders.move', place));
    },
  );
}

/** The entry of a change of a folder, in the folder's log. @param nameOf `folders/N`, as the request has it */
export function folderAudit<R>(
  methodName: string,
  nameOf: (request: R) => string,
  status?: (request: R) => JsonObject,
): AuditRule {
  return {
    ...audited(methodName),
    resourceName: nameOf,
    monitored: (request: R) => monitoredContainer(nameOf(request)),
    project: nameOf,
    ...(status === undefined ? {} : { extra: status }),
  };
}

/** What an entry says of an operation that has failed, while the call that started it did not. */
export function failedStatus(operation: FolderOperation | undefined): JsonObject {
  const result = operation?.result;
  return result === undefined || result.ok ? {} : { status: { code: 9, message: result.message } };
}

/** Policies of folders, or of organizations. */
export function containerPolicies(
  access: AccessControl,
  collection: 'folders' | 'organizations',
): PolicyMethods {
  return policyMethods(access, containerPolicy(access, collection));
}

export function containerPolicy(
  access: AccessControl,
  collection: 'folders' | 'organizations',
): PolicyResource {
  return {
    permissions: {
      get: `resourcemanager.${collection}.getIamPolicy`,
      set: `resourcemanager.${collection}.setIamPolicy`,
    },
    locate: (name) => {
      const [, kind, id = ''] = /^(folders|organizations)\/(\d+)$/.exec(name) ?? [];
      if (kind !== collection)
        throw badField('resource', `"${name}" is not of the form ${collection}/NUMBER.`);
      const resource = collection === 'folders' ? folderName(id) : organizationName(id);
      return { resource, label: name, project: name };
    },
    mustExist: async ({ label }) => {
      if ((await findContainer(access, label)) === undefined) throw denied(label);
    },
    accept: async ({ label }) => {
      if (collection === 'organizations') return undefined;
      const folder = await access.folders.get(folderIn(label));
      if (folder && !isUsable(folder))
        throw new FolderRefusal('RESOURCE_DELETED_VIOLATION', label, folder.parent);
      return undefined;
    },
    refusal: resourceManagerRefusal,
    audit: {
      serviceName: 'cloudresourcemanager.googleapis.com',
      methodName: 'SetIamPolicy',
      monitored: ({ label }) => monitoredContainer(label),
      policyDelta: true,
    },
  };
}
