/** Roles as the IAM API writes them, and reads them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CustomRole } from '../../access/index.js';
import {
  type Role as RoleMessage,
  type RoleSchema,
  Role_RoleLaunchStage as RoleStage,
} from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { invalidArgument } from '../../google/index.js';
import type { CustomRoleDefinition, Role } from '../../iam/index.js';

/** Predefined roles have an etag without meaning, always the same. */
const PREDEFINED_ETAG = Buffer.from('AA==', 'base64');

/** @param full with the permissions */
export function roleMessage(role: Role | CustomRole, full: boolean): MessageInitShape<typeof RoleSchema> {
  return {
    name: role.name,
    title: role.title,
    description: role.description,
    stage: RoleStage[role.stage],
    etag: 'etag' in role ? Buffer.from(role.etag, 'base64') : PREDEFINED_ETAG,
    includedPermissions: full ? [...role.permissions].sort() : [],
    deleted: 'deleteTime' in role && role.deleteTime !== undefined,
  };
}

const STAGES: ReadonlyMap<RoleStage, Role['stage']> = new Map([
  [RoleStage.ALPHA, 'ALPHA'],
  [RoleStage.BETA, 'BETA'],
  [RoleStage.GA, 'GA'],
  [RoleStage.DEPRECATED, 'DEPRECATED'],
  [RoleStage.DISABLED, 'DISABLED'],
  [RoleStage.EAP, 'EAP'],
]);

/** What a caller says of a role. @throws GoogleError INVALID_ARGUMENT for a stage that there is not */
export function definitionIn({
  title,
  description,
  stage,
  includedPermissions,
}: Pick<RoleMessage, 'title' | 'description' | 'stage' | 'includedPermissions'>): CustomRoleDefinition {
  const known = STAGES.get(stage);
  if (known === undefined) throw invalidArgument(`Invalid value at 'role.stage': ${stage}.`);
  return { title, description, stage: known, permissions: [...new Set(includedPermissions)].sort() };
}

/** The fields of a role that can be changed, as update masks name them. */
const FIELD_OF: Readonly<Record<string, keyof CustomRoleDefinition>> = {
  title: 'title',
  description: 'description',
  stage: 'stage',
  included_permissions: 'permissions',
};

/**
 * The change that an update asks for. Without a mask, the fields that have a value are meant
 * (https://google.aip.dev/134).
 * @param paths of the mask
 * @throws GoogleError INVALID_ARGUMENT for a field that cannot be changed
 */
export function changeIn(role: RoleMessage, paths: readonly string[]): Partial<CustomRoleDefinition> {
  const definition = definitionIn(role);
  const fields =
    paths.length > 0 ? paths.map(fieldNamed) : Object.values(FIELD_OF).filter((field) => isSet(role, field));
  return Object.fromEntries(fields.map((field) => [field, definition[field]]));
}

function fieldNamed(path: string): keyof CustomRoleDefinition {
  const field = Object.hasOwn(FIELD_OF, path) ? FIELD_OF[path] : undefined;
  if (field === undefined) throw invalidArgument(`Invalid update mask: "${path}" cannot be changed.`);
  return field;
}

function isSet(role: RoleMessage, field: keyof CustomRoleDefinition): boolean {
  switch (field) {
    case 'stage':
      return role.stage !== RoleStage.ALPHA;
    case 'permissions':
      return role.includedPermissions.length > 0;
    default:
      return role[field] !== '';
  }
}
