/**
 * Definitions of predefined roles that were fetched from the live IAM API: laid over the built-in catalogue, whose
 * services they are restricted to.
 */
import type { Role } from '../types.js';
import { knownPermissions, predefinedRoles } from './index.js';

export const SYNCED_ROLES_SCHEMA = 'sekisho.roles/1';

export interface SyncedRoles {
  /** When they were fetched, RFC 3339. */
  readonly syncedAt: string;
  readonly roles: readonly Role[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * A role as the IAM API writes it (google.iam.admin.v1.Role in JSON), with the permissions of the services here.
 * @throws Error saying what is wrong with it
 */
export function readPredefinedRole(value: unknown): Role {
  const { name, title = '', description = '', stage = 'ALPHA', includedPermissions = [] } = fieldsOf(value);
  if (typeof name !== 'string' || !/^roles\/[A-Za-z0-9_.]+$/.test(name)) {
    throw new Error(`${JSON.stringify(name)} is not the name of a predefined role`);
  }
  if (typeof title !== 'string' || typeof description !== 'string') {
    throw new Error(`the title and the description of ${name} are no texts`);
  }
  if (!isStage(stage)) throw new Error(`${JSON.stringify(stage)}, the stage of ${name}, is not known`);
  if (!isListOfTexts(includedPermissions)) throw new Error(`the permissions of ${name} are no list of names`);
  const permissions = includedPermissions.filter(isOfService).sort();
  return { name, title, description, stage, permissions: new Set(permissions) };
}

/** What a file of synced roles holds. @throws Error saying what is wrong with it */
export function parseSyncedRoles(text: string): SyncedRoles {
  const { schema, syncedAt, roles } = fieldsOf(JSON.parse(text));
  if (schema !== SYNCED_ROLES_SCHEMA) {
    throw new Error(`its schema is ${JSON.stringify(schema)}, not "${SYNCED_ROLES_SCHEMA}"`);
  }
  if (typeof syncedAt !== 'string' || Number.isNaN(Date.parse(syncedAt))) {
    throw new Error('it does not say when it was written');
  }
  if (!Array.isArray(roles)) throw new Error('it has no list of roles');
  const read = roles.map(readPredefinedRole);
  if (new Set(read.map(({ name }) => name)).size < read.length) throw new Error('it names a role twice');
  return { syncedAt, roles: read };
}

/** The file's text; the other way round than parseSyncedRoles(). */
export function syncedRolesText({ syncedAt, roles }: SyncedRoles): string {
  const sorted = [...roles].sort((a, b) => (a.name < b.name ? -1 : 1));
  const written = sorted.map(({ permissions, ...role }) => ({
    ...role,
    includedPermissions: [...permissions].sort(),
  }));
  return `${JSON.stringify({ schema: SYNCED_ROLES_SCHEMA, syncedAt, roles: written }, null, 1)}\n`;
}

/** How a synced role differs from the built-in one of its name. */
export interface RoleDifference {
  readonly name: string;
  /** False where the built-in catalogue lacks the role. */
  readonly builtIn: boolean;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Other fields that differ, with the built-in value and the synced one. */
  readonly changed: readonly {
    readonly field: 'title' | 'description' | 'stage';
    readonly from: string;
    readonly to: string;
  }[];
}

/** Every synced role that is not as the built-in catalogue has it, by name. */
export function roleDifferences({ roles }: SyncedRoles): readonly RoleDifference[] {
  return roles
    .map(difference)
    .filter(
      ({ builtIn, added, removed, changed }) =>
        !builtIn || added.length + removed.length + changed.length > 0,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const FIELDS = ['title', 'description', 'stage'] as const;

function difference(role: Role): RoleDifference {
  const own = predefinedRoles.get(role.name);
  const before = own?.permissions ?? new Set<string>();
  return {
    name: role.name,
    builtIn: own !== undefined,
    added: [...role.permissions].filter((permission) => !before.has(permission)).sort(),
    removed: [...before].filter((permission) => !role.permissions.has(permission)).sort(),
    changed: FIELDS.flatMap((field) =>
      own && own[field] !== role[field] ? [{ field, from: own[field], to: role[field] }] : [],
    ),
  };
}

let services: ReadonlySet<string> | undefined;
const serviceOf = (permission: string): string => permission.split('.', 1)[0] ?? '';

/** Is the permission of a service that exists here? Of others, nothing can be asked. */
function isOfService(permission: string): boolean {
  services ??= new Set([...knownPermissions].map(serviceOf));
  return services.has(serviceOf(permission));
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${JSON.stringify(value)?.slice(0, 40) ?? 'nothing'} is no object`);
  }
  return value as Fields;
}

const isListOfTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const STAGES = ['ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP'] as const;
const isStage = (value: unknown): value is Role['stage'] => STAGES.some((stage) => stage === value);
