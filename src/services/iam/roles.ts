/** Roles and permissions as the IAM API shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type AccessControl, isEnabled } from '../../access/index.js';
import {
  type PermissionSchema,
  Permission_PermissionLaunchStage as PermissionStage,
  RoleView,
} from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { type Call, invalidArgument, notFound, unimplemented } from '../../google/index.js';
import {
  apiOfPermission,
  parseCustomRoleName,
  policyResourceType,
  type Role,
  roleSupports,
  testablePermissions,
} from '../../iam/index.js';
import { projectName, projectOf, type ResourceName, splitResource } from '../../names/index.js';
import { type PageRequest, page } from '../paging.js';
import type { IamHandlers } from './handlers.js';
import { roleMessage } from './role-messages.js';

/** ListRolesRequest: "the default is 300, and the maximum is 1,000". */
const ROLE_PAGES = { default: 300, max: 1000 };
/** QueryTestablePermissionsRequest: "the default is 100, and the maximum is 1,000". */
const PERMISSION_PAGES = { default: 100, max: 1000 };

const isPredefined = ({ name }: Role) => name.startsWith('roles/');

export function roleHandlers(access: AccessControl): IamHandlers {
  const { roles, customRoles } = access;
  return {
    async listRoles(request, { time }) {
      if (request.parent === '') return listRoles(roles.list().filter(isPredefined), request);
      const own = await customRoles.list(request.parent, time);
      const shown = request.showDeleted ? own : own.filter(({ deleteTime }) => deleteTime === undefined);
      return listRoles(shown, request);
    },
    async getRole({ name }, { time }) {
      requireRoleName(name);
      const role = parseCustomRoleName(name) ? await customRoles.find(name, time) : roles.get(name);
      if (!role) throw notFound(`The role named ${name} was not found.`);
      return roleMessage(role, true);
    },
    async queryTestablePermissions(request, call) {
      const resource = fullName(request.fullResourceName);
      const type = policyResourceType(resource);
      const testable = type && testablePermissions(type);
      if (!testable) {
        throw unimplemented(`Testable permissions of "${request.fullResourceName}" are not implemented.`);
      }
      const isOff = await disabledApis(resource, access, call);
      const { items, nextPageToken } = page(testable, (name) => name, request, PERMISSION_PAGES);
      const permissions = items.map(
        (name): MessageInitShape<typeof PermissionSchema> => ({
          name,
          stage: PermissionStage.GA,
          apiDisabled: isOff(name),
        }),
      );
      return { permissions, nextPageToken };
    },
    async queryGrantableRoles(request, { time }) {
      return listRoles(await grantableRoles(fullName(request.fullResourceName), access, time), request);
    },
  };
}

/** Roles without their permissions, unless `view` asks for them. */
function listRoles(roles: readonly Role[], request: PageRequest & { readonly view: RoleView }) {
  const sorted = [...roles].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, nextPageToken } = page(sorted, ({ name }) => name, request, ROLE_PAGES);
  const full = request.view === RoleView.FULL;
  return { roles: items.map((role) => roleMessage(role, full)), nextPageToken };
}

/** @throws GoogleError INVALID_ARGUMENT */
function requireRoleName(name: string): void {
  if (/^(?:(?:projects|organizations)\/[^/]+\/)?roles\/[A-Za-z0-9_.]+$/.test(name)) return;
  throw invalidArgument(
    'The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".',
  );
}

/** Which permissions are of APIs that are off; none where there is no project, or one that the caller does not see. */
async function disabledApis(
  resource: ResourceName,
  access: AccessControl,
  { principal, time }: Call,
): Promise<(permission: string) => boolean> {
  const project = await access.projects.get(projectOf(resource) ?? '');
  const name = project && projectName(project.projectId);
  if (!name || !(await access.isGranted(principal, 'resourcemanager.projects.get', name, time))) {
    return () => false;
  }
  return (permission) => {
    const api = apiOfPermission(permission);
    return api !== undefined && !isEnabled(project, api);
  };
}

/**
 * The roles that can be granted on a resource: predefined ones, and the custom ones of its project and organization.
 * @throws GoogleError INVALID_ARGUMENT
 */
async function grantableRoles(
  resource: ResourceName,
  access: AccessControl,
  time: Date,
): Promise<readonly Role[]> {
  const type = policyResourceType(resource);
  if (type === undefined) throw invalidArgument(`The resource "${resource}" has no policy of its own.`);
  const predefined = access.roles.list().filter((role) => isPredefined(role) && roleSupports(role, type));
  const levels = await access.levels(resource);
  const custom = await Promise.all(
    levels
      .map((level) => splitResource(level.resource).path)
      .filter((path) => /^(?:projects|organizations)\/[^/]+$/.test(path))
      .map((parent) => access.customRoles.list(parent, time)),
  );
  return [...predefined, ...custom.flat().filter(({ deleteTime }) => deleteTime === undefined)];
}

/** @throws GoogleError INVALID_ARGUMENT when the text is no full resource name */
export function fullName(text: string): ResourceName {
  if (!/^\/\/[a-z0-9.-]+\/\S+$/.test(text)) {
    throw invalidArgument(`Invalid full resource name: "${text}".`);
  }
  return `//${text.slice(2)}`;
}
