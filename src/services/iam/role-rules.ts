/** What the methods of roles need, and how they are audited. */
import { type AccessControl, iamRefusal } from '../../access/index.js';
import {
  type AccessRule,
  type AuditRule,
  type PermissionType,
  permissionDenied,
} from '../../google/index.js';
import { parseCustomRoleName } from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import type { PermissionDeltas } from './custom-roles.js';
import { fullName } from './roles.js';

const SERVICE = 'google.iam.admin.v1';

interface ByName {
  readonly name: string;
}
interface ByParent {
  readonly parent: string;
}

/** The sentences of refusals, by the verb of the permission. @param label the parent, or the role's name */
const REFUSALS = {
  list: (label: string) => `You don't have permission to list roles in ${label}.`,
  create: (label: string) => `You don't have permission to create a role in ${label}.`,
  get: (label: string) => `You don't have permission to get the role at ${label}.`,
  update: (label: string) => `You don't have permission to update the role at ${label}.`,
  delete: (label: string) => `You don't have permission to delete the role at ${label}.`,
  undelete: (label: string) => `You don't have permission to undelete the role at ${label}.`,
} satisfies Record<string, (label: string) => string>;

/**
 * Roles have no policies: their parent's decides. Predefined ones are open to whoever is signed in.
 * @param labelOf what refusals and entries name
 */
const onParent = <R>(
  type: PermissionType,
  verb: keyof typeof REFUSALS,
  parentOf: (request: R) => string,
  labelOf: (request: R) => string,
): AccessRule => ({
  kind: 'permission',
  type,
  checks: (request: R) => {
    const parent = parentOf(request);
    if (parent === '') return [];
    const resource: ResourceName = `//cloudresourcemanager.googleapis.com/${parent}`;
    return [{ permission: `iam.roles.${verb}`, resource, label: labelOf(request) }];
  },
  refusal: ({ label }) => permissionDenied(REFUSALS[verb](label)),
});

const parentIn = ({ name }: ByName): string => parseCustomRoleName(name)?.parent ?? '';
const parent = ({ parent }: ByParent): string => parent;
const name = ({ name }: ByName): string => name;

export const roleAccess: Readonly<Record<string, AccessRule>> = {
  [`${SERVICE}.IAM.ListRoles`]: onParent('ADMIN_READ', 'list', parent, parent),
  [`${SERVICE}.IAM.GetRole`]: onParent('ADMIN_READ', 'get', parentIn, name),
  [`${SERVICE}.IAM.CreateRole`]: onParent('ADMIN_WRITE', 'create', parent, parent),
  [`${SERVICE}.IAM.UpdateRole`]: onParent('ADMIN_WRITE', 'update', parentIn, name),
  [`${SERVICE}.IAM.DeleteRole`]: onParent('ADMIN_WRITE', 'delete', parentIn, name),
  [`${SERVICE}.IAM.UndeleteRole`]: onParent('ADMIN_WRITE', 'undelete', parentIn, name),
  [`${SERVICE}.IAM.QueryTestablePermissions`]: {
    kind: 'authenticated',
    why: 'it names permissions, which are documented; which APIs a project has, it tells only those who see the project',
  },
  [`${SERVICE}.IAM.QueryGrantableRoles`]: {
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: ({ fullResourceName }: { readonly fullResourceName: string }) => {
      const resource = fullName(fullResourceName);
      // Asked about a project, it wants the project to be visible; other resources say no more than their kind.
      return /^\/\/cloudresourcemanager\.googleapis\.com\/projects\/[^/]+$/.test(resource)
        ? [{ permission: 'resourcemanager.projects.get', resource, label: fullResourceName }]
        : [];
    },
    refusal: iamRefusal,
  },
};

/** Entries lie in the log of the role's project or organization (https://cloud.google.com/iam/docs/audit-logging). */
export function roleAudit({ projects }: Pick<AccessControl, 'projects'>, deltas: PermissionDeltas) {
  const rule = <R extends object>(
    method: string,
    nameOf: (request: R) => string,
    parentOf: (request: R) => string,
  ): AuditRule => ({
    methodName: `${SERVICE}.${method}`,
    serviceName: 'iam.googleapis.com',
    resourceName: nameOf,
    monitored: (request: R) => ({
      type: 'iam_role',
      labels: { project_id: projectIn(parentOf(request)), role_name: nameOf(request) },
    }),
    project: async (request: R) => {
      const project = projectIn(parentOf(request));
      if (project === '') return parentOf(request);
      return (await projects.get(project))?.projectId ?? project;
    },
    extra: (request: R) => deltas.get(request) ?? {},
  });
  return {
    createRole: rule(
      'CreateRole',
      ({ parent, roleId }: ByParent & { readonly roleId: string }) => `${parent}/roles/${roleId}`,
      parent,
    ),
    updateRole: rule('UpdateRole', name, parentIn),
    deleteRole: rule('DeleteRole', name, parentIn),
    undeleteRole: rule('UndeleteRole', name, parentIn),
  };
}

/** The project (id or number) that the parent is; empty for an organization. */
const projectIn = (parent: string): string => /^projects\/([^/]+)$/.exec(parent)?.[1] ?? '';
