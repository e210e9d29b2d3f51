/** Custom roles: their names, and what IAM asks of one (https://cloud.google.com/iam/quotas#limits). */
import type { Role } from '../types.js';
import type { PolicyProblem } from '../validate.js';
import { canBeInCustomRole } from './testable.js';

/** What a user says of a role. */
export interface CustomRoleDefinition {
  readonly title: string;
  readonly description: string;
  readonly stage: Role['stage'];
  /** Sorted, each once. */
  readonly permissions: readonly string[];
}

/** A custom role's name, taken apart: `projects/P/roles/ID` or `organizations/N/roles/ID`. */
export interface CustomRoleName {
  readonly level: 'project' | 'organization';
  /** `projects/P` or `organizations/N` */
  readonly parent: string;
  readonly id: string;
}

const NAME = /^((project|organization)s\/[^/]+)\/roles\/([^/]+)$/;

/** Undefined for a predefined role, and for what is no role's name. */
export function parseCustomRoleName(name: string): CustomRoleName | undefined {
  const [, parent, level, id] = NAME.exec(name) ?? [];
  if (parent === undefined || id === undefined) return undefined;
  return { level: level === 'project' ? 'project' : 'organization', parent, id };
}

/** A role without a permission: what a custom role comes to that has been deleted, or is not there any more. */
export function emptyRole(name: string): Role {
  return { name, title: '', description: '', stage: 'DISABLED', permissions: new Set() };
}

export const MAX_CUSTOM_ROLES = 300;
const MAX_PERMISSIONS = 3000;
const MAX_TITLE = 100;
const MAX_DESCRIPTION = 300;
/** Title, description and permission names together. */
const MAX_SIZE = 64 * 1024;

const invalid = (message: string): PolicyProblem => ({ status: 'INVALID_ARGUMENT', message });

/** Each page of IAM's reference has the pattern; the sentence is the API's. */
export function roleIdProblems(id: string): PolicyProblem[] {
  if (/^[a-zA-Z0-9_.]{3,64}$/.test(id)) return [];
  return [
    invalid(
      `The role_id "${id}" is invalid. It doesn't match pattern "[a-zA-Z0-9_\\.]{3,64}". The role_id must be 3 to 64 characters long and can be a mix of uppercase and lowercase English letters, digits, underscores and periods.`,
    ),
  ];
}

/** What is wrong with a definition; the first is what IAM would answer. */
export function customRoleProblems(
  { title, description, permissions }: CustomRoleDefinition,
  level: CustomRoleName['level'],
): PolicyProblem[] {
  const size = [title, description, ...permissions].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return [
    ...tooLong('title', title, MAX_TITLE),
    ...tooLong('description', description, MAX_DESCRIPTION),
    ...(permissions.length > MAX_PERMISSIONS
      ? [
          invalid(
            `A custom role can have at most ${MAX_PERMISSIONS} permissions; this one has ${permissions.length}.`,
          ),
        ]
      : []),
    ...(size > MAX_SIZE
      ? [
          invalid(
            `The title, description and permission names of a custom role can have at most ${MAX_SIZE} bytes together; these have ${size}.`,
          ),
        ]
      : []),
    ...permissions
      .filter((permission) => !canBeInCustomRole(permission, level))
      .map((permission) => invalid(`Permission ${permission} is not valid.`)),
  ];
}

function tooLong(what: string, text: string, most: number): PolicyProblem[] {
  const bytes = Buffer.byteLength(text);
  return bytes <= most
    ? []
    : [invalid(`The ${what} of a role can have at most ${most} bytes; this one has ${bytes}.`)];
}
