/** The smallest predefined role: worked out of the catalogue of roles, not looked up in a list. */
import {
  isServiceAgentRole,
  type PolicyResourceType,
  policyResourceType,
  predefinedRoles,
  type Role,
  roleSupports,
} from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';

/** A role, and why it is this one. */
export interface RoleChoice {
  readonly role: string;
  /** What the role carries beyond what is asked for: the fewer, the better. */
  readonly surplus: number;
  /** The next best role that carries it all; undefined where there is none. */
  readonly next?: string;
}

/**
 * Basic roles reach every service of a project (https://cloud.google.com/iam/docs/roles-overview#basic), and are
 * never proposed.
 */
const BASIC: ReadonlySet<string> = new Set([
  'roles/owner',
  'roles/editor',
  'roles/viewer',
  'roles/admin',
  'roles/writer',
  'roles/reader',
]);

/**
 * Made for identities of workload identity pools, and Kubernetes' accounts, that impersonate a service account
 * (https://cloud.google.com/iam/docs/workload-identity-federation#impersonation).
 */
const FOR_FEDERATED: ReadonlySet<string> = new Set(['roles/iam.workloadIdentityUser']);

const isFederated = (member: string) => /^principal(?:Set)?:|\.svc\.id\.goog\[/.test(member);

/** In nearly every role, and in no service's family. */
const HARMLESS: ReadonlySet<string> = new Set([
  'resourcemanager.projects.get',
  'resourcemanager.projects.list',
]);

const serviceOf = (permission: string): string => permission.split('.', 1)[0] ?? '';

/** How many permissions a role carries of other services than those that are asked for. */
function foreign({ permissions }: Role, services: ReadonlySet<string>): number {
  let count = 0;
  for (const permission of permissions) {
    if (!services.has(serviceOf(permission)) && !HARMLESS.has(permission)) count++;
  }
  return count;
}

interface Ranked {
  readonly role: Role;
  readonly foreign: number;
}

/** A role that stays within the services asked for comes first, then the one with the fewest permissions. */
const byRank = (a: Ranked, b: Ranked): number =>
  a.foreign - b.foreign ||
  a.role.permissions.size - b.role.permissions.size ||
  (a.role.name < b.role.name ? -1 : 1);

function isFor({ name, stage }: Role, member: string): boolean {
  if (stage !== 'GA' || BASIC.has(name) || isServiceAgentRole(name)) return false;
  return !FOR_FEDERATED.has(name) || isFederated(member);
}

function ranked(permissions: readonly string[], type: PolicyResourceType, member: string): Role[] {
  const services = new Set(permissions.map(serviceOf));
  return predefinedRoles
    .list()
    .filter((role) => isFor(role, member) && permissions.every((each) => role.permissions.has(each)))
    .filter((role) => roleSupports(role, type))
    .map((role) => ({ role, foreign: foreign(role, services) }))
    .sort(byRank)
    .map(({ role }) => role);
}

const kept = new Map<string, RoleChoice | undefined>();

/**
 * The smallest predefined role that carries all the permissions and can be granted on that kind of resource: generally
 * available, neither a basic role nor a service agent's, preferably without permissions of other services, with as few
 * as possible, and of equals the first by name.
 * @param member who is to have it: a role made for federated identities is for them alone
 * @returns undefined when no single role does
 */
export function smallestRoleFor(
  permissions: readonly string[],
  resource: ResourceName,
  member: string,
): RoleChoice | undefined {
  const type = policyResourceType(resource);
  if (type === undefined) return undefined;
  const key = `${type} ${isFederated(member)} ${[...permissions].sort().join(' ')}`;
  // A catalogue never changes, and whole estates ask the same few questions again and again.
  if (!kept.has(key)) kept.set(key, choiceOf(ranked(permissions, type, member), permissions.length));
  return kept.get(key);
}

function choiceOf([best, next]: readonly Role[], wanted: number): RoleChoice | undefined {
  if (!best) return undefined;
  return {
    role: best.name,
    surplus: best.permissions.size - wanted,
    ...(next === undefined ? {} : { next: next.name }),
  };
}
