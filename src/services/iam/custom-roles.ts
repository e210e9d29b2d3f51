/** The methods that make, change and delete custom roles. */
import type { AccessControl, CustomRole } from '../../access/index.js';
import { invalidArgument, type JsonObject } from '../../google/index.js';
import { parseCustomRoleName } from '../../iam/index.js';
import type { IamHandlers } from './handlers.js';
import { changeIn, definitionIn, roleMessage } from './role-messages.js';

/** What a change did to a role's permissions, for its audit entry; by the request. */
export type PermissionDeltas = WeakMap<object, JsonObject>;

export function customRoleHandlers(
  { customRoles }: Pick<AccessControl, 'customRoles'>,
  deltas: PermissionDeltas,
): IamHandlers {
  return {
    async createRole(request, { time }) {
      const { parent, roleId, role } = request;
      if (!role) throw invalidArgument('role is required.');
      if (role.name !== '') throw invalidArgument('Must not specify role.name.');
      const created = await customRoles.create(requireParent(parent), roleId, definitionIn(role), time);
      deltas.set(request, permissionDelta(undefined, created));
      return roleMessage(created, true);
    },
    async updateRole(request, { time }) {
      const { name, role, updateMask } = request;
      requireCustom(name);
      if (!role) throw invalidArgument('role is required.');
      const before = await customRoles.find(name, time);
      if (role.name !== '' && role.name !== name && role.name !== before?.name) {
        throw invalidArgument(`The role to update is ${name}; role.name is ${role.name}.`);
      }
      const change = changeIn(role, updateMask?.paths ?? []);
      const changed = await customRoles.update(name, change, etagIn(role.etag), time);
      deltas.set(request, permissionDelta(before, changed));
      return roleMessage(changed, true);
    },
    async deleteRole({ name, etag }, { time }) {
      requireCustom(name);
      return roleMessage(await customRoles.remove(name, etagIn(etag), time), true);
    },
    async undeleteRole({ name, etag }, { time }) {
      requireCustom(name);
      return roleMessage(await customRoles.restore(name, etagIn(etag), time), true);
    },
  };
}

/** An etag that a caller sent; undefined when there is none, and whatever is there is meant. */
const etagIn = (etag: Uint8Array): string | undefined =>
  etag.length === 0 ? undefined : Buffer.from(etag).toString('base64');

/** @throws GoogleError INVALID_ARGUMENT */
function requireParent(parent: string): string {
  if (!/^(?:projects|organizations)\/[^/]+$/.test(parent)) {
    throw invalidArgument(`Roles belong to projects and organizations, not to "${parent}".`);
  }
  return parent;
}

/** @throws GoogleError INVALID_ARGUMENT for a predefined role, which nobody but Google changes */
function requireCustom(name: string): void {
  if (!parseCustomRoleName(name)) throw invalidArgument(`"${name}" is not the name of a custom role.`);
}

/** `serviceData` of an entry (google.iam.admin.v1.AuditData). */
function permissionDelta(before: CustomRole | undefined, after: CustomRole): JsonObject {
  const added = [...after.permissions].filter((permission) => !before?.permissions.has(permission));
  const removed = [...(before?.permissions ?? [])].filter((permission) => !after.permissions.has(permission));
  return {
    serviceData: {
      '@type': 'type.googleapis.com/google.iam.admin.v1.AuditData',
      permissionDelta: {
        ...(added.length > 0 ? { addedPermissions: added } : {}),
        ...(removed.length > 0 ? { removedPermissions: removed } : {}),
      },
    },
  };
}
