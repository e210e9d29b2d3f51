/** The role catalogue as the IAM API shows it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AccessControl } from '../../access/index.js';
import {
  type PermissionSchema,
  Permission_PermissionLaunchStage as PermissionStage,
  type RoleSchema,
  Role_RoleLaunchStage as RoleStage,
  RoleView,
} from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { invalidArgument, notFound, unimplemented } from '../../google/index.js';
import {
  knownPermissions,
  policyResourceType,
  type Role,
  type RoleCatalogue,
  roleSupports,
} from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import { type PageRequest, page } from '../paging.js';
import type { IamHandlers } from './handlers.js';

/** ListRolesRequest: "the default is 300, and the maximum is 1,000". */
const ROLE_PAGES = { default: 300, max: 1000 };
/** QueryTestablePermissionsRequest: "the default is 100, and the maximum is 1,000". */
const PERMISSION_PAGES = { default: 100, max: 1000 };

const isPredefined = ({ name }: Role) => name.startsWith('roles/');

export function roleHandlers({ roles }: Pick<AccessControl, 'roles'>): IamHandlers {
  return {
    async listRoles(request) {
      const own = ({ name }: Role) => name.startsWith(`${request.parent}/roles/`);
      return listRoles(roles.list().filter(request.parent === '' ? isPredefined : own), request);
    },
    async getRole({ name }) {
      return getRole(roles, name);
    },
    async queryTestablePermissions(request) {
      return testablePermissions(request);
    },
    async queryGrantableRoles(request) {
      return grantableRoles(roles.list().filter(isPredefined), request);
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

/** A role with its permissions. @throws GoogleError NOT_FOUND, INVALID_ARGUMENT for a name of another form */
function getRole(roles: RoleCatalogue, name: string): MessageInitShape<typeof RoleSchema> {
  if (!/^(?:(?:projects|organizations)\/[^/]+\/)?roles\/[A-Za-z0-9_.]+$/.test(name)) {
    throw invalidArgument(`The role name "${name}" is not of the form roles/ROLE or PARENT/roles/ROLE.`);
  }
  const role = roles.get(name);
  if (!role) throw notFound(`The role named ${name} was not found.`);
  return roleMessage(role, true);
}

/** Predefined roles have an etag without meaning, always the same. */
const PREDEFINED_ETAG = Buffer.from('AA==', 'base64');

function roleMessage(role: Role, full: boolean): MessageInitShape<typeof RoleSchema> {
  return {
    name: role.name,
    title: role.title,
    description: role.description,
    stage: RoleStage[role.stage],
    etag: PREDEFINED_ETAG,
    includedPermissions: full ? [...role.permissions].sort() : [],
  };
}

/**
 * The permissions that can be tested on a resource: on projects, folders and organizations, all that there are.
 * @throws GoogleError UNIMPLEMENTED for other resources
 */
function testablePermissions(request: PageRequest & { readonly fullResourceName: string }) {
  const type = policyResourceType(fullName(request.fullResourceName));
  if (type !== 'project' && type !== 'folder' && type !== 'organization') {
    throw unimplemented(`Testable permissions of "${request.fullResourceName}" are not implemented.`);
  }
  const { items, nextPageToken } = page(
    [...knownPermissions].sort(),
    (name) => name,
    request,
    PERMISSION_PAGES,
  );
  const permissions = items.map(
    (name): MessageInitShape<typeof PermissionSchema> => ({ name, stage: PermissionStage.GA }),
  );
  return { permissions, nextPageToken };
}

/** The predefined roles that can be granted on a resource. @throws GoogleError INVALID_ARGUMENT */
function grantableRoles(
  roles: readonly Role[],
  request: PageRequest & { readonly fullResourceName: string; readonly view: RoleView },
) {
  const type = policyResourceType(fullName(request.fullResourceName));
  if (type === undefined) {
    throw invalidArgument(`The resource "${request.fullResourceName}" has no policy of its own.`);
  }
  return listRoles(
    roles.filter((role) => roleSupports(role, type)),
    request,
  );
}

/** @throws GoogleError INVALID_ARGUMENT when the text is no full resource name */
export function fullName(text: string): ResourceName {
  if (!/^\/\/[a-z0-9.-]+\/\S+$/.test(text)) {
    throw invalidArgument(`Invalid full resource name: "${text}".`);
  }
  return `//${text.slice(2)}`;
}
