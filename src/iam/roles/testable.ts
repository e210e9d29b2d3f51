/**
 * Which permissions can be had on a resource of a kind: what can be tested there, and what a custom role of a project
 * or an organization may hold.
 */
import type { PolicyResourceType } from '../resource-types.js';
import { knownPermissions } from './index.js';

/** What lies above projects. "If a permission can only be used at the organization level, then you can't include that
 * permission in a project-level custom role" (https://cloud.google.com/iam/docs/creating-custom-roles). */
const ABOVE_PROJECTS: readonly RegExp[] = [
  /^resourcemanager\.(?:folders|organizations)\./,
  // What is in a folder or an organization is listed there, and made there.
  /^resourcemanager\.projects\.(?:create|list)$/,
  /^iam\.(?:denypolicies|principalaccessboundarypolicies)\./,
  /^iam\.googleapis\.com\/(?:workforcePool|workspacePool)/,
  /^accesscontextmanager\./,
];

/** What is asked of the whole that a resource lies in, not of the resource. */
const OF_THE_PARENT =
  /^(?:iam\.serviceAccounts|artifactregistry\.repositories|secretmanager\.secrets|run\.(?:services|jobs|workerpools))\.(?:create|list)$/;

/** Permissions of the resource itself and of what lies in it, by the kinds that can hold a policy. */
const OF_KIND: Readonly<Partial<Record<PolicyResourceType, RegExp>>> = {
  serviceAccount: /^iam\.serviceAccount(?:s|Keys|ApiKeyBindings)\./,
  repository: /^artifactregistry\.(?!locations\.|projectsettings\.)/,
  secret: /^secretmanager\.(?!locations\.)/,
  service: /^run\.(?:services|revisions|configurations|routes)\./,
  job: /^run\.(?:jobs|executions|tasks)\./,
  workerPool: /^run\.(?:workerpools|revisions)\./,
};

/**
 * The permissions that a principal can hold on resources of the kind, sorted; undefined where it is not known here.
 * Those of a project, folder or organization go down to everything that can lie below it.
 */
export function testablePermissions(type: PolicyResourceType): readonly string[] | undefined {
  const matches = testOf(type);
  return matches && [...knownPermissions].filter(matches).sort();
}

function testOf(type: PolicyResourceType): ((permission: string) => boolean) | undefined {
  switch (type) {
    case 'organization':
      return () => true;
    case 'folder':
      return (permission) => !permission.startsWith('resourcemanager.organizations.');
    case 'project':
      return isUsableInProjects;
    default: {
      const own = OF_KIND[type];
      return own && ((permission) => own.test(permission) && !OF_THE_PARENT.test(permission));
    }
  }
}

const isUsableInProjects = (permission: string): boolean =>
  !ABOVE_PROJECTS.some((form) => form.test(permission));

/** May a custom role of an organization, or of a project, hold the permission? */
export function canBeInCustomRole(permission: string, level: 'organization' | 'project'): boolean {
  return knownPermissions.has(permission) && (level === 'organization' || isUsableInProjects(permission));
}

/** APIs that are not switched on for a project: they are there. */
const ALWAYS_ON: ReadonlySet<string> = new Set([
  'iam.googleapis.com',
  'cloudresourcemanager.googleapis.com',
  'serviceusage.googleapis.com',
]);

/**
 * The API that has to be enabled in a project before a permission of its service is of use there, e.g.
 * `run.googleapis.com`; undefined for the services that need not be.
 */
export function apiOfPermission(permission: string): string | undefined {
  const [service = ''] = permission.split(/[./]/);
  const api = `${service === 'resourcemanager' ? 'cloudresourcemanager' : service}.googleapis.com`;
  return ALWAYS_ON.has(api) ? undefined : api;
}
