/** Permissions by their parts, however their service is spelled. */

/** `run.services.create` is `run`, `services`, `create`; so is `run.googleapis.com/services.create`. */
export interface PermissionParts {
  /** The service as most permissions of roles spell it, e.g. `run`. */
  readonly service: string;
  readonly resource: string;
  readonly verb: string;
}

const HOST = '.googleapis.com/';

/**
 * Takes a permission of a role apart. Roles spell some of IAM's own permissions with a host, e.g.
 * `iam.googleapis.com/workforcePools.get`: they are one service with the others.
 */
export function permissionParts(permission: string): PermissionParts {
  const slash = permission.indexOf('/');
  const plain =
    slash < 0
      ? permission
      : `${permission.slice(0, slash + 1).replace(HOST, '')}.${permission.slice(slash + 1)}`;
  const [service = '', resource = '', ...verb] = plain.split('.');
  return { service, resource, verb: verb.join('.') };
}
