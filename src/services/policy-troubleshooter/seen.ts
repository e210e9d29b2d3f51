/**
 * What a caller may see of that which decides. "Policy Troubleshooter analyzes a principal's access to a resource
 * based on the allow policies, deny policies, principal access boundary policies, and roles that you have permission
 * to view" (https://cloud.google.com/policy-intelligence/docs/troubleshoot-access#required-permissions). Who is in a
 * group is a matter of Google Workspace, whose administrators a plane does not know: everybody sees it.
 */
import type { AccessControl } from '../../access/index.js';
import {
  deniablePermissions,
  type PolicyResourceType,
  policyResourceType,
  type Question,
  withHidden,
} from '../../iam/index.js';
import {
  type Addressed,
  organizationName,
  type Principal,
  projectName,
  type ResourceName,
} from '../../names/index.js';

const READ_POLICY: Readonly<Record<PolicyResourceType, string>> = {
  organization: 'resourcemanager.organizations.getIamPolicy',
  folder: 'resourcemanager.folders.getIamPolicy',
  project: 'resourcemanager.projects.getIamPolicy',
  serviceAccount: 'iam.serviceAccounts.getIamPolicy',
  repository: 'artifactregistry.repositories.getIamPolicy',
  secret: 'secretmanager.secrets.getIamPolicy',
  service: 'run.services.getIamPolicy',
  job: 'run.jobs.getIamPolicy',
  workerPool: 'run.workerpools.getIamPolicy',
  tagKey: 'resourcemanager.tagKeys.getIamPolicy',
  tagValue: 'resourcemanager.tagValues.getIamPolicy',
};
/** Of the Deny Reviewer; that deny policies are listed does not say what is in them. */
const READ_DENY = 'iam.denypolicies.get';
const READ_BOUNDARY = 'iam.principalaccessboundarypolicies.get';
/** What is bound to the sets that may hold a principal of the kind. */
const READ_BINDINGS: Readonly<Record<Addressed['kind'], readonly string[]>> = {
  serviceAccount: ['resourcemanager.organizations.searchPolicyBindings'],
  user: [
    'resourcemanager.organizations.searchPolicyBindings',
    'iam.googleapis.com/workspacePools.searchPolicyBindings',
  ],
};

/** Somebody who asks. */
interface Caller {
  readonly principal: Principal;
  readonly time: Date;
}

/** The question with what the caller may not read unreadable. */
export async function seenBy(
  caller: Caller,
  question: Question & { readonly principal: Addressed },
  access: AccessControl,
): Promise<Question> {
  const may = (permission: string, resource: ResourceName) =>
    access.isGranted(caller.principal, permission, resource, caller.time);
  const policies = new Set<ResourceName>();
  const denyPolicies = new Set<ResourceName>();
  for (const { resource } of question.levels) {
    const type = policyResourceType(resource);
    if (type !== undefined && !(await may(READ_POLICY[type], resource))) policies.add(resource);
    if (!isContainer(type) || !deniablePermissions.has(question.permission)) continue;
    if (!(await may(READ_DENY, resource))) denyPolicies.add(resource);
  }
  return withHidden(question, {
    policies,
    denyPolicies,
    roles: await hiddenRoles(question, may),
    boundaries: await hidesBoundaries(question.principal, access, may),
  });
}

type May = (permission: string, resource: ResourceName) => Promise<boolean>;

const isContainer = (type: PolicyResourceType | undefined): boolean =>
  type === 'project' || type === 'folder' || type === 'organization';

/** The custom roles that the policies name and the caller may not read. */
async function hiddenRoles({ levels }: Question, may: May): Promise<ReadonlySet<string>> {
  const hidden = new Set<string>();
  const roles = levels.flatMap(({ policy }) =>
    policy === 'unreadable' ? [] : policy.source.bindings.map(({ role }) => role),
  );
  for (const role of new Set(roles)) {
    const [, kind, id] = /^(projects|organizations)\/([^/]+)\/roles\//.exec(role) ?? [];
    if (id === undefined) continue;
    const parent = kind === 'projects' ? projectName(id) : organizationName(id);
    if (!(await may('iam.roles.get', parent))) hidden.add(role);
  }
  return hidden;
}

/**
 * "You need permissions on the organization whose principal set includes the principal"; a principal of none is
 * subject to no boundary.
 */
async function hidesBoundaries(principal: Addressed, access: AccessControl, may: May): Promise<boolean> {
  const containers = (await access.facts(principal))?.containers ?? [];
  const organization = containers.find((container) => container.startsWith('organizations/'));
  if (organization === undefined) return false;
  const name: ResourceName = `//cloudresourcemanager.googleapis.com/${organization}`;
  for (const permission of [READ_BOUNDARY, ...READ_BINDINGS[principal.kind]]) {
    if (!(await may(permission, name))) return true;
  }
  return false;
}
