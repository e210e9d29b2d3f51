/**
 * The predefined roles, as Google documents them (https://cloud.google.com/iam/docs/roles-permissions),
 * restricted to the permissions of the services that exist here. A role whose permissions all belong to other
 * services is still a role, and empty.
 *
 * How to read it: permissions/ names groups of permissions, service by service; the files beside this one say
 * which role consists of which groups.
 */
import type { Role, RoleCatalogue } from '../types.js';
import { artifactRegistryRoles } from './artifact-registry.js';
import { basicRoles } from './basic.js';
import { binaryAuthorizationRoles } from './binary-authorization.js';
import { cloudBuildRoles } from './cloud-build.js';
import { federationRoles } from './federation.js';
import { functionsRoles } from './functions.js';
import { governanceRoles } from './governance.js';
import { iamRoles } from './iam.js';
import { jobFunctionRoles } from './job-functions.js';
import { LazySet } from './lazy-set.js';
import { loggingRoles } from './logging.js';
import { monitoringRoles } from './monitoring.js';
import { otherRoles } from './others.js';
import { everything } from './permissions/index.js';
import { resourceManagerRoles } from './resource-manager.js';
import { runRoles } from './run.js';
import { secretManagerRoles } from './secret-manager.js';
import { serviceAgentRoles } from './service-agents.js';
import { serviceUsageRoles } from './service-usage.js';
import { storageRoles } from './storage.js';

const roles: readonly Role[] = [
  ...basicRoles,
  ...runRoles,
  ...artifactRegistryRoles,
  ...iamRoles,
  ...federationRoles,
  ...jobFunctionRoles,
  ...resourceManagerRoles,
  ...serviceUsageRoles,
  ...loggingRoles,
  ...monitoringRoles,
  ...secretManagerRoles,
  ...storageRoles,
  ...cloudBuildRoles,
  ...functionsRoles,
  ...binaryAuthorizationRoles,
  ...governanceRoles,
  ...otherRoles,
  ...serviceAgentRoles,
];

const byName: ReadonlyMap<string, Role> = new Map(roles.map((role) => [role.name, role]));

/** Every predefined role. A role's permissions are worked out when they are first asked for. */
export const predefinedRoles: RoleCatalogue = {
  get: (name) => byName.get(name),
  list: () => roles,
};

/** Every permission that exists on the services here, whether or not a role carries it. */
export const knownPermissions: ReadonlySet<string> = new LazySet(() => everything.permissions);

/**
 * Whether the role is one of those that Google's own service accounts hold (any service's, also of services
 * that the catalogue lacks). They are never to be granted to a person:
 * https://cloud.google.com/iam/docs/service-agents.
 */
export function isServiceAgentRole(name: string): boolean {
  return /^roles\/.*serviceAgent$/i.test(name);
}
