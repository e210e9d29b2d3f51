/** The kinds of resource that carry an allow policy, and which roles and members each takes. */
import { type MemberKind, type ResourceName, splitResource } from '../names/index.js';
import type { Role } from './types.js';

export type PolicyResourceType =
  | 'organization'
  | 'folder'
  | 'project'
  | 'tagKey'
  | 'tagValue'
  | 'serviceAccount'
  | 'repository'
  | 'secret'
  | 'service'
  | 'job'
  | 'workerPool';

const BY_COLLECTION: Readonly<Record<string, PolicyResourceType>> = {
  'cloudresourcemanager.googleapis.com/organizations': 'organization',
  'cloudresourcemanager.googleapis.com/folders': 'folder',
  'cloudresourcemanager.googleapis.com/projects': 'project',
  'cloudresourcemanager.googleapis.com/tagKeys': 'tagKey',
  'cloudresourcemanager.googleapis.com/tagValues': 'tagValue',
  'iam.googleapis.com/serviceAccounts': 'serviceAccount',
  'artifactregistry.googleapis.com/repositories': 'repository',
  'secretmanager.googleapis.com/secrets': 'secret',
  'run.googleapis.com/services': 'service',
  'run.googleapis.com/jobs': 'job',
  'run.googleapis.com/workerPools': 'workerPool',
};

/** The kind of a resource by its full name; undefined when no such resource has an allow policy of its own. */
export function policyResourceType(name: ResourceName): PolicyResourceType | undefined {
  const { service, path } = splitResource(name);
  const collection = `${service}/${path.split('/').at(-2) ?? ''}`;
  return Object.hasOwn(BY_COLLECTION, collection) ? BY_COLLECTION[collection] : undefined;
}

/** What a role's permissions begin with where it can have an effect on the resource. */
const PERMISSION_PREFIX: Readonly<Partial<Record<PolicyResourceType, string>>> = {
  tagKey: 'resourcemanager.tag',
  tagValue: 'resourcemanager.tag',
  serviceAccount: 'iam.serviceAccount',
  repository: 'artifactregistry.',
  secret: 'secretmanager.',
  service: 'run.',
  job: 'run.',
  workerPool: 'run.',
};

/** Roles that IAM grants on folders and organizations alone (docs of each role, "lowest-level resources"). */
const NOT_ON_PROJECTS: ReadonlySet<string> = new Set([
  'roles/iam.denyAdmin',
  'roles/iam.denyReviewer',
  'roles/resourcemanager.folderAdmin',
  'roles/resourcemanager.folderCreator',
  'roles/resourcemanager.folderEditor',
  'roles/resourcemanager.folderIamAdmin',
  'roles/resourcemanager.folderMover',
  'roles/resourcemanager.folderViewer',
  'roles/resourcemanager.organizationAdmin',
  'roles/resourcemanager.organizationViewer',
  'roles/resourcemanager.projectCreator',
]);

/**
 * True when the role can be granted on this kind of resource: IAM refuses a predefined role that could have no
 * effect there ("Role roles/X is not supported for this resource."). Custom roles may be granted anywhere.
 */
export function roleSupports(role: Role, type: PolicyResourceType): boolean {
  if (!role.name.startsWith('roles/')) return true;
  if (type === 'project') return !NOT_ON_PROJECTS.has(role.name);
  const prefix = PERMISSION_PREFIX[type];
  if (prefix === undefined) return true;
  for (const permission of role.permissions) if (permission.startsWith(prefix)) return true;
  return false;
}

/** Resources that can be opened to the public. Jobs and worker pools serve no requests. */
const PUBLIC: ReadonlySet<PolicyResourceType> = new Set([
  'service',
  'repository',
  'serviceAccount',
  'secret',
]);

/** True when a policy of this kind of resource may name the kind of member. */
export function memberSupports(kind: MemberKind, type: PolicyResourceType): boolean {
  switch (kind) {
    case 'allUsers':
    case 'allAuthenticatedUsers':
      return PUBLIC.has(type);
    case 'projectOwner':
    case 'projectEditor':
    case 'projectViewer':
      return false; // Cloud Storage buckets alone
    default:
      return true;
  }
}

/** Data access logs are configured in policies of these (https://cloud.google.com/logging/docs/audit/configure-data-access). */
export function takesAuditConfigs(type: PolicyResourceType): boolean {
  return type === 'organization' || type === 'folder' || type === 'project';
}
